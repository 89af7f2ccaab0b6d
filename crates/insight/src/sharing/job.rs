//! One replica's map, in steps of a fraction of a second.

use super::components::{Components, components};
use super::numbers::{null_draw, null_flops, readability, weight};
use super::plan::SharingPlan;
use super::products::needs_both;
use super::space::{shared_count, space, tau_draw, width};
use super::whiten::Whitened;
use crate::linalg::take;
use crate::raw::features;
use crate::stats::{DRAWS, upper_point};
use crate::{Data, Replica};
use ndarray::{Array1, Array2, Axis};

/// Work of one step, in floating-point operations: a few tenths of a second in WebAssembly.
const STEP_FLOPS: f64 = 1.5e9;
/// A component is read from a modality if its readability is above this and above the null.
const LEAST: f64 = 0.1;

/// The map of one replica.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaMap {
    /// Eigenvalue above which a direction counts as shared.
    pub tau: f64,
    /// What the largest readability of permuted components reaches.
    pub null: f64,
    /// K: directions above τ.
    pub shared: usize,
    /// Those shared by most modalities first.
    pub components: Vec<MapComponent>,
    /// For each modality of the plan; none where there are fewer than three.
    pub needs_both: Vec<Option<f64>>,
    /// Modalities whose embedding has more directions than were used.
    pub capped: Vec<usize>,
}

/// One component of one replica.
#[derive(Clone, Debug, PartialEq)]
pub struct MapComponent {
    /// Positions, among the data's modalities, of those it can be read from.
    pub subset: Vec<usize>,
    /// Held-out R² of the component from each modality of the plan.
    pub readability: Vec<f64>,
    /// Held-out R² of the raw features of each modality of the plan from the component.
    pub weight: Vec<f64>,
    /// Its held-out scores, to find the same component in another replica.
    pub scores: Array1<f32>,
}

enum Stage {
    Whiten,
    Tau,
    Space,
    Null,
    NeedsBoth,
    Done,
}

/// Computes a [`ReplicaMap`]; call [`SharingJob::step`] until it says that it is done.
pub struct SharingJob {
    stage: Stage,
    parts: Vec<Whitened>,
    taus: Vec<f64>,
    nulls: Vec<f64>,
    components: Option<Components>,
    shared: usize,
    numbers: (Array2<f64>, Vec<Vec<f64>>),
    needs_both: Vec<Option<f64>>,
}

impl SharingJob {
    /// Nothing done yet.
    pub fn new() -> Self {
        Self {
            stage: Stage::Whiten,
            parts: Vec::new(),
            taus: Vec::new(),
            nulls: Vec::new(),
            components: None,
            shared: 0,
            numbers: (Array2::zeros((0, 0)), Vec::new()),
            needs_both: Vec::new(),
        }
    }

    /// Does a little of the work, always with the same arguments; true once all is done.
    pub fn step(&mut self, data: &Data, plan: &SharingPlan, replica: &Replica) -> bool {
        match self.stage {
            Stage::Whiten => {
                let next = plan.modalities[self.parts.len()];
                self.parts.push(plan.whitened_one(replica, next));
                if self.parts.len() == plan.modalities.len() {
                    self.stage = Stage::Tau;
                }
            }
            Stage::Tau => self.tau(plan),
            Stage::Space => self.space(data, plan),
            Stage::Null => self.null(),
            Stage::NeedsBoth => {
                self.needs_both.push(needs_both(&self.parts, self.needs_both.len()));
                if self.needs_both.len() == self.parts.len() {
                    self.stage = Stage::Done;
                }
            }
            Stage::Done => {}
        }
        matches!(self.stage, Stage::Done)
    }

    fn tau(&mut self, plan: &SharingPlan) {
        let flops = plan.fit.len() as f64 * (width(&self.parts) as f64).powi(2);
        for _ in 0..draws_a_step(flops) {
            self.taus.push(tau_draw(&self.parts, self.taus.len()));
            if self.taus.len() == DRAWS {
                self.stage = Stage::Space;
                return;
            }
        }
    }

    fn space(&mut self, data: &Data, plan: &SharingPlan) {
        let tau = upper_point(&self.taus);
        self.shared = shared_count(&self.parts, tau);
        let raw: Vec<Array2<f32>> = plan.modalities.iter().map(|m| features(data, *m)).collect();
        let fit: Vec<Array2<f32>> = raw.iter().map(|x| take(x, &plan.fit)).collect();
        let found = components(&self.parts, &fit, &space(&self.parts, tau));
        let weights = raw
            .iter()
            .zip(fit)
            .map(|(x, fit)| weight(&found, fit, take(x, &plan.held_out)))
            .collect();
        self.numbers = (readability(&found, &self.parts), weights);
        self.components = Some(found);
        self.stage = Stage::Null;
    }

    fn null(&mut self) {
        let Some(found) = &self.components else {
            return;
        };
        for _ in 0..draws_a_step(null_flops(found, &self.parts)) {
            self.nulls.push(null_draw(found, &self.parts, self.nulls.len()));
            if self.nulls.len() == DRAWS {
                self.stage = Stage::NeedsBoth;
                return;
            }
        }
    }

    /// The map; call it once [`SharingJob::step`] has said that it is done.
    pub fn finish(self, plan: &SharingPlan) -> ReplicaMap {
        let null = upper_point(&self.nulls);
        let (p, v) = &self.numbers;
        let scores = self.components.map(|c| c.held).unwrap_or_default();
        let mut components: Vec<MapComponent> = (0..p.nrows())
            .map(|c| MapComponent {
                subset: (0..p.ncols())
                    .filter(|m| p[[c, *m]] > null.max(LEAST))
                    .map(|m| plan.modalities[m])
                    .collect(),
                readability: p.row(c).to_vec(),
                weight: v.iter().map(|v| v[c]).collect(),
                scores: scores.index_axis(Axis(1), c).to_owned(),
            })
            .filter(|c| !c.subset.is_empty())
            .collect();
        components.sort_by(|a, b| {
            let total = |c: &MapComponent| c.weight.iter().sum::<f64>();
            let size = b.subset.len().cmp(&a.subset.len());
            size.then(a.subset.cmp(&b.subset)).then(total(b).total_cmp(&total(a)))
        });
        let capped = self.parts.iter().zip(&plan.modalities).filter(|(y, _)| y.capped);
        ReplicaMap {
            tau: upper_point(&self.taus),
            null,
            shared: self.shared,
            components,
            needs_both: self.needs_both,
            capped: capped.map(|(_, m)| *m).collect(),
        }
    }
}

impl Default for SharingJob {
    fn default() -> Self {
        Self::new()
    }
}

fn draws_a_step(flops: f64) -> usize {
    ((STEP_FLOPS / flops.max(1.0)) as usize).clamp(1, DRAWS)
}

/// The map of one replica in one go.
pub fn map(data: &Data, plan: &SharingPlan, replica: &Replica) -> ReplicaMap {
    let mut job = SharingJob::new();
    while !job.step(data, plan, replica) {}
    job.finish(plan)
}
