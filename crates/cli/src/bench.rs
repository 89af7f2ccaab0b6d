//! `trefoil bench`: steps per second of each objective on each executor, on made-up inputs of the
//! sizes of the comparison with other engines: three modalities of 64, 48 and 32 features, an
//! embedding of 16.

mod ops;

use crate::Failure;
use crate::arguments::BenchArguments;
use crate::objectives::objectives;
use ops::{Alone, Op};
use pollster::block_on;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use trefoil_gpu::Gpu;
use trefoil_objectives::{ModalityShape, Shape, Sizes, build, training};
use trefoil_plan::{Cpu, ExecutorError, Phase, Plan, Tables, Work, record};
use trefoil_protocol::{ObjectiveName, ObjectiveSpec, RunConfig, Value};

const INPUTS: [u32; 3] = [64, 48, 32];
const EMBEDDING: u32 = 16;
const ROWS: u32 = 2048;
const VALIDATION: u32 = 256;

struct Line {
    /// Its name and settings of its own.
    objective: String,
    executor: String,
    dispatches: usize,
    /// How many calls they take: more where kernels do not share one.
    launches: usize,
    /// Floating-point operations of a step of all seeds.
    flops: f64,
    measured: Result<Measured, ExecutorError>,
}

struct Measured {
    /// Of a step of all seeds.
    seconds: f64,
    ops: Vec<Op>,
}

/// Measures and prints.
pub(crate) fn bench(arguments: &BenchArguments) -> Result<(), Failure> {
    let gpu = block_on(Gpu::open());
    let mut lines = Vec::new();
    let mut named = objectives(&arguments.objective).map_err(|e| Failure::usage(e.to_string()))?;
    if named.is_empty() {
        named = ObjectiveName::ALL.iter().map(|&name| ObjectiveSpec::new(name)).collect();
    }
    for objective in &named {
        let plan = plan(objective, arguments).map_err(|error| Failure::other(error.to_string()))?;
        let step = plan.phase(Phase::Train);
        let mut line = |executor: String, launches, measured| {
            lines.push(Line {
                objective: objective.label(),
                executor,
                dispatches: step.len(),
                launches,
                flops: plan.flops(Phase::Train) * f64::from(arguments.seeds),
                measured,
            });
        };
        line("cpu".to_owned(), step.len(), measure(&Cpu::<f32>::new(), &plan, arguments));
        if let Ok(gpu) = &gpu {
            let name = format!("gpu ({})", gpu.adapter().name);
            line(name, gpu.launches(step), measure(gpu, &plan, arguments));
        }
    }
    let no_gpu = gpu.err().map(|error| error.to_string());
    print(arguments, &lines, no_gpu.as_deref())?;
    // A device may be too small for one of them; where nothing ran, nothing was measured.
    match lines.first().map(|line| &line.measured) {
        Some(Err(error)) if lines.iter().all(|line| line.measured.is_err()) => {
            Err(Failure::other(error.to_string()))
        }
        _ => Ok(()),
    }
}

fn plan(
    objective: &ObjectiveSpec,
    arguments: &BenchArguments,
) -> Result<Arc<Plan>, trefoil_objectives::BuildError> {
    let mut config = RunConfig::default();
    for (key, value) in
        [("batch", arguments.batch), ("width", arguments.width), ("embedding", EMBEDDING)]
    {
        config.set.insert(key.to_owned(), Value::Number(f64::from(value)));
    }
    // What an objective has of its own goes before.
    let settings = config.settings(objective);
    let modality = |(i, &inputs): (usize, &u32)| ModalityShape {
        name: format!("m{i}"),
        inputs,
        absent_input: None,
    };
    let modalities = INPUTS.iter().enumerate().map(modality).collect();
    let shape = Shape { modalities, batch: settings.batch };
    let built = build(objective.name, &settings, &shape)?;
    let sizes = Sizes { rows: ROWS, train: ROWS, validation: VALIDATION, views: None, steps: 1000 };
    Ok(Arc::new(record(built.as_ref(), &training(&settings, &shape, sizes))))
}

fn tables() -> Tables {
    let wave = |(i, j): (usize, usize)| ((i * 31 + j * 17) % 97) as f32 / 48.0 - 1.0;
    let matrix = |rows: u32, cols: u32, f: &dyn Fn((usize, usize)) -> f32| {
        Arc::new(ndarray::Array2::from_shape_fn((rows as usize, cols as usize), f))
    };
    let mut list: Vec<_> = INPUTS.iter().map(|&d| matrix(ROWS, d, &wave)).collect();
    list.push(matrix(ROWS, INPUTS.len() as u32, &|_| 1.0));
    for rows in [ROWS, VALIDATION, ROWS] {
        list.push(matrix(rows, 1, &|(i, _)| i as f32));
    }
    Tables { list }
}

/// The median of chunks of steps.
fn measure<E: Alone>(
    executor: &E,
    plan: &Arc<Plan>,
    arguments: &BenchArguments,
) -> Result<Measured, ExecutorError> {
    let seeds: Vec<u64> = (0..u64::from(arguments.seeds)).collect();
    let run = block_on(executor.prepare(plan, &tables(), &seeds))?;
    let chunk = |steps: usize| {
        let clock = web_time::Instant::now();
        let phases = vec![Phase::Train; steps];
        executor.submit(&[Work { run: &run, phases: &phases }])?;
        block_on(executor.finish())?;
        Ok::<Duration, ExecutorError>(clock.elapsed())
    };
    // Compiles, and tells how many steps make a twentieth of a second.
    chunk(1)?;
    let steps = (0.05 / chunk(1)?.as_secs_f64()).clamp(1.0, 64.0) as usize;
    let (mut all, mut total) = (Vec::new(), 0.0);
    while total < arguments.seconds || all.len() < 3 {
        let seconds = chunk(steps)?.as_secs_f64();
        total += seconds;
        all.push(seconds / steps as f64);
    }
    all.sort_by(f64::total_cmp);
    let ops = if arguments.ops {
        ops::measure(executor, &run, plan, arguments.seeds)?
    } else {
        Vec::new()
    };
    Ok(Measured { seconds: all[all.len() / 2], ops })
}

fn json(arguments: &BenchArguments, lines: &[Line], no_gpu: Option<&str>) -> serde_json::Value {
    let BenchArguments { batch, width, seeds, .. } = arguments;
    let rows = lines.iter().map(|l| {
        let measured = l.measured.as_ref().ok();
        json!({
            "objective": l.objective, "executor": l.executor,
            "dispatches_per_step": l.dispatches, "launches_per_step": l.launches,
            "steps_per_second": measured.map(|m| 1.0 / m.seconds),
            "milliseconds_per_step": measured.map(|m| 1e3 * m.seconds),
            "gflops": measured.map(|m| l.flops / m.seconds / 1e9),
            "ops": measured.filter(|m| !m.ops.is_empty()).map(|m| ops::json(&m.ops)),
            "failed": l.measured.as_ref().err().map(ToString::to_string),
        })
    });
    json!({
        "batch": batch, "width": width, "seeds": seeds, "inputs": INPUTS, "embedding": EMBEDDING,
        "no_gpu": no_gpu, "lines": rows.collect::<Vec<_>>(),
    })
}

/// The table on the standard error, the JSON where it was asked for.
fn print(arguments: &BenchArguments, lines: &[Line], no_gpu: Option<&str>) -> Result<(), Failure> {
    let BenchArguments { batch, width, seeds, .. } = arguments;
    eprintln!(
        "batch {batch}, width {width}, {seeds} seeds, inputs {INPUTS:?}, embedding {EMBEDDING}"
    );
    eprintln!(
        "{:10} {:32} {:>9} {:>9} {:>10} {:>8} {:>9}",
        "objective", "executor", "steps/s", "ms/step", "dispatches", "launches", "GFLOP/s"
    );
    for l in lines {
        let Line { objective, dispatches, launches, .. } = l;
        match &l.measured {
            Ok(Measured { seconds, .. }) => eprintln!(
                "{objective:10} {:32} {:>9.1} {:>9.2} {dispatches:>10} {launches:>8} {:>9.1}",
                l.executor,
                1.0 / seconds,
                1e3 * seconds,
                l.flops / seconds / 1e9
            ),
            Err(error) => eprintln!("{objective:10} {:32} {error}", l.executor),
        }
    }
    for l in lines {
        if let Ok(Measured { ops, .. }) = &l.measured
            && !ops.is_empty()
        {
            ops::print(&format!("{}, {}", l.objective, l.executor), ops);
        }
    }
    if let Some(reason) = no_gpu {
        eprintln!("no GPU: {reason}");
    }
    let text = serde_json::to_string_pretty(&json(arguments, lines, no_gpu))
        .map_err(|error| Failure::other(error.to_string()))?;
    let Some(file) = &arguments.json else {
        println!("{text}");
        return Ok(());
    };
    std::fs::write(file, text + "\n")
        .map_err(|error| Failure::other(format!("{}: {error}", file.display())))
}
