//! One column of the comparison: an objective or a baseline, measured replica by replica.

use crate::origin::{Origin, origins};
use crate::probes::{Outcome, Probe, ProbeJob, needs_several, over_seeds, probes};
use crate::recovery::{self, Read};
use crate::retrieval::cca::CcaJob;
use crate::retrieval::{self, Ranks, Scores, Task};
use crate::sharing::{self, ReplicaMap, SharingJob};
use crate::study::BaselineKey;
use crate::{Depth, InsightError, Replica, Study};
use std::collections::{BTreeMap, VecDeque};
use trefoil_protocol::{NeedsSeveral, ProbeResult, Recovery, RetrievalResult, Sharing};

/// Answers a retrieval task for the replica being measured.
pub enum Retriever<'a> {
    /// The raw baseline: ridge CCA.
    Cca,
    /// An objective: query and candidate rows whose inner product is its score.
    Objective(&'a mut dyn FnMut(&Task) -> Scores),
}

/// Everything that was measured of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// The sharing map.
    pub sharing: Sharing,
    /// Probes; see [`probes`].
    pub probes: Vec<ProbeResult>,
    /// Retrieval; see [`retrieval::tasks`].
    pub retrieval: Vec<RetrievalResult>,
    /// Where the truth is known.
    pub recovery: Option<Recovery>,
    /// For each label that is a class; nothing while training.
    pub needs_several: Vec<NeedsSeveral>,
}

enum Work {
    Sharing(Box<SharingJob>),
    Cca(usize, CcaJob),
    Retrieval(usize),
    Baseline(BaselineKey, Option<Box<ProbeJob>>),
    Probe(Probe, Option<Box<ProbeJob>>),
    Recovery(Origin),
}

/// What one seed gave.
#[derive(Default)]
struct Measured {
    map: Option<ReplicaMap>,
    ranks: BTreeMap<usize, Ranks>,
    probes: BTreeMap<Probe, Outcome>,
    recovery: Read,
}

/// Measures replicas one after the other: [`Column::begin`], then [`Column::step`] until it says
/// that the replica is done; [`Column::skip`] for a seed that failed; then [`Column::finish`].
pub struct Column {
    blocks: Vec<String>,
    baselines: BTreeMap<Origin, (Vec<usize>, Vec<bool>)>,
    seeds: Vec<Option<Measured>>,
    queue: VecDeque<Work>,
    planned: usize,
}

impl Column {
    /// No seed measured yet.
    pub fn new() -> Self {
        Self {
            blocks: Vec::new(),
            baselines: BTreeMap::new(),
            seeds: Vec::new(),
            queue: VecDeque::new(),
            planned: 0,
        }
    }

    /// The next seed failed: all its values are null.
    pub fn skip(&mut self) {
        self.seeds.push(None);
    }

    /// Lists the work on the next seed's replica.
    ///
    /// # Errors
    /// Where the replica does not belong to the data or is not finite: the seed counts as failed.
    pub fn begin(&mut self, study: &Study, replica: &Replica) -> Result<(), InsightError> {
        if let Err(e) = study.data.check_replica(replica) {
            self.skip();
            return Err(e);
        }
        self.seeds.push(Some(Measured::default()));
        self.blocks = replica.blocks.iter().map(|b| b.name.clone()).collect();
        self.queue.clear();
        if study.plan.is_ok() {
            self.queue.push_back(Work::Sharing(Box::default()));
        }
        for task in 0..study.tasks.len() {
            if !study.has_cca(task) {
                self.queue.push_back(Work::Cca(task, CcaJob::new()));
            }
            self.queue.push_back(Work::Retrieval(task));
        }
        for probe in probes(&study.data, &study.look, replica.blocks.len()) {
            let known = self.baselines.entry(probe.origin).or_insert_with(|| {
                let of = probe.origin;
                (of.modalities(&study.data, replica), of.rows(&study.data, replica))
            });
            let key = (probe.label, probe.kind, known.0.clone(), known.1.clone());
            if !study.has_baseline(&key) {
                self.queue.push_back(Work::Baseline(key, None));
            }
            self.queue.push_back(Work::Probe(probe, None));
        }
        if !study.data.factors.is_empty() && study.look.depth == Depth::Report {
            let origins = origins(&study.data, replica.blocks.len());
            self.queue.extend(origins.into_iter().map(Work::Recovery));
        }
        self.planned = self.queue.len();
        Ok(())
    }

    /// Share of the current replica's work that is done, from 0 to 1.
    pub fn done(&self) -> f64 {
        1.0 - self.queue.len() as f64 / self.planned.max(1) as f64
    }

    /// A little of the work on the replica that [`Column::begin`] was given: well below a second
    /// in WebAssembly. True once all is done.
    pub fn step(
        &mut self,
        study: &mut Study,
        replica: &Replica,
        retriever: &mut Retriever,
    ) -> bool {
        let Some(work) = self.queue.front_mut() else {
            return true;
        };
        let Some(Some(seed)) = self.seeds.last_mut() else {
            return true;
        };
        let over = match work {
            Work::Sharing(job) => match &study.plan {
                Ok(plan) if !job.step(&study.data, plan, replica) => false,
                Ok(plan) => {
                    seed.map = Some(std::mem::take(job).finish(plan));
                    true
                }
                Err(_) => true,
            },
            Work::Cca(task, job) => study.step_cca(*task, job),
            Work::Retrieval(task) => {
                if let Some(ranks) = ranks(study, *task, retriever) {
                    seed.ranks.insert(*task, ranks);
                }
                true
            }
            Work::Baseline(key, job) => {
                if job.is_none() {
                    *job = study.baseline_job(key).map(Box::new);
                }
                let over = job.as_mut().is_none_or(|j| j.step());
                if over {
                    let outcome = job.take().map(|j| j.finish());
                    study.set_baseline(key.clone(), outcome);
                }
                over
            }
            Work::Probe(probe, job) => {
                if job.is_none() {
                    *job = ProbeJob::new(&study.data, &study.look, replica, *probe).map(Box::new);
                }
                let over = job.as_mut().is_none_or(|j| j.step());
                if over && let Some(job) = job.take() {
                    seed.probes.insert(*probe, job.finish());
                }
                over
            }
            Work::Recovery(origin) => {
                let read = recovery::r2(&study.data, &study.look, replica, *origin);
                seed.recovery.insert(*origin, read);
                true
            }
        };
        if over {
            self.queue.pop_front();
        }
        self.queue.is_empty()
    }

    /// Everything over seeds. `study` must have been used for all of them.
    pub fn finish(self, study: &Study) -> Findings {
        let data = &study.data;
        let seeds = &self.seeds;
        let maps: Vec<Option<ReplicaMap>> =
            seeds.iter().map(|s| s.as_ref().and_then(|s| s.map.clone())).collect();
        let sharing = match &study.plan {
            Ok(plan) => sharing::over_seeds(data, plan, &maps),
            Err(e) => Sharing { warnings: vec![e.to_string()], ..Sharing::default() },
        };
        let line = |(i, task): (usize, &Task)| {
            let ranks: Vec<Option<Ranks>> =
                seeds.iter().map(|s| s.as_ref()?.ranks.get(&i).copied()).collect();
            retrieval::over_seeds(data, task, &ranks, study.cca_ranks(i))
        };
        let outcomes = |probe: Probe| -> Vec<Option<Outcome>> {
            seeds.iter().map(|s| s.as_ref()?.probes.get(&probe).copied()).collect()
        };
        let of_probe = |probe: Probe| {
            let outcomes = outcomes(probe);
            let baseline = self.baselines.get(&probe.origin).and_then(|(m, rows)| {
                study.baseline(&(probe.label, probe.kind, m.clone(), rows.clone()))
            });
            over_seeds(data, &self.blocks, probe, &outcomes, baseline)
        };
        let read: Vec<Option<Read>> =
            seeds.iter().map(|s| s.as_ref().map(|s| s.recovery.clone())).collect();
        let recovery = match study.look.depth {
            Depth::Live => None,
            Depth::Report => recovery::over_seeds(data, &self.blocks, &read),
        };
        let needs_several = match study.look.depth {
            Depth::Live => Vec::new(),
            Depth::Report => needs_several(data, &outcomes),
        };
        Findings {
            needs_several,
            sharing,
            retrieval: study.tasks.iter().enumerate().map(line).collect(),
            probes: probes(data, &study.look, self.blocks.len())
                .into_iter()
                .flat_map(of_probe)
                .collect(),
            recovery,
        }
    }
}

impl Default for Column {
    fn default() -> Self {
        Self::new()
    }
}

fn ranks(study: &Study, task: usize, retriever: &mut Retriever) -> Option<Ranks> {
    match retriever {
        Retriever::Cca => study.cca_ranks(task).copied(),
        Retriever::Objective(answer) => {
            let task = &study.tasks[task];
            task.measure(&answer(task))
        }
    }
}
