//! What a run would cost, before it starts.

use crate::Loaded;
use crate::SessionError;
use crate::control::is_wanted;
use crate::factors::warnings;
use crate::host::Host;
use crate::trained::Recorded;
use std::sync::Arc;
use trefoil_objectives::{ModalityShape, Shape, Sizes, build, training};
use trefoil_plan::{Executor, Phase, Plan, Tables, Work, record};
use trefoil_protocol::{
    BlockRanks, Forecast, HclForm, HclLoss, HclStructure, Norm, ObjectiveName, ObjectiveSpec,
    RunConfig, RunConfig as Config, Settings,
};
use web_time::Instant;

/// Memory and time of a run with these plans, at `speed` floating-point operations a second.
pub(crate) fn forecast(
    config: &Config,
    loaded: &Loaded,
    plans: &[Recorded],
    speed: f64,
) -> Forecast {
    let floats: u64 = plans.iter().map(|p| p.plan.floats() * u64::from(config.seeds)).sum();
    let tables: u64 = loaded.tables.list.iter().map(|t| t.len() as u64).sum();
    let flops = |p: &Recorded| {
        let every = f64::from(config.settings(&config.objectives[0]).eval_every.max(1));
        let batches = f64::from(p.plan.validation_batches);
        p.plan.flops(Phase::Train) + p.plan.flops(Phase::Validate) * batches / every
    };
    let flops_per_step: f64 = plans
        .iter()
        .zip(&config.objectives)
        // A control is one more seed.
        .map(|(p, spec)| flops(p) * f64::from(config.seeds + u32::from(is_wanted(config, spec))))
        .sum();
    let batch = plans.iter().map(|p| p.batch).min().unwrap_or(0);
    Forecast {
        bytes: 4 * (floats + tables),
        flops_per_step,
        seconds: flops_per_step * f64::from(config.steps) / speed,
        batch,
        notes: notes(config, loaded, plans, batch),
    }
}

fn notes(config: &RunConfig, loaded: &Loaded, plans: &[Recorded], batch: u32) -> Vec<String> {
    let wanted = config.settings(&config.objectives[0]).batch;
    let mut notes = Vec::new();
    if batch < wanted {
        notes.push(format!(
            "The training split holds {batch} rows, so each batch holds {batch} instead of {wanted}."
        ));
    }
    let hcl = config.objectives.iter().zip(plans).filter(|(o, _)| o.name == ObjectiveName::Hcl);
    let count = loaded.dataset.modalities().len();
    let complete = loaded.present().iter().all(|present| present.iter().all(|here| *here));
    for (spec, plan) in hcl {
        let blocks = plan.blocks();
        notes.extend(warnings(loaded, &blocks));
        // Sizes that the user gave say themselves which sets have a block.
        let settings = config.settings(spec);
        let ours = settings.structure == HclStructure::Every
            && !matches!(settings.ranks, BlockRanks::Given(_));
        if ours && count > 3 && !blocks.iter().any(|b| b.subset.len() == 3) {
            notes.push(format!(
                "With {count} modalities HCL has blocks for pairs, for each one and for all together: \
                 what three or more share, but not all, has no block of its own."
            ));
        }
        if !complete {
            let official = settings.form == HclForm::Deep && settings.loss == HclLoss::Official;
            let instead = if official {
                "what is missing is zero, as in its authors' code"
            } else {
                "each covariance is over the rows that have both modalities (ours)"
            };
            notes.push(format!(
                "HCL's theory has no missing modalities. Here {instead}; where much is missing, \
                 trust its blocks less."
            ));
        }
    }
    let is_layered = |o: &&ObjectiveSpec| {
        matches!(o.name, ObjectiveName::Clip | ObjectiveName::Symile)
            && config.settings(o).norm == Norm::Layer
    };
    if loaded.names().len() > 4 && config.objectives.iter().any(|o| is_layered(&o)) {
        notes.push(
            "Products of more than four layer-normed embeddings grow so fast that training seldom \
             settles. norm=unit does."
                .to_owned(),
        );
    }
    notes.dedup();
    notes
}

/// Floating-point operations a second of an executor, from a few steps of a small CLIP.
pub(crate) async fn speed<E: Executor, H: Host>(
    executor: &E,
    host: &H,
) -> Result<f64, SessionError> {
    let modality =
        |name: &str| ModalityShape { name: name.to_owned(), inputs: 64, absent_input: None };
    let shape = Shape { modalities: vec![modality("a"), modality("b")], batch: BATCH };
    let settings = Settings { batch: BATCH, ..ObjectiveName::Clip.defaults() };
    let sizes = Sizes { rows: ROWS, train: ROWS, validation: BATCH, views: None, steps: 10 };
    let objective = build(ObjectiveName::Clip, &settings, &shape)?;
    let plan = Arc::new(record(objective.as_ref(), &training(&settings, &shape, sizes)));
    let run = executor.prepare(&plan, &tables(), &[0, 1]).await?;
    let mut steps = 1u32;
    loop {
        let clock = Instant::now();
        let phases = vec![Phase::Train; steps as usize];
        executor.submit(&[Work { run: &run, phases: &phases }])?;
        executor.finish().await?;
        let seconds = clock.elapsed().as_secs_f64();
        host.breathe().await;
        // The first time compiles; then more steps until the time can be told from the clock's.
        if steps > 1 && (seconds > 0.02 || steps >= 256) {
            return Ok(plan.flops(Phase::Train) * 2.0 * f64::from(steps) / seconds.max(1e-6));
        }
        steps *= 4;
    }
}

/// Seconds of a step of all seeds: the median of several, over a quarter of a second where they are
/// shorter.
pub(crate) async fn seconds_a_step<E: Executor, H: Host>(
    executor: &E,
    host: &H,
    plan: &Arc<Plan>,
    tables: &Tables,
    seeds: u32,
) -> Result<f64, SessionError> {
    let seeds: Vec<u64> = (0..u64::from(seeds)).collect();
    let run = executor.prepare(plan, tables, &seeds).await?;
    let mut steps = 1;
    let (mut found, mut total) = (Vec::new(), 0.0);
    // The first one also compiles and fills caches.
    for round in 0..PROBES {
        let clock = Instant::now();
        executor.submit(&[Work { run: &run, phases: &vec![Phase::Train; steps] }])?;
        executor.finish().await?;
        let seconds = clock.elapsed().as_secs_f64();
        host.breathe().await;
        if round > 0 {
            found.push(seconds / steps as f64);
            total += seconds;
        }
        if found.len() >= 3 && total > PROBE {
            break;
        }
        // As many as make the wait for a device small beside them.
        steps = ((PROBE / 8.0 / seconds * steps as f64) as usize).clamp(1, 64);
    }
    found.sort_by(f64::total_cmp);
    Ok(found[found.len() / 2])
}

/// Rounds of a comparison at most.
const PROBES: usize = 12;
/// Seconds that one should take.
const PROBE: f64 = 0.25;

const BATCH: u32 = 64;
const ROWS: u32 = 128;

fn tables() -> Tables {
    let matrix = |rows: u32, cols: u32, f: fn(usize, usize) -> f32| {
        Arc::new(ndarray::Array2::from_shape_fn((rows as usize, cols as usize), |(i, j)| f(i, j)))
    };
    let wave = |i: usize, j: usize| ((i * 31 + j * 17) % 97) as f32 / 48.0 - 1.0;
    let number = |i: usize, _: usize| i as f32;
    let list = vec![
        matrix(ROWS, 64, wave),
        matrix(ROWS, 64, wave),
        matrix(ROWS, 2, |_, _| 1.0),
        matrix(ROWS, 1, number),
        matrix(BATCH, 1, number),
        matrix(ROWS, 1, number),
    ];
    Tables { list }
}
