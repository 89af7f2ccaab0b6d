//! One objective of a run, on an executor.

use crate::factors::linear;
use crate::host::Host;
use crate::{Loaded, SessionError};
use std::ops::ControlFlow;
use std::sync::Arc;
use trefoil_objectives::{Block, Objective, build, loadings_name, noise_name, training};
use trefoil_plan::{Executor, Phase, Place, Plan, Stopped, Tables, record, state, stopped};
use trefoil_protocol::{
    BlockRanks, ObjectiveSpec, ObjectiveStart, RunConfig, Settings, Split, Start, StepRecord,
    StopReason, Task,
};

/// An objective, its plan, and its replicas.
pub(crate) struct Trained<E: Executor> {
    pub(crate) name: String,
    pub(crate) folder: String,
    pub(crate) settings: Settings,
    pub(crate) objective: Box<dyn Objective>,
    pub(crate) plan: Arc<Plan>,
    pub(crate) run: E::Run,
    /// Why each replica stopped by itself, and after how many steps.
    pub(crate) stopped: Vec<Option<(StopReason, u32)>>,
    /// Seconds of training.
    pub(crate) seconds: f64,
    batch: u32,
    validation_batch: u32,
    steps: u32,
    /// Steps whose records were read.
    read: u32,
    /// Validations whose records were read.
    validations: u32,
}

/// A plan that was recorded and not yet brought to an executor.
pub(crate) struct Recorded {
    name: String,
    folder: String,
    settings: Settings,
    objective: Box<dyn Objective>,
    pub(crate) plan: Arc<Plan>,
    pub(crate) batch: u32,
    validation_batch: u32,
    steps: u32,
}

impl Recorded {
    /// The objective, with settings of its own.
    pub(crate) fn label(&self) -> &str {
        &self.name
    }

    /// The blocks of the objective.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        self.objective.blocks()
    }
}

/// Records the plan of an objective on this data. Sizes of blocks that are to be found must have
/// been counted.
pub(crate) fn recorded(
    config: &RunConfig,
    spec: &ObjectiveSpec,
    loaded: &Loaded,
) -> Result<Recorded, SessionError> {
    let mut settings = config.settings(spec);
    if let (BlockRanks::Found, Some(counts)) = (&settings.ranks, loaded.factors.get()) {
        settings.ranks = counts.ranks(settings.rank);
    }
    let sizes = loaded.sizes(config.steps);
    let shape = loaded.shape(sizes.batch(&settings));
    let objective = build(spec.name, &settings, &shape)?;
    let training = training(&settings, &shape, sizes);
    let plan = Arc::new(record(objective.as_ref(), &training));
    Ok(Recorded {
        name: spec.label(),
        folder: spec.folder(),
        settings,
        objective,
        plan,
        batch: training.batch,
        validation_batch: training.validation_batch,
        steps: config.steps,
    })
}

/// Records that are kept of a long run, at most.
const MOST_RECORDS: u32 = 2000;

impl<E: Executor> Trained<E> {
    /// On the data that it was recorded for.
    pub(crate) async fn prepare<H: Host>(
        executor: &E,
        host: &H,
        recorded: Recorded,
        loaded: &Loaded,
        seeds: &[u64],
        watch: &mut dyn FnMut(Task) -> ControlFlow<()>,
    ) -> Result<Self, SessionError> {
        let made = Self::on(executor, recorded, &loaded.tables, seeds).await?;
        let of = |name: String| made.plan.params.iter().find(move |p| p.name == name);
        let names = loaded.names();
        let loadings: Vec<_> = names.iter().filter_map(|n| of(loadings_name(n))).collect();
        if !loadings.is_empty() {
            let peels = made.settings.start == Start::Peeling;
            let rotation = peels.then_some(made.settings.rotation);
            let found = linear(host, loaded, &made.objective.blocks(), rotation, watch).await?;
            for (param, start) in loadings.iter().zip(&found.loadings) {
                let values: Vec<f32> = start.iter().copied().collect();
                executor.write(&made.run, param.weights, &values)?;
            }
            let noises = names.iter().filter_map(|n| of(noise_name(n)));
            for (param, &variance) in noises.zip(&found.noise) {
                executor.write(&made.run, param.weights, &[variance])?;
            }
        }
        Ok(made)
    }

    /// Lowest validation loss of each replica.
    pub(crate) async fn best(&self, executor: &E) -> Result<Vec<Option<f64>>, SessionError> {
        let place = self.plan.state;
        let place = Place { offset: place.offset + state::BEST as u32, cols: 1, ..place };
        let best = executor.read(&self.run, &[place]).await?.concat();
        // What no validation has lowered is the largest number there is.
        Ok(best.into_iter().map(|loss| (loss < f32::MAX).then(|| f64::from(loss))).collect())
    }

    /// On other tables of the same shapes, every weight at its random start.
    pub(crate) async fn on(
        executor: &E,
        recorded: Recorded,
        tables: &Tables,
        seeds: &[u64],
    ) -> Result<Self, SessionError> {
        let Recorded { name, folder, settings, objective, plan, .. } = recorded;
        let run = executor.prepare(&plan, tables, seeds).await?;
        Ok(Self {
            name,
            folder,
            settings,
            objective,
            plan,
            run,
            stopped: vec![None; seeds.len()],
            seconds: 0.0,
            batch: recorded.batch,
            validation_batch: recorded.validation_batch,
            steps: recorded.steps,
            read: 0,
            validations: 0,
        })
    }

    /// What the page is told of it.
    pub(crate) fn start(&self) -> ObjectiveStart {
        ObjectiveStart {
            name: self.name.clone(),
            terms: self
                .plan
                .terms
                .iter()
                .cloned()
                .chain(self.extras().map(str::to_owned))
                .collect(),
            losses: self.plan.terms.len() as u32,
            chance: self.objective.chance(self.batch),
            validation_chance: self.objective.chance(self.validation_batch),
            parameters: self.plan.weights(),
            dispatches: self.plan.phase(Phase::Train).len() as u32,
        }
    }

    /// Whether every replica has stopped by itself.
    pub(crate) fn is_over(&self) -> bool {
        self.stopped.iter().all(Option::is_some)
    }

    /// Names of what the ring holds after the losses.
    fn extras(&self) -> impl Iterator<Item = &'static str> {
        let scale = self.has_scale().then_some("logit scale");
        scale.into_iter().chain(["gradient norm"])
    }

    fn has_scale(&self) -> bool {
        self.plan.params.iter().any(|p| p.name == "log_scale")
    }

    /// What has to be submitted for the steps after `from` up to `to`.
    pub(crate) fn phases(&self, from: u32, to: u32) -> Vec<Phase> {
        let mut phases = Vec::new();
        if from == 0 {
            self.validation(&mut phases);
        }
        for step in from + 1..=to {
            phases.push(Phase::Train);
            if self.validates_after(step) {
                self.validation(&mut phases);
            }
        }
        phases
    }

    /// Makes `step` its last one; gives what has still to be submitted for that.
    pub(crate) fn end(&mut self, step: u32) -> Vec<Phase> {
        let mut phases = Vec::new();
        // Before the first step nothing was validated yet.
        if step == 0 || !self.validates_after(step) {
            self.steps = step;
            self.validation(&mut phases);
        }
        phases
    }

    fn validates_after(&self, step: u32) -> bool {
        step.is_multiple_of(self.settings.eval_every) || step == self.steps
    }

    fn validation(&self, phases: &mut Vec<Phase>) {
        phases.extend(std::iter::repeat_n(Phase::Validate, self.plan.validation_batches as usize));
        phases.push(Phase::Judge);
    }

    /// Validations done after `step` steps.
    fn validations_after(&self, step: u32) -> u32 {
        let last = u32::from(step == self.steps && !step.is_multiple_of(self.settings.eval_every));
        1 + step / self.settings.eval_every + last
    }

    /// Steps done when validation number `n` (from 0) took place.
    fn step_of_validation(&self, n: u32) -> u32 {
        (n * self.settings.eval_every).min(self.steps)
    }

    /// The places that hold what was recorded up to `step`: state, ring, validation ring.
    pub(crate) fn places(&self) -> [Place; 3] {
        [self.plan.state, self.plan.ring, self.plan.validation_ring]
    }

    /// Records of the steps up to `step`, from the values of [`Trained::places`].
    pub(crate) fn records(
        &mut self,
        objective: u32,
        step: u32,
        values: &[Vec<f32>],
    ) -> Vec<StepRecord> {
        let mut records = Vec::new();
        let every = self.steps.div_ceil(MOST_RECORDS).max(1);
        let done = self.validations_after(step);
        for number in self.validations..done {
            let at = self.step_of_validation(number);
            let row = self.ring_row(&values[2], self.plan.validation_ring, number);
            let split = Split::Validation;
            records.push(StepRecord { objective, step: at, split, values: row });
        }
        self.validations = done;
        for number in self.read..step {
            let at = number + 1;
            if at % every == 0 || at == 1 || at == self.steps {
                let row = self.ring_row(&values[1], self.plan.ring, number);
                records.push(StepRecord { objective, step: at, split: Split::Train, values: row });
            }
        }
        self.read = step;
        records.sort_by_key(|r| r.step);
        records
    }

    /// Row `number` of a ring: `[term · seeds + seed]`.
    fn ring_row(&self, values: &[f32], ring: Place, number: u32) -> Vec<f32> {
        let seeds = self.stopped.len();
        let (rows, cols) = (ring.rows as usize, ring.cols as usize);
        let losses = self.plan.terms.len();
        let skipped = (!self.has_scale()).then_some(losses);
        let at = number as usize % rows;
        let columns = (0..cols).filter(|c| cols == losses || Some(*c) != skipped);
        columns.flat_map(|c| (0..seeds).map(move |r| values[(r * rows + at) * cols + c])).collect()
    }

    /// Notes which replicas have stopped, from the values of the state; says which are new.
    pub(crate) fn note_stops(&mut self, values: &[f32]) -> Vec<(u32, StopReason, u32)> {
        let mut new = Vec::new();
        for (seed, row) in values.chunks(state::LEN).enumerate() {
            let reason = match stopped(row[state::STATUS]) {
                Some(Stopped::Patience) => StopReason::Patience,
                Some(Stopped::Diverged) => StopReason::Diverged,
                None => continue,
            };
            let at = row[state::STOPPED_AT] as u32;
            if self.stopped[seed].is_none() {
                self.stopped[seed] = Some((reason, at));
                new.push((seed as u32, reason, at));
            }
        }
        new
    }
}
