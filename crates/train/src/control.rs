//! The synergy control (ours): the objective with the settings of the run, trained on noise of the
//! user's own shapes in which an exclusive or is planted. Comes after an objective was measured;
//! what it found goes beside that in the report.

use crate::embed::{Weights, embed};
use crate::host::Host;
use crate::run::Run;
use crate::study::{replica, splits};
use crate::trained::{Trained, recorded};
use crate::{Loaded, SessionError};
use ndarray::Array2;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use trefoil_data::InputKind;
use trefoil_insight::probes::{Probe, ProbeJob};
use trefoil_insight::{Data, Label, LabelValues, Look, Modality, Origin, Replica};
use trefoil_plan::{Executor, Tables, Work, normals, pcg4d};
use trefoil_protocol::{
    ControlReading, ControlRun, ObjectiveSpec, ProbeKind, RunConfig, Setting, StopReason,
    SynergyControl,
};
use web_time::Instant;

/// Distance of each of a bit's two means from zero, in standard deviations of the noise: a bit
/// alone can be read from 97.7 % of the rows.
const EFFECT: f32 = 2.0;
/// Sets the draws of a control apart from those of a run.
const SALT: u32 = 0x5E7_C0DE;
/// Standard errors from chance to the 97.5 % point of guessing.
const POINT: f64 = 1.96;
/// Seconds that a chunk of steps should take.
const CHUNK: f64 = 0.05;
/// Steps of a chunk at most.
const MOST: f64 = 64.0;
/// Share of the time that training takes; the rest is for probes.
const TRAINING: f64 = 0.8;

/// Whether this objective of a run gets a control.
pub(crate) fn is_wanted(config: &RunConfig, spec: &ObjectiveSpec) -> bool {
    let has_views = Setting::find("synergy_control").is_some_and(|s| s.applies_to(spec.name));
    has_views && config.settings(spec).synergy_control == ControlRun::Planted
}

/// Noise of the shapes of a data set, and what is planted in it.
struct Planted {
    tables: Tables,
    /// Positions of the two modalities that hold a bit.
    pair: [usize; 2],
    /// The exclusive or of each row that has both.
    label: Vec<Option<u32>>,
    /// What each row is a view of; itself where no column says.
    thing: Vec<u32>,
}

/// Plants the control of a data set. Rows that lack a modality, and inputs that say whether a cell
/// is there, stay as they are; every other input is drawn anew with mean 0 and variance 1.
fn planted(loaded: &Loaded, seed: u64) -> Planted {
    let key = pcg4d([seed as u32, (seed >> 32) as u32, SALT, 0])[0];
    let modalities = loaded.dataset.modalities();
    let rows = loaded.dataset.rows();
    let views = loaded.dataset.views();
    let thing: Vec<u32> = (0..rows)
        .map(|row| views.and_then(|v| v[row]).map_or((rows + row) as u32, |view| view))
        .collect();
    let pair = most_in_common(&loaded.present());
    let bit = |m: usize, row: usize| pcg4d([key, m as u32, thing[row], 1])[0] >> 31;
    let mut tables = loaded.tables.clone();
    for (m, modality) in modalities.iter().enumerate() {
        let real: Vec<bool> = modality
            .columns()
            .iter()
            .map(|c| !matches!(c.kind, InputKind::CellMissing | InputKind::Absent))
            .collect();
        let direction =
            if pair.contains(&m) { direction(key, m, &real) } else { vec![0.0; real.len()] };
        let mut inputs = modality.inputs().clone();
        for (row, mut values) in inputs.rows_mut().into_iter().enumerate() {
            if !modality.present()[row] {
                continue;
            }
            let side = if bit(m, row) == 1 { EFFECT } else { -EFFECT };
            for (j, value) in values.iter_mut().enumerate().filter(|(j, _)| real[*j]) {
                let words = pcg4d([key, 16 + m as u32, row as u32, j as u32]);
                let signal = side * direction[j];
                // As inputs are: of variance one, or noise and swaps of views would mean less.
                *value = (normals(words[0], words[1])[0] + signal) / (1.0 + signal * signal).sqrt();
            }
        }
        tables.list[m] = Arc::new(inputs);
    }
    let has = |row: usize| pair.iter().all(|&m| modalities[m].present()[row]);
    let label = |row| has(row).then(|| bit(pair[0], row) ^ bit(pair[1], row));
    Planted { tables, pair, label: (0..rows).map(label).collect(), thing }
}

/// The two modalities that most rows have both of; of several such, the first.
fn most_in_common(present: &[Vec<bool>]) -> [usize; 2] {
    let pairs = (0..present.len()).flat_map(|a| (a + 1..present.len()).map(move |b| [a, b]));
    let shared = |&[a, b]: &[usize; 2]| {
        let both = present[a].iter().zip(&present[b]).filter(|(a, b)| **a && **b).count();
        std::cmp::Reverse(both)
    };
    pairs.min_by_key(shared).unwrap_or([0, 1])
}

/// A direction of length one over half of the inputs that are values, at random.
fn direction(key: u32, modality: usize, real: &[bool]) -> Vec<f32> {
    let draw = |j: usize| pcg4d([key, modality as u32, j as u32, 2]);
    let mut order: Vec<usize> = (0..real.len()).filter(|&j| real[j]).collect();
    order.sort_by_key(|&j| (draw(j)[0], j));
    order.truncate(order.len().div_ceil(2));
    let length = (order.len().max(1) as f32).sqrt();
    let mut direction = vec![0.0; real.len()];
    for j in order {
        direction[j] = if draw(j)[1] >> 31 == 1 { 1.0 } else { -1.0 } / length;
    }
    direction
}

/// Trains objective `at` of a run on a control, as many steps as the run had, and probes it. None
/// where it gets none, where it diverged, or where too few rows have both modalities.
pub(crate) async fn synergy_control<E: Executor, H: Host>(
    executor: &E,
    host: &H,
    run: &Run<E>,
    at: usize,
    loaded: &Loaded,
    tell: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<Option<SynergyControl>, SessionError> {
    let spec = &run.config.objectives[at];
    if !is_wanted(&run.config, spec) {
        return Ok(None);
    }
    let seed = run.seeds[0];
    let planted = planted(loaded, seed);
    let recorded = recorded(&run.config, spec, loaded)?;
    let mut trained = Trained::on(executor, recorded, &planted.tables, &[seed]).await?;
    let mut telling = |done| tell(TRAINING * done);
    train(executor, host, &mut trained, run.step(), &mut telling).await?;
    if matches!(trained.stopped[0], Some((StopReason::Diverged, _))) {
        return Ok(None);
    }
    let rows = planted.label.len();
    let made = embed(executor, host, &trained.plan, &trained.run, 1, rows, Weights::Best).await?;
    let present = loaded.present();
    let made: Vec<Replica> =
        made.iter().map(|o| replica(trained.objective.as_ref(), o, &present)).collect();
    let mut telling = |done| tell(TRAINING + (1.0 - TRAINING) * done);
    probed(host, &made[0], &planted, loaded, &mut telling).await
}

/// Trains `steps` steps, or until it stops by itself.
async fn train<E: Executor, H: Host>(
    executor: &E,
    host: &H,
    trained: &mut Trained<E>,
    steps: u32,
    tell: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<(), SessionError> {
    let (mut done, mut chunk) = (0, 1.0f64);
    while done < steps && !trained.is_over() {
        let clock = Instant::now();
        let to = steps.min(done + chunk as u32);
        let phases = trained.phases(done, to);
        executor.submit(&[Work { run: &trained.run, phases: &phases }])?;
        let state = executor.read(&trained.run, &trained.places()[..1]).await?;
        trained.note_stops(&state[0]);
        let seconds = clock.elapsed().as_secs_f64().max(1e-6);
        chunk = (f64::from(to - done) * CHUNK / seconds).clamp(1.0, MOST);
        done = to;
        host.breathe().await;
        if tell(f64::from(done) / f64::from(steps)).is_break() {
            return Err(SessionError::Cancelled);
        }
    }
    if !trained.is_over() {
        // A run that was ended early is measured with a validation where it stood.
        let phases = trained.end(done);
        executor.submit(&[Work { run: &trained.run, phases: &phases }])?;
    }
    Ok(())
}

/// The exclusive or from the whole embedding and from the block that all modalities share.
async fn probed<H: Host>(
    host: &H,
    made: &Replica,
    planted: &Planted,
    loaded: &Loaded,
    tell: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<Option<SynergyControl>, SessionError> {
    let [train, validation, test] = splits(loaded);
    let data = data(loaded, planted);
    if data.check_replica(made).is_err() {
        return Ok(None);
    }
    let counted: BTreeSet<u32> = test
        .iter()
        .filter(|&&row| planted.label[row].is_some())
        .map(|&row| planted.thing[row])
        .collect();
    let rows = counted.len();
    let chance = 0.5;
    let threshold = chance + POINT * (chance * (1.0 - chance) / rows.max(1) as f64).sqrt();
    let look = Look::report(&train, &validation, &test);
    let shared = made.blocks.iter().position(|b| b.subset.len() == data.modalities.len());
    let origins = [Some((Origin::All, "all".to_owned()))]
        .into_iter()
        .chain([shared.map(|b| (Origin::Block(b), made.blocks[b].name.clone()))]);
    let wanted: Vec<(Origin, String, ProbeKind)> = origins
        .flatten()
        .flat_map(|(o, name)| [ProbeKind::Linear, ProbeKind::Mlp].map(|k| (o, name.clone(), k)))
        .collect();
    let (mut readings, count) = (Vec::new(), wanted.len() as f64);
    for (number, (origin, block, probe)) in wanted.into_iter().enumerate() {
        let what = Probe { label: 0, origin, kind: probe };
        let Some(mut job) = ProbeJob::new(&data, &look, made, what) else { continue };
        while !job.step() {
            host.breathe().await;
            if tell(number as f64 / count).is_break() {
                return Err(SessionError::Cancelled);
            }
        }
        if let Some(accuracy) = job.finish().accuracy {
            readings.push(ControlReading { block, probe, accuracy, seen: accuracy > threshold });
        }
    }
    let names = loaded.names();
    let given = planted.pair.map(|m| names[m].clone()).to_vec();
    let control = SynergyControl { given, rows: rows as u32, chance, threshold, readings };
    Ok((!control.readings.is_empty()).then_some(control))
}

/// What a probe needs to know of the rows: which modalities they have, and the planted label.
fn data(loaded: &Loaded, planted: &Planted) -> Data {
    let rows = planted.label.len();
    let modalities = loaded.measured.modalities.iter().map(|m| Modality {
        name: m.name.clone(),
        present: m.present.clone(),
        raw: Array2::zeros((rows, 0)),
        real: Vec::new(),
        key: Vec::new(),
    });
    let label = Label {
        name: "exclusive or".to_owned(),
        values: LabelValues::Class(planted.label.clone()),
    };
    Data { modalities: modalities.collect(), labels: vec![label], factors: Vec::new() }
}
