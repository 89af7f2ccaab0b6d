//! How many factors a set of modalities shares with another, by parallel analysis.

use super::OwnOptions;
use crate::linalg::eigenvalues;
use crate::peel::MOST_PEELED;
use crate::structure::Subset;
use crate::world::generator;
use ndarray::{Array1, Array2, Axis};
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

/// Of fewer draws no 95 % point can be told.
pub(super) const FEWEST_DRAWS: usize = 20;
const LEVEL: f64 = 0.95;

/// What was counted between the modalities of a set and one other.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossEvidence {
    /// The set U.
    pub subset: Subset,
    /// The other modality m, from zero.
    pub modality: usize,
    /// Singular values of the covariance between the white components of U and of m, largest
    /// first. For one modality in U: the canonical correlations.
    pub singular: Vec<f64>,
    /// What one must exceed to count.
    pub edge: f64,
    /// How many do: the factors that U and m share.
    pub count: usize,
}

/// Which (U, m) are looked at: all, or above [`MOST_PEELED`] modalities the pairs and the chain
/// that adds one modality after the other.
pub(super) fn questions(modalities: usize) -> Vec<(Subset, usize)> {
    let all = Subset::all(modalities);
    if modalities <= MOST_PEELED {
        let of = |u: Subset| all.without(u).modalities().map(move |m| (u, m)).collect::<Vec<_>>();
        return all.subsets().into_iter().flat_map(of).collect();
    }
    let chain = (2..modalities).rev().map(|m| (Subset::all(m), m));
    let pairs = (0..modalities)
        .flat_map(|a| (0..modalities).filter(move |b| *b != a).map(move |b| (Subset::of(&[a]), b)));
    chain.chain(pairs).collect()
}

/// Squared singular values add up over the modalities of U: Cᵀ C of each pair, by (from, to).
fn squares(parts: &[Array2<f64>]) -> Vec<Vec<Array2<f64>>> {
    let n = parts.first().map_or(1, |x| x.dim().0) as f64;
    let mut all = vec![vec![Array2::zeros((0, 0)); parts.len()]; parts.len()];
    for a in 0..parts.len() {
        for b in a + 1..parts.len() {
            let cross = parts[a].t().dot(&parts[b]) / n;
            all[a][b] = cross.t().dot(&cross);
            all[b][a] = cross.dot(&cross.t());
        }
    }
    all
}

fn singular(squares: &[Vec<Array2<f64>>], subset: Subset, modality: usize) -> Vec<f64> {
    let sum = subset
        .modalities()
        .map(|a| &squares[a][modality])
        .fold(None, |sum: Option<Array2<f64>>, square| {
            Some(sum.map_or_else(|| square.clone(), |s| s + square))
        });
    let values = sum.map_or_else(Vec::new, |sum| eigenvalues(sum.view()));
    values.into_iter().map(|v| v.max(0.0).sqrt()).collect()
}

/// The edge of noise, permutation after permutation, then the counts.
#[derive(Debug)]
pub(super) struct Counting {
    parts: Vec<Array2<f64>>,
    questions: Vec<(Subset, usize)>,
    /// Largest singular value: permutations × questions.
    nulls: Array2<f64>,
    rng: ChaCha8Rng,
    drawn: usize,
}

impl Counting {
    pub(super) fn new(parts: Vec<Array2<f64>>, options: OwnOptions) -> Self {
        let questions = questions(parts.len());
        let nulls = Array2::zeros((options.draws.max(FEWEST_DRAWS), questions.len()));
        Self { parts, questions, nulls, rng: generator(options.seed, 5), drawn: 0 }
    }

    /// Share of the permutations that are drawn.
    pub(super) fn done(&self) -> f64 {
        self.drawn as f64 / self.nulls.nrows() as f64
    }

    /// Draws one more; true once all are.
    pub(super) fn step(&mut self) -> bool {
        if self.drawn < self.nulls.nrows() {
            let rng = &mut self.rng;
            let shuffle = |x: &Array2<f64>| {
                let mut order: Vec<usize> = (0..x.nrows()).collect();
                order.shuffle(rng);
                x.select(Axis(0), &order)
            };
            let shuffled: Vec<Array2<f64>> = self.parts.iter().map(shuffle).collect();
            let squares = squares(&shuffled);
            let mut null = self.nulls.row_mut(self.drawn);
            for (top, (subset, m)) in null.iter_mut().zip(&self.questions) {
                *top = singular(&squares, *subset, *m).first().copied().unwrap_or(0.0);
            }
            self.drawn += 1;
        }
        self.drawn == self.nulls.nrows()
    }

    /// The white components, and each question with its edge and its count.
    pub(super) fn finish(self) -> (Vec<Array2<f64>>, Vec<CrossEvidence>) {
        let Self { parts, questions, nulls, drawn, .. } = self;
        let means = nulls.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(questions.len()));
        let mut largest: Vec<f64> = nulls
            .rows()
            .into_iter()
            .map(|null| null.iter().zip(&means).map(|(v, mean)| v / mean).fold(0.0, f64::max))
            .collect();
        largest.sort_by(f64::total_cmp);
        // A new draw exceeds the k-th of n with probability 1 − k/(n+1).
        let at = (LEVEL * (drawn + 1) as f64).ceil() as usize;
        let factor = largest.get(at.clamp(1, drawn.max(1)) - 1).copied().unwrap_or(1.0);
        let squares = squares(&parts);
        let evidence = questions
            .into_iter()
            .zip(&means)
            .map(|((subset, modality), mean)| {
                let singular = singular(&squares, subset, modality);
                let edge = factor * mean;
                let count = singular.iter().take_while(|v| **v > edge).count();
                CrossEvidence { subset, modality, singular, edge, count }
            })
            .collect();
        (parts, evidence)
    }
}
