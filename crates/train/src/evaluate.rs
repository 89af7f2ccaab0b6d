//! The report: every column measured on test rows, once.

use crate::beyond::beyond_pairs;
use crate::control::{is_wanted, synergy_control};
use crate::decompose::decompositions;
use crate::doubts::doubts;
use crate::embed::{Weights, embed};
use crate::heads::orthogonality;
use crate::host::Host;
use crate::measure::{Subject, column};
use crate::needed::selection;
use crate::run::Run;
use crate::study::{joint, replica, splits};
use crate::trained::{Trained, recorded};
use crate::{Loaded, SessionError};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use trefoil_insight::stats::cell;
use trefoil_insight::{Findings, Look, Study, projection};
use trefoil_objectives::{Objective, Outputs};
use trefoil_plan::Executor;
use trefoil_protocol::{
    BlockInfo, ExecutorInfo, ObjectiveName, ObjectiveReport, ObjectiveSpec, Points, Report,
    RunConfig, RunInfo, SETTINGS, Settings, StopReason, Structure, Task,
};
use web_time::Instant;

/// A report and what is shown beside it.
pub(crate) struct Evaluated {
    pub(crate) report: Report,
    /// Test rows of each objective and of the two baselines, first seed that did not fail.
    pub(crate) points: Vec<Points>,
}

/// Tells how far an evaluation is, and asks whether to go on.
pub(crate) struct Watch<'a> {
    started: Instant,
    columns: usize,
    column: usize,
    tell: &'a mut dyn FnMut(Task) -> ControlFlow<()>,
}

impl Watch<'_> {
    fn at_column(&mut self, name: &str, done: f64) -> ControlFlow<()> {
        self.at(format!("Measuring {name} on the test rows"), done)
    }

    fn at(&mut self, name: String, done: f64) -> ControlFlow<()> {
        let done = (self.column as f64 + done) / self.columns as f64;
        let elapsed = self.started.elapsed().as_secs_f64();
        // Before a tenth is done nothing can be told.
        let seconds_left = (done > 0.1).then(|| elapsed * (1.0 - done) / done);
        (self.tell)(Task { name, done: done as f32, seconds_left })
    }
}

/// Measures the baselines and every objective of a run.
pub(crate) async fn evaluate<E: Executor, H: Host>(
    executor: &E,
    host: &H,
    run: &Run<E>,
    loaded: &Loaded,
    info: &ExecutorInfo,
    tell: &mut dyn FnMut(Task) -> ControlFlow<()>,
) -> Result<Evaluated, SessionError> {
    let [train, validation, test] = splits(loaded);
    let look = Look::report(&train, &validation, &test);
    let mut study = Study::new(loaded.measured.clone(), look)?;
    let present = loaded.present();
    // Two baselines, and the decompositions.
    let controls = run.config.objectives.iter().filter(|spec| is_wanted(&run.config, spec));
    let columns = 3 + run.objectives.len() + controls.count();
    let mut watch = Watch { started: Instant::now(), columns, column: 0, tell };
    let rows = loaded.dataset.rows();
    let seeds = run.seeds.len();

    let mut tell = |done| watch.at_column("the raw features", done);
    let (found, _) = column(host, &mut study, &Subject::Raw, &present, &mut tell).await?;
    let mut baselines = vec![baseline("raw", found, 1, Vec::new())];
    let raw = projection::plane(&joint(&study.raw()), &train, &test);
    watch.column += 1;

    let untrained = untrained(executor, host, run, loaded).await?;
    let outputs = outputs_of(executor, host, &untrained, seeds, rows).await?;
    let objective = untrained.objective.as_ref();
    let subject = Subject::Objective(objective, &outputs);
    let mut tell = |done| watch.at_column("an untrained encoder", done);
    let (found, _) = column(host, &mut study, &subject, &present, &mut tell).await?;
    let untrained_points = plane_of(objective, &outputs, &present, (&train, &test));
    baselines.push(baseline("untrained", found, seeds, objective.blocks_of(loaded)));
    watch.column += 1;
    drop(untrained);

    let (mut objectives, mut points) = (Vec::new(), Vec::new());
    for (i, trained) in run.objectives.iter().enumerate() {
        let outputs = outputs_of(executor, host, trained, seeds, rows).await?;
        let objective = trained.objective.as_ref();
        let subject = Subject::Objective(objective, &outputs);
        let mut tell = |done| watch.at_column(&trained.name, done);
        let (found, failed) = column(host, &mut study, &subject, &present, &mut tell).await?;
        points.push(plane_of(objective, &outputs, &present, (&train, &test)));
        let is_hcl = run.config.objectives[i].name == ObjectiveName::Hcl;
        let selection = if is_hcl {
            selection(host, loaded, objective, &outputs, &mut tell).await?
        } else {
            Vec::new()
        };
        let mut stops = run.stops(i);
        for seed in failed {
            stops[seed].0 = StopReason::Diverged;
        }
        objectives.push(ObjectiveReport {
            name: trained.name.clone(),
            steps: stops.iter().map(|s| u64::from(s.1)).collect(),
            stopped: stops.iter().map(|s| s.0).collect(),
            seconds: trained.seconds,
            validation: Some(cell(&trained.best(executor).await?)),
            structure: Structure {
                blocks: objective.blocks_of(loaded),
                doubts: if is_hcl {
                    doubts(objective, &outputs, &present, &test, &loaded.names())
                } else {
                    Vec::new()
                },
            },
            retrieval: found.retrieval,
            probes: found.probes,
            sharing: found.sharing,
            recovery: found.recovery,
            needs_several: found.needs_several,
            orthogonality: orthogonality(objective, &outputs, &present, &test),
            selection,
            synergy_control: None,
        });
        watch.column += 1;
    }
    for (i, found) in objectives.iter_mut().enumerate() {
        let mut tell =
            |done| watch.at(format!("Planting a synergy control for {}", found.name), done);
        let control = synergy_control(executor, host, run, i, loaded, &mut tell).await?;
        watch.column += usize::from(is_wanted(&run.config, &run.config.objectives[i]));
        found.synergy_control = control;
    }
    points.extend([raw, untrained_points]);
    let mut tell = |done| watch.at("Measuring what the data tell".to_owned(), done);
    let decompositions = decompositions(host, loaded, &mut tell).await?;
    let report = Report {
        run: info_of(run),
        executor: info.clone(),
        data: loaded.report(),
        baselines,
        objectives,
        decompositions,
        beyond_pairs: beyond_pairs(run, loaded),
    };
    Ok(Evaluated { report, points })
}

/// The held-out rows of the first seed that did not fail; none if all did.
fn plane_of(
    objective: &dyn Objective,
    outputs: &[Option<Outputs>],
    present: &[Vec<bool>],
    (fit, show): (&[usize], &[usize]),
) -> Points {
    outputs.iter().flatten().next().map_or_else(Points::default, |outputs| {
        projection::plane(&joint(&replica(objective, outputs, present)), fit, show)
    })
}

fn baseline(name: &str, found: Findings, seeds: usize, blocks: Vec<BlockInfo>) -> ObjectiveReport {
    ObjectiveReport {
        name: name.to_owned(),
        steps: vec![0; seeds],
        stopped: vec![StopReason::None; seeds],
        seconds: 0.0,
        validation: None,
        retrieval: found.retrieval,
        probes: found.probes,
        sharing: found.sharing,
        structure: Structure { blocks, doubts: Vec::new() },
        recovery: found.recovery,
        needs_several: found.needs_several,
        orthogonality: None,
        selection: Vec::new(),
        synergy_control: None,
    }
}

/// The blocks of an objective by the names of the modalities.
trait Named {
    fn blocks_of(&self, loaded: &Loaded) -> Vec<BlockInfo>;
}

impl Named for dyn Objective + '_ {
    fn blocks_of(&self, loaded: &Loaded) -> Vec<BlockInfo> {
        let names = loaded.names();
        let block = |b: trefoil_objectives::Block| BlockInfo {
            subset: b.subset.iter().map(|&m| names[m].clone()).collect(),
            name: b.name,
            rank: b.rank,
        };
        self.blocks().into_iter().map(block).collect()
    }
}

/// CLIP's encoder as it starts.
pub(crate) async fn untrained<E: Executor, H: Host>(
    executor: &E,
    host: &H,
    run: &Run<E>,
    loaded: &Loaded,
) -> Result<Trained<E>, SessionError> {
    let spec = ObjectiveSpec::new(ObjectiveName::Clip);
    let recorded = recorded(&run.config, &spec, loaded)?;
    let trained = Trained::on(executor, recorded, &loaded.tables, &run.seeds).await?;
    host.breathe().await;
    Ok(trained)
}

/// Outputs of the best weights of each seed; none for a seed that diverged.
async fn outputs_of<E: Executor, H: Host>(
    executor: &E,
    host: &H,
    trained: &Trained<E>,
    seeds: usize,
    rows: usize,
) -> Result<Vec<Option<Outputs>>, SessionError> {
    let (plan, run) = (&trained.plan, &trained.run);
    let made = embed(executor, host, plan, run, seeds, rows, Weights::Best).await?;
    let diverged = |stopped: &_| matches!(stopped, Some((StopReason::Diverged, _)));
    let outputs = made.into_iter().zip(&trained.stopped);
    Ok(outputs.map(|(outputs, stopped)| (!diverged(stopped)).then_some(outputs)).collect())
}

fn info_of<E: Executor>(run: &Run<E>) -> RunInfo {
    let settings = run.objectives.iter().map(|o| (o.name.clone(), written(&o.settings)));
    RunInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started: run.started.clone(),
        config: run.config.clone(),
        settings: settings.collect(),
        seeds: run.seeds.clone(),
        link: RunConfig::to_query(&run.config),
    }
}

fn written(settings: &Settings) -> BTreeMap<String, String> {
    let value = |key: &str| settings.get(key).map(|v| v.to_string()).unwrap_or_default();
    SETTINGS.iter().map(|s| (s.key.to_owned(), value(s.key))).collect()
}
