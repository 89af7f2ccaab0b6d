//! The data of a run as every column is measured on it, and what depends on it alone.

use crate::probes::{Outcome, ProbeJob};
use crate::retrieval::cca::{CcaJob, Components};
use crate::retrieval::{Ranks, Scores, Task, tasks};
use crate::sharing::SharingPlan;
use crate::{Data, InsightError, Look, Replica, raw};
use std::collections::BTreeMap;
use std::sync::Arc;
use trefoil_protocol::ProbeKind;

/// A probe of raw features: label, kind, modalities, rows.
pub(crate) type BaselineKey = (usize, ProbeKind, Vec<usize>, Vec<bool>);

/// Data, rows, and the baselines, each computed once.
pub struct Study {
    /// The data.
    pub data: Arc<Data>,
    /// Which rows are fitted and held out.
    pub look: Look,
    /// What is retrieved from what.
    pub tasks: Vec<Task>,
    /// Modalities and rows of the sharing map, the same for every column; or why there is none.
    pub plan: Result<SharingPlan, InsightError>,
    raw: Arc<Replica>,
    components: Components,
    cca: BTreeMap<usize, Option<(Scores, Option<Ranks>)>>,
    baselines: BTreeMap<BaselineKey, Option<Outcome>>,
}

impl Study {
    /// Checks the data, and computes the raw baseline and the plan of the sharing map from it.
    /// Takes about a second for the largest data.
    ///
    /// # Errors
    /// [`InsightError::Shape`] or [`InsightError::NotFinite`] where the data are not sound.
    pub fn new(data: Arc<Data>, look: Look) -> Result<Self, InsightError> {
        data.check()?;
        let raw = Arc::new(raw::replica(&data, &look));
        let plan = SharingPlan::choose(&data, &look, &[&raw]);
        let tasks = tasks(&data, &look);
        Ok(Self {
            data,
            look,
            tasks,
            plan,
            raw,
            components: Components::default(),
            cca: BTreeMap::new(),
            baselines: BTreeMap::new(),
        })
    }

    /// The raw baseline as a replica; its one "seed" is measured like those of an objective.
    pub fn raw(&self) -> Arc<Replica> {
        Arc::clone(&self.raw)
    }

    /// Whether ridge CCA of task `task` is computed.
    pub(crate) fn has_cca(&self, task: usize) -> bool {
        self.cca.contains_key(&task)
    }

    /// A little of the ridge CCA of task `task`; true once it is computed.
    pub(crate) fn step_cca(&mut self, task: usize, job: &mut CcaJob) -> bool {
        if !self.components.step(&self.data, &self.look) {
            return false;
        }
        let (components, what) = (&self.components, &self.tasks[task]);
        if !job.step(&self.data, &self.look, components, what) {
            return false;
        }
        let found = std::mem::take(job).finish(&self.data, &self.look, components, what);
        self.cca.insert(task, found.map(|scores| (scores.clone(), what.measure(&scores))));
        true
    }

    /// Ranks of ridge CCA on task `task`.
    pub(crate) fn cca_ranks(&self, task: usize) -> Option<&Ranks> {
        self.cca.get(&task)?.as_ref()?.1.as_ref()
    }

    /// Query and candidate matrices of ridge CCA on task `task`, once a column has asked for it.
    pub fn cca_scores(&self, task: usize) -> Option<&Scores> {
        self.cca.get(&task)?.as_ref().map(|(scores, _)| scores)
    }

    pub(crate) fn has_baseline(&self, key: &BaselineKey) -> bool {
        self.baselines.contains_key(key)
    }

    pub(crate) fn baseline_job(&self, key: &BaselineKey) -> Option<ProbeJob> {
        let (label, kind, modalities, rows) = key;
        ProbeJob::baseline(&self.data, &self.look, modalities, rows, *label, *kind)
    }

    pub(crate) fn set_baseline(&mut self, key: BaselineKey, outcome: Option<Outcome>) {
        self.baselines.insert(key, outcome);
    }

    pub(crate) fn baseline(&self, key: &BaselineKey) -> Option<Outcome> {
        self.baselines.get(key).copied().flatten()
    }
}
