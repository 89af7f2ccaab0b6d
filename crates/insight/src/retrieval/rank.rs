//! From scores to ranks.

use super::{POOLS, Task};
use crate::linalg::rows;
use ndarray::{Array2, ArrayView1, Axis};
use std::cmp::Ordering;

/// Queries scored at once, so that the scores of a large task fit into little memory.
const CHUNK: usize = 256;

/// What an objective says of a task: the score of a query and a candidate is the inner product of
/// their rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// One row for each of the task's queries.
    pub queries: Array2<f32>,
    /// One row for each of the task's candidates.
    pub candidates: Array2<f32>,
    /// Whether the score lacks a factor: its learned missing embedding stands in for it, or, where
    /// the data has taught none, it is left out.
    pub filled: bool,
}

/// How well the queries of a task found their candidates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranks {
    /// Share of queries whose best candidate is the right one.
    pub top1: f64,
    /// Share of queries with the right candidate among the best five.
    pub top5: f64,
    /// Top-1 in pools of a hundred; none where there are fewer candidates.
    pub pool100: Option<f64>,
    /// As the scores say.
    pub filled: bool,
}

/// How many candidates score higher than the right one, and how many the same, itself included.
#[derive(Clone, Copy)]
struct Place {
    above: usize,
    level: usize,
}

impl Place {
    /// Probability of being among the first `k` if those that are level come in random order.
    fn among(self, k: usize) -> f64 {
        let free = k.saturating_sub(self.above) as f64;
        (free / self.level as f64).min(1.0)
    }

    /// One over the expected rank.
    fn reciprocal(self) -> f64 {
        1.0 / (self.above as f64 + f64::midpoint(self.level as f64, 1.0))
    }
}

/// The right candidate's place among `scores`, which hold its own. Scores that are not a number
/// count as lowest.
fn place(own: f32, scores: impl Iterator<Item = f32>) -> Place {
    let low = |s: f32| if s.is_nan() { f32::NEG_INFINITY } else { s };
    let own = low(own);
    let mut place = Place { above: 0, level: 0 };
    for s in scores.map(low) {
        match s.partial_cmp(&own) {
            Some(Ordering::Greater) => place.above += 1,
            Some(Ordering::Equal) => place.level += 1,
            _ => {}
        }
    }
    place.level = place.level.max(1);
    place
}

impl Task {
    /// Ranks the candidates for each query; ties score their expected rank. None where the scores
    /// are not of this task.
    pub fn measure(&self, scores: &Scores) -> Option<Ranks> {
        let [top1, top5, _] = self.places(scores)?;
        Some(Ranks { top1, top5, pool100: self.in_pools(scores), filled: scores.filled })
    }

    /// Mean of 1 / expected rank.
    pub(super) fn reciprocal(&self, scores: &Scores) -> Option<f64> {
        self.places(scores).map(|[_, _, reciprocal]| reciprocal)
    }

    /// Top-1, top-5 and reciprocal rank.
    fn places(&self, scores: &Scores) -> Option<[f64; 3]> {
        let (q, c) = (&scores.queries, &scores.candidates);
        let fits = q.nrows() == self.queries.len()
            && c.nrows() == self.candidates.len()
            && q.ncols() == c.ncols();
        if !fits || self.queries.is_empty() {
            return None;
        }
        let mut sums = [0.0; 3];
        for start in (0..q.nrows()).step_by(CHUNK) {
            let end = (start + CHUNK).min(q.nrows());
            let block = rows(q, start..end).dot(&c.t());
            for (row, right) in block.axis_iter(Axis(0)).zip(&self.right[start..end]) {
                let place = place(row[*right], row.iter().copied());
                sums[0] += place.among(1);
                sums[1] += place.among(5);
                sums[2] += place.reciprocal();
            }
        }
        Some(sums.map(|s| s / q.nrows() as f64))
    }

    fn in_pools(&self, scores: &Scores) -> Option<f64> {
        let pools = self.pools()?;
        let score =
            |query: ArrayView1<f32>, at: usize| -> f32 { query.dot(&scores.candidates.row(at)) };
        let hits: f64 = pools
            .iter()
            .map(|pool| {
                let query = scores.queries.row(pool.query);
                let own = score(query, self.right[pool.query]);
                let others = pool.others.iter().map(|at| score(query, *at));
                place(own, others.chain([own])).among(1)
            })
            .sum();
        Some(hits / POOLS as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Data, Modality};
    use ndarray::Array2;
    use proptest::prelude::*;

    fn data(keys: &[u32]) -> Data {
        let modality = |name: &str, key: Vec<u32>| Modality {
            name: name.to_owned(),
            present: vec![true; key.len()],
            raw: Array2::zeros((key.len(), 1)),
            real: vec![true],
            key,
        };
        Data {
            modalities: vec![
                modality("a", (0..keys.len() as u32).collect()),
                modality("b", keys.to_vec()),
            ],
            labels: Vec::new(),
            factors: Vec::new(),
        }
    }

    fn task(keys: &[u32]) -> Task {
        let rows: Vec<usize> = (0..keys.len()).collect();
        Task::new(&data(keys), &rows, 1, vec![0])
    }

    fn one_hot(at: &[usize], width: usize) -> Array2<f32> {
        Array2::from_shape_fn((at.len(), width), |(i, j)| f32::from(u8::from(at[i] == j)))
    }

    #[test]
    fn identical_target_rows_are_one_candidate_and_right_for_all() {
        let t = task(&[7, 8, 7, 9]);
        assert_eq!(t.candidates, [0, 1, 3]);
        assert!((t.chance() - 1.0 / 3.0).abs() < 1e-12);
        let scores = Scores {
            queries: one_hot(&[0, 1, 0, 2], 3),
            candidates: one_hot(&[0, 1, 2], 3),
            filled: false,
        };
        let r = t.measure(&scores).unwrap();
        assert!((r.top1 - 1.0).abs() < 1e-12 && r.pool100.is_none());
    }

    #[test]
    fn ties_score_their_expected_rank() {
        let keys: Vec<u32> = (0..10).collect();
        let level = Scores {
            queries: Array2::zeros((10, 2)),
            candidates: Array2::zeros((10, 2)),
            filled: true,
        };
        let r = task(&keys).measure(&level).unwrap();
        assert!((r.top1 - 0.1).abs() < 1e-12 && (r.top5 - 0.5).abs() < 1e-12);
        assert!((task(&keys).reciprocal(&level).unwrap() - 1.0 / 5.5).abs() < 1e-12 && r.filled);
    }

    #[test]
    fn scores_that_are_not_numbers_find_nothing() {
        let keys: Vec<u32> = (0..10).collect();
        let mut scores = Scores {
            queries: one_hot(&(0..10).collect::<Vec<_>>(), 10),
            candidates: one_hot(&(0..10).collect::<Vec<_>>(), 10),
            filled: false,
        };
        scores.candidates.row_mut(3).fill(f32::NAN);
        let r = task(&keys).measure(&scores).unwrap();
        assert!((r.top1 - 0.9).abs() < 1e-12, "{r:?}");
    }

    #[test]
    fn pools_hold_a_hundred_distinct_candidates_and_the_right_one_apart() {
        let keys: Vec<u32> = (0..150).map(|k| k % 120).collect();
        let t = task(&keys);
        let pools = t.pools().unwrap();
        assert_eq!(pools.len(), POOLS);
        for pool in &pools {
            let mut others = pool.others.clone();
            others.sort_unstable();
            others.dedup();
            assert_eq!(others.len(), 99);
            assert!(!others.contains(&t.right[pool.query]) && others[98] < 120);
        }
        assert!(task(&keys[..99]).pools().is_none());
    }

    #[test]
    fn chance_level_of_random_scores_in_pools() {
        let keys: Vec<u32> = (0..400).collect();
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        let scores = Scores {
            queries: Array2::from_shape_fn((400, 30), |_| next()),
            candidates: Array2::from_shape_fn((400, 30), |_| next()),
            filled: false,
        };
        let r = task(&keys).measure(&scores).unwrap();
        assert!(r.pool100.unwrap() < 0.03 && r.top1 < 0.02, "{r:?}");
    }

    proptest! {
        #[test]
        fn agrees_with_sorting(scores in prop::collection::vec(0_u8..6, 2..30), right in 0_usize..30) {
            let right = right % scores.len();
            let own = f32::from(scores[right]);
            let p = place(own, scores.iter().map(|s| f32::from(*s)));
            // Mean over all orders of the tied ones, by brute force over the place among them.
            let above = scores.iter().filter(|s| **s > scores[right]).count();
            let level = scores.iter().filter(|s| (**s).eq(&scores[right])).count();
            let expected = (0..level).filter(|i| above + i < 5).count() as f64 / level as f64;
            prop_assert!((p.among(5) - expected).abs() < 1e-12);
        }
    }
}
