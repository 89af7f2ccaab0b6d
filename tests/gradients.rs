//! Finite differences against the derived backward pass, in `f64`.

use pollster::block_on;
use std::sync::Arc;
use trefoil_plan::{
    Cpu, CpuRun, Executor, Group, Model, Phase, Place, Plan, Tables, Training, Work, record, state,
};

/// The total loss of the first batch at the weights that a run has now; its gradients are left in their
/// places.
fn loss(executor: Cpu<f64>, run: &CpuRun<f64>, plan: &Plan) -> f64 {
    let step = Place { offset: plan.state.offset + state::STEP as u32, cols: 1, ..plan.state };
    run.set(&step, &[0.0]);
    executor
        .submit(&[Work { run, phases: &[Phase::Begin, Phase::Train] }])
        .expect("the CPU takes work");
    run.get(&Place { rows: 1, cols: 1, ..plan.ring })[0]
}

/// Distances over which differences are taken.
const STEPS: [f64; 3] = [1e-4, 1e-5, 1e-6];

/// Elements of a parameter to perturb: all of a small one, a spread of a large one.
fn picks(len: u32, most: u32) -> Vec<u32> {
    let count = len.min(most);
    (0..count).map(|i| i * len / count).collect()
}

/// Compares the gradient of every parameter with central differences. `most` elements of each
/// parameter are perturbed.
///
/// # Panics
/// With the name of the parameter whose gradient is off by more than 1e-6 of its size.
pub fn check(name: &str, model: &dyn Model, training: &Training, tables: &Tables, most: u32) {
    let mut training = training.clone();
    training.optimiser.rate = 0.0;
    let plan = Arc::new(record(model, &training));
    let executor = Cpu::<f64>::new();
    let run = block_on(executor.prepare(&plan, tables, &[3])).expect("tables fit the plan");
    let base = loss(executor, &run, &plan);
    assert!(base.is_finite(), "{name}: the loss is {base}");
    let trained: Vec<_> = plan.params.iter().filter(|p| p.group != Group::Statistic).collect();
    let gradients: Vec<Vec<f64>> = trained.iter().map(|p| run.get(&p.grad)).collect();
    for (param, gradient) in trained.iter().zip(&gradients) {
        let largest = gradient.iter().fold(0.0f64, |m, g| m.max(g.abs()));
        for i in picks(param.weights.len(), most) {
            let at = Place { offset: param.weights.offset + i, rows: 1, cols: 1, ..param.weights };
            let value = run.get(&at)[0];
            let exact = gradient[i as usize];
            let side = |offset: f64| {
                run.set(&at, &[value + offset]);
                loss(executor, &run, &plan)
            };
            // Five points: the error is of fourth order in the step. A step that crosses a kink of
            // a relu tells nothing, so a smaller one is tried.
            let mut slopes = Vec::new();
            let agrees = STEPS.iter().any(|&h| {
                let near = side(h) - side(-h);
                let far = side(2.0 * h) - side(-2.0 * h);
                let slope = (8.0 * near - far) / (12.0 * h);
                slopes.push(slope);
                let rounding = 8.0 * f64::EPSILON * base.abs() / h;
                (slope - exact).abs() <= 1e-6 * largest.max(slope.abs()) + rounding
            });
            run.set(&at, &[value]);
            assert!(
                agrees,
                "{name}: d loss / d {}[{i}] is {slopes:?} by differences, {exact} by the tape",
                param.name
            );
        }
    }
}
