//! Looks at the objectives while they train, on validation rows, as often as they are cheap.

use crate::embed::{Weights, embed};
use crate::evaluate::untrained;
use crate::host::Host;
use crate::measure::{Subject, column};
use crate::run::Run;
use crate::study::{joint, replica, splits};
use crate::trained::Trained;
use crate::{Loaded, SessionError};
use std::ops::ControlFlow;
use trefoil_insight::{Look, Replica, Study, projection};
use trefoil_objectives::Outputs;
use trefoil_plan::Executor;
use trefoil_protocol::{Event, Snapshot};
use web_time::Instant;

/// What is looked at next, and when.
pub(crate) struct Live {
    study: Study,
    train: Vec<usize>,
    validation: Vec<usize>,
    present: Vec<Vec<bool>>,
    /// Counts up: objectives first, then the two baselines, then objectives again.
    turn: usize,
    /// How many of the two baselines have been looked at: they do not change.
    baselines: usize,
    last: Instant,
    /// Seconds that the last look took.
    cost: f64,
}

/// Seconds between two looks at least.
const SHORTEST: f64 = 0.7;
/// Looks take at most one part of this many of the time.
const SHARE: f64 = 4.0;

impl Live {
    pub(crate) fn new(loaded: &Loaded) -> Result<Self, SessionError> {
        let [train, validation, _] = splits(loaded);
        let study = Study::new(loaded.measured.clone(), Look::live(&train, &validation))?;
        let present = loaded.present();
        let last = Instant::now();
        Ok(Self { study, train, validation, present, turn: 0, baselines: 0, last, cost: 0.0 })
    }

    /// A look at whatever comes next, if it is time; at every objective if `at_all`.
    pub(crate) async fn look<E: Executor, H: Host>(
        &mut self,
        executor: &E,
        host: &H,
        run: &Run<E>,
        loaded: &Loaded,
        at_all: bool,
        watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
    ) -> Result<(), SessionError> {
        let count = run.objectives.len();
        if at_all {
            for i in 0..count {
                self.objective(executor, host, run, i, watch).await?;
            }
            return Ok(());
        }
        let wait = (self.cost * SHARE).max(SHORTEST);
        if self.last.elapsed().as_secs_f64() < wait {
            return Ok(());
        }
        let clock = Instant::now();
        let turn = self.turn;
        // Every objective once, then the baselines, then the objectives in turn.
        if turn >= count && self.baselines < 2 {
            let which = self.baselines;
            self.baseline(executor, host, run, loaded, which, watch).await?;
            self.baselines += 1;
        } else {
            self.objective(executor, host, run, turn % count, watch).await?;
            self.turn += 1;
        }
        self.cost = clock.elapsed().as_secs_f64();
        self.last = Instant::now();
        Ok(())
    }

    async fn objective<E: Executor, H: Host>(
        &mut self,
        executor: &E,
        host: &H,
        run: &Run<E>,
        at: usize,
        watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
    ) -> Result<(), SessionError> {
        let trained = &run.objectives[at];
        let Some(seed) = trained
            .stopped
            .iter()
            .position(|s| !matches!(s, Some((trefoil_protocol::StopReason::Diverged, _))))
        else {
            return Ok(());
        };
        let step = run.step();
        self.trained(executor, host, run, trained, (at, seed, step), watch).await
    }

    async fn baseline<E: Executor, H: Host>(
        &mut self,
        executor: &E,
        host: &H,
        run: &Run<E>,
        loaded: &Loaded,
        which: usize,
        watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
    ) -> Result<(), SessionError> {
        let position = run.objectives.len() + which;
        if which == 1 {
            let trained = untrained(executor, host, run, loaded).await?;
            return self.trained(executor, host, run, &trained, (position, 0, 0), watch).await;
        }
        let raw = self.study.raw();
        let (found, _) = column(host, &mut self.study, &Subject::Raw, &self.present, watch).await?;
        self.send(host, run, (position, 0), &raw, found);
        Ok(())
    }

    /// Embeds every row, measures one seed.
    async fn trained<E: Executor, H: Host>(
        &mut self,
        executor: &E,
        host: &H,
        run: &Run<E>,
        trained: &Trained<E>,
        (position, seed, step): (usize, usize, u32),
        watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
    ) -> Result<(), SessionError> {
        let rows = self.present[0].len();
        let (plan, replicas) = (&trained.plan, run.seeds.len());
        let mut made =
            embed(executor, host, plan, &trained.run, replicas, rows, Weights::Current).await?;
        let outputs: [Option<Outputs>; 1] = [Some(made.swap_remove(seed))];
        let objective = trained.objective.as_ref();
        let subject = Subject::Objective(objective, &outputs);
        let (found, _) = column(host, &mut self.study, &subject, &self.present, watch).await?;
        if let [Some(outputs)] = &outputs {
            let replica = replica(objective, outputs, &self.present);
            self.send(host, run, (position, step), &replica, found);
        }
        Ok(())
    }

    fn send<E: Executor, H: Host>(
        &self,
        host: &H,
        run: &Run<E>,
        (position, step): (usize, u32),
        replica: &Replica,
        found: trefoil_insight::Findings,
    ) {
        let points = projection::plane(&joint(replica), &self.train, &self.validation);
        let snapshot = Snapshot {
            objective: position as u32,
            step,
            sharing: found.sharing,
            points,
            probes: found.probes,
            retrieval: found.retrieval,
        };
        host.send(Event::Snapshot { run: run.id, snapshot: Box::new(snapshot) });
    }
}
