//! The pure fold of events into what a page shows.

use crate::{
    ColourValues, DataSource, DataSummary, Event, ExecutorInfo, FactorCounts, Fault, Forecast,
    ObjectiveStart, Phase, Points, Report, RunConfig, RunId, Snapshot, Split, StopReason, Task,
};

/// Everything a page needs to draw itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunView {
    /// Whether the worker listens.
    pub ready: bool,
    /// Where runs run.
    pub executor: Option<ExecutorInfo>,
    /// What is loaded.
    pub data: Option<DataSummary>,
    /// Where it came from.
    pub source: Option<DataSource>,
    /// Id of each kept row.
    pub ids: Vec<String>,
    /// How many factors the modalities share, once they were counted.
    pub factors: Option<FactorCounts>,
    /// What the configured run would cost.
    pub forecast: Option<Forecast>,
    /// The last fault, until something succeeds.
    pub fault: Option<Fault>,
    /// The run that is shown.
    pub run: RunId,
    /// Its configuration.
    pub config: Option<RunConfig>,
    /// What it does.
    pub phase: Phase,
    /// Seed of each replica.
    pub seeds: Vec<u64>,
    /// Its objectives.
    pub objectives: Vec<ObjectiveView>,
    /// Looks at the baselines: raw, untrained.
    pub baselines: [Option<Snapshot>; 2],
    /// Steps done.
    pub step: u32,
    /// Steps a second.
    pub rate: f64,
    /// Seconds to the end of training.
    pub seconds_left: Option<f64>,
    /// A long task.
    pub task: Option<Task>,
    /// The report, once there is one.
    pub report: Option<Report>,
    /// Test rows as points, with the report: of each objective, then of the baselines.
    pub test_points: Vec<Points>,
    /// Values to colour points by.
    pub colour: Option<ColourValues>,
}

/// One objective of the run that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectiveView {
    /// What it is.
    pub start: ObjectiveStart,
    /// One curve a term, on train rows.
    pub train: Vec<Curve>,
    /// One curve a term, on validation rows.
    pub validation: Vec<Curve>,
    /// Why each seed stopped, and after how many steps.
    pub stopped: Vec<Option<(StopReason, u32)>>,
    /// The last look at it.
    pub snapshot: Option<Snapshot>,
}

/// A recorded value over steps, for every seed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// Steps done at each record.
    pub steps: Vec<u32>,
    /// `seeds[seed][record]`; NaN after a seed has stopped.
    pub seeds: Vec<Vec<f32>>,
}

impl ObjectiveView {
    fn new(start: ObjectiveStart, seeds: usize) -> Self {
        let curve = Curve { steps: Vec::new(), seeds: vec![Vec::new(); seeds] };
        let curves = vec![curve; start.terms.len()];
        Self {
            start,
            train: curves.clone(),
            validation: curves,
            stopped: vec![None; seeds],
            snapshot: None,
        }
    }
}

impl RunView {
    /// What the page shows after `event`. Events of other runs than the one that is shown change
    /// nothing.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Ready { .. } => self.ready = true,
            Event::Executor { info } => self.executor = Some(info),
            Event::Data { summary, source, ids } => {
                *self = Self {
                    ready: self.ready,
                    executor: self.executor.take(),
                    data: Some(*summary),
                    source: Some(source),
                    ids,
                    run: self.run,
                    ..Self::default()
                };
            }
            Event::Forecast { forecast } => {
                self.forecast = Some(forecast);
                self.fault = None;
            }
            Event::Factors { counts } => self.factors = Some(*counts),
            Event::Fault { fault } => {
                self.fault = Some(fault);
                self.task = None;
            }
            Event::Started { run, config, objectives, seeds } => {
                self.run = run;
                self.config = Some(*config);
                self.fault = None;
                self.objectives = objectives
                    .into_iter()
                    .map(|start| ObjectiveView::new(start, seeds.len()))
                    .collect();
                self.seeds = seeds;
                self.baselines = [None, None];
                self.step = 0;
                self.rate = 0.0;
                self.seconds_left = None;
                self.report = None;
                self.test_points = Vec::new();
            }
            Event::Task { task } => self.task = task,
            Event::Colour { values } => self.colour = Some(values),
            Event::Phase { run, phase } if run == self.run => self.phase = phase,
            Event::Progress { run, progress } if run == self.run => self.progress(progress),
            Event::Snapshot { run, snapshot } if run == self.run => self.snapshot(*snapshot),
            Event::Report { run, report, points } if run == self.run => {
                self.report = Some(*report);
                self.test_points = points;
            }
            // A file to save is not part of the view; the rest belongs to an older run.
            Event::Export { .. }
            | Event::Phase { .. }
            | Event::Progress { .. }
            | Event::Snapshot { .. }
            | Event::Report { .. } => {}
        }
    }

    fn progress(&mut self, progress: crate::Progress) {
        self.step = progress.step;
        self.rate = progress.rate;
        self.seconds_left = progress.seconds_left;
        for record in progress.records {
            let Some(objective) = self.objectives.get_mut(record.objective as usize) else {
                continue;
            };
            let curves = match record.split {
                Split::Train => &mut objective.train,
                Split::Validation | Split::Test => &mut objective.validation,
            };
            let seeds = objective.stopped.len().max(1);
            for (curve, values) in curves.iter_mut().zip(record.values.chunks(seeds)) {
                curve.steps.push(record.step);
                for (seed, &value) in curve.seeds.iter_mut().zip(values) {
                    seed.push(value);
                }
            }
        }
        for (objective, seed, reason, step) in progress.stopped {
            let slot = self
                .objectives
                .get_mut(objective as usize)
                .and_then(|o| o.stopped.get_mut(seed as usize));
            if let Some(slot) = slot {
                *slot = Some((reason, step));
            }
        }
    }

    fn snapshot(&mut self, snapshot: Snapshot) {
        let position = snapshot.objective as usize;
        if let Some(objective) = self.objectives.get_mut(position) {
            objective.snapshot = Some(snapshot);
        } else if let Some(slot) = self.baselines.get_mut(position - self.objectives.len()) {
            *slot = Some(snapshot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Progress, StepRecord};

    fn started(run: RunId) -> Event {
        Event::Started {
            run,
            config: Box::default(),
            objectives: vec![ObjectiveStart {
                name: "clip".to_owned(),
                terms: vec!["loss".to_owned(), "logit scale".to_owned()],
                losses: 1,
                chance: None,
                validation_chance: None,
                parameters: 1,
                dispatches: 1,
            }],
            seeds: vec![0, 1],
        }
    }

    fn progress(run: RunId) -> Event {
        let record = StepRecord {
            objective: 0,
            step: 1,
            split: Split::Train,
            values: vec![1.0, 2.0, 3.0, 4.0],
        };
        let stopped = vec![(0, 1, StopReason::Diverged, 1)];
        Event::Progress {
            run,
            progress: Progress { records: vec![record], step: 1, stopped, ..Progress::default() },
        }
    }

    #[test]
    fn records_reach_the_curve_of_their_term_and_seed() {
        let mut view = RunView::default();
        view.apply(started(1));
        view.apply(progress(1));
        let objective = &view.objectives[0];
        assert_eq!(objective.train[0].seeds, [[1.0], [2.0]]);
        assert_eq!(objective.train[1].seeds, [[3.0], [4.0]]);
        assert_eq!(objective.validation[0].steps, [0u32; 0]);
        assert_eq!(objective.stopped, [None, Some((StopReason::Diverged, 1))]);
    }

    #[test]
    fn what_arrives_late_from_an_old_run_changes_nothing() {
        let mut view = RunView::default();
        view.apply(started(2));
        let before = view.clone();
        view.apply(progress(1));
        view.apply(Event::Phase { run: 1, phase: Phase::Finished });
        assert_eq!(view, before);
    }

    #[test]
    fn a_fault_loses_nothing() {
        let mut view = RunView::default();
        view.apply(started(1));
        view.apply(progress(1));
        let objectives = view.objectives.clone();
        view.apply(Event::Fault {
            fault: Fault {
                kind: crate::FaultKind::Input,
                file: None,
                row: None,
                column: None,
                message: "x".to_owned(),
                mend: "y".to_owned(),
            },
        });
        assert_eq!(view.objectives, objectives);
    }
}
