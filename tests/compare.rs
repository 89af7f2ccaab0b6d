//! Compares executors buffer by buffer, dispatch by dispatch, and names the first that differs.

use pollster::block_on;
use std::sync::Arc;
use trefoil_gpu::Gpu;
use trefoil_plan::{Access, Cpu, Executor, Model, Phase, Place, Tables, Training, Work, record};

/// Largest difference that is allowed, as a share of the largest value of the buffer. Both sides
/// compute in `f32` and add up in different orders.
const TOLERANCE: f32 = 1e-4;
/// The same as a share of the largest value that was read: a small difference of large numbers is
/// known no better.
const ROUNDING: f32 = 16.0 * f32::EPSILON;

/// The WebGPU adapter of this machine; a software one will do.
///
/// # Panics
/// Where there is none: a machine without it has not run these tests.
pub fn gpu() -> Gpu {
    block_on(Gpu::open()).expect("a WebGPU adapter (Debian: apt-get install mesa-vulkan-drivers)")
}

/// Runs every phase on both executors, one dispatch after the other.
///
/// # Panics
/// With the first dispatch after which a buffer differs.
pub fn check(gpu: &Gpu, name: &str, model: &dyn Model, training: &Training, tables: &Tables) {
    let plan = Arc::new(record(model, training));
    let cpu = Cpu::<f32>::new();
    let seeds = [5, 6];
    let left = block_on(cpu.prepare(&plan, tables, &seeds)).expect("tables fit the plan");
    let right = block_on(gpu.prepare(&plan, tables, &seeds)).expect("the run fits the device");
    for phase in [
        Phase::Begin,
        Phase::Train,
        Phase::Validate,
        Phase::Judge,
        Phase::Train,
        Phase::Embed,
        Phase::EmbedBest,
    ] {
        for (index, dispatch) in plan.phase(phase).iter().enumerate() {
            left.run_dispatch(phase, index);
            gpu.run_dispatch(&right, phase, index).expect("the device works");
            for task in &dispatch.tasks {
                let operands = || task.kernel.operands.iter().zip(&task.places);
                let inputs = operands()
                    .filter(|(o, p)| o.access == Access::Read && !p.is_empty())
                    .map(|(_, p)| size(&left.get(p)));
                let inputs = inputs.fold(0.0, f32::max);
                for ((operand, place), buffer) in operands().zip(&task.names) {
                    let written = matches!(operand.access, Access::Write | Access::Update);
                    if !written || place.is_empty() {
                        continue;
                    }
                    let expected = left.get(place);
                    let found = block_on(gpu.read(&right, &[*place])).expect("the device works");
                    let what = format!(
                        "{name}, batch {}, {phase:?}, dispatch {index} ({} of {}): {} in {buffer}",
                        training.batch, task.kernel.name, task.label, operand.name
                    );
                    let allowed = TOLERANCE * size(&expected) + ROUNDING * inputs;
                    same(&what, &expected, &found[0], allowed);
                    // So that the next dispatch is compared on the same inputs.
                    left.set(place, &found[0]);
                }
            }
        }
    }
}

/// Trains on both executors and compares the losses of every step, relative to their size.
///
/// # Panics
/// With the first step whose losses differ by more than `tolerance`.
pub fn losses(
    gpu: &Gpu,
    name: &str,
    model: &dyn Model,
    training: &Training,
    tables: &Tables,
    steps: u32,
    tolerance: f32,
) {
    let plan = Arc::new(record(model, training));
    let phases = vec![Phase::Train; steps as usize];
    let rows = Place { rows: steps, ..plan.ring };
    let left = run(&Cpu::<f32>::new(), &plan, tables, &phases, rows);
    let right = run(gpu, &plan, tables, &phases, rows);
    let columns = plan.ring.cols as usize;
    for (step, (e, f)) in left.chunks(columns).zip(right.chunks(columns)).enumerate() {
        assert!(
            (e[0] - f[0]).abs() <= tolerance * e[0].abs().max(1.0),
            "{name}: the loss of step {step} is {} on the GPU, {} on the CPU",
            f[0],
            e[0]
        );
    }
}

fn run<E: Executor>(
    executor: &E,
    plan: &Arc<trefoil_plan::Plan>,
    tables: &Tables,
    phases: &[Phase],
    place: Place,
) -> Vec<f32> {
    let run = block_on(executor.prepare(plan, tables, &[5, 6])).expect("the run fits");
    for phases in phases.chunks(10) {
        executor.submit(&[Work { run: &run, phases }]).expect("the device works");
    }
    block_on(executor.read(&run, &[place])).expect("the device works").remove(0)
}

fn size(values: &[f32]) -> f32 {
    values.iter().filter(|x| x.is_finite()).fold(0.0f32, |m, x| m.max(x.abs()))
}

fn same(what: &str, expected: &[f32], found: &[f32], allowed: f32) {
    assert_eq!(expected.len(), found.len(), "{what}: sizes differ");
    for (i, (&e, &f)) in expected.iter().zip(found).enumerate() {
        if e.is_nan() && f.is_nan() {
            continue;
        }
        assert!(
            (e - f).abs() <= allowed,
            "{what}: element {i} is {f} on the GPU, {e} on the CPU, {allowed} allowed"
        );
    }
}
