//! Zero-shot retrieval of one modality from others, on held-out rows.
//!
//! [`tasks`] lists what is retrieved from what; the objective answers a task with [`Scores`]
//! ([`cca`] does so for the raw features); [`Task::measure`] ranks.

pub mod cca;
mod rank;

pub use rank::{Ranks, Scores};

use crate::random::{Purpose, generator};
use crate::stats::cell;
use crate::{Data, Look};
use rand::RngExt;
use rand::seq::index::sample;
use std::collections::BTreeMap;
use trefoil_protocol::RetrievalResult;

/// Candidates in a pool.
pub const POOL: usize = 100;
/// Pools drawn.
pub const POOLS: usize = 1000;

/// One modality looked for, given others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Position of the modality looked for.
    pub target: usize,
    /// Positions of those that the query is made of.
    pub given: Vec<usize>,
    /// Rows that have the target and all that is given.
    pub queries: Vec<usize>,
    /// Rows with distinct raw target rows, the first of each.
    pub candidates: Vec<usize>,
    /// For each query, the position of the right candidate.
    right: Vec<usize>,
}

/// A query and the other candidates that it is ranked against.
struct Pool {
    query: usize,
    others: Vec<usize>,
}

impl Task {
    /// Retrieval among `rows`: any candidate identical to the query's own target row is right, so
    /// that there is one right candidate for each query.
    pub fn new(data: &Data, rows: &[usize], target: usize, given: Vec<usize>) -> Self {
        let modality = &data.modalities[target];
        let mut position = BTreeMap::new();
        let mut candidates = Vec::new();
        for row in rows.iter().filter(|r| modality.present[**r]) {
            position.entry(modality.key[*row]).or_insert_with(|| {
                candidates.push(*row);
                candidates.len() - 1
            });
        }
        let mut needed = given.clone();
        needed.push(target);
        let queries = data.complete(rows, &needed);
        let right = queries.iter().map(|r| position[&modality.key[*r]]).collect();
        Self { target, given, queries, candidates, right }
    }

    /// Expected top-1 of a random order.
    pub fn chance(&self) -> f64 {
        1.0 / self.candidates.len().max(1) as f64
    }

    /// The fixed pools: a random query, and 99 random candidates beside the right one. None where
    /// there are fewer candidates than a pool holds. The same for every objective, replica and
    /// baseline.
    fn pools(&self) -> Option<Vec<Pool>> {
        if self.candidates.len() < POOL || self.queries.is_empty() {
            return None;
        }
        let mut rng = generator(Purpose::Pools, 0);
        let draw = |_| {
            let query = rng.random_range(0..self.queries.len() as u32) as usize;
            let right = self.right[query];
            // One fewer to choose from; those from the right one on move up by one.
            let others = sample(&mut rng, self.candidates.len() - 1, POOL - 1)
                .into_iter()
                .map(|i| i + usize::from(i >= right))
                .collect();
            Pool { query, others }
        };
        Some((0..POOLS).map(draw).collect())
    }
}

/// Each modality from each single other and, where there are more than two, from all others.
/// What has no query or fewer than two candidates is left out.
pub fn tasks(data: &Data, look: &Look) -> Vec<Task> {
    let count = data.modalities.len();
    let mut out = Vec::new();
    for target in 0..count {
        let others: Vec<usize> = (0..count).filter(|m| *m != target).collect();
        let mut sets: Vec<Vec<usize>> = others.iter().map(|m| vec![*m]).collect();
        if others.len() > 1 {
            sets.push(others);
        }
        out.extend(sets.into_iter().map(|g| Task::new(data, &look.held_out, target, g)));
    }
    out.retain(|t| !t.queries.is_empty() && t.candidates.len() > 1);
    out
}

/// One line of the report: a task over seeds, `None` for a seed that failed, beside ridge CCA.
pub fn over_seeds(
    data: &Data,
    task: &Task,
    per_seed: &[Option<Ranks>],
    cca: Option<&Ranks>,
) -> RetrievalResult {
    let of = |pick: fn(&Ranks) -> Option<f64>| {
        cell(&per_seed.iter().map(|r| r.as_ref().and_then(pick)).collect::<Vec<_>>())
    };
    RetrievalResult {
        target: data.modalities[task.target].name.clone(),
        given: data.names(&task.given),
        queries: task.queries.len() as u32,
        candidates: task.candidates.len() as u32,
        chance: task.chance(),
        top1: of(|r| Some(r.top1)),
        top5: of(|r| Some(r.top5)),
        pool100: of(|r| r.pool100),
        cca_pool100: cca.and_then(|r| r.pool100),
        filled: per_seed.iter().flatten().any(|r| r.filled),
    }
}
