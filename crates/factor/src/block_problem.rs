//! One block of the group lasso, solved exactly: a step of the descent in [`crate::Moments`].

use ndarray::{Array1, Array2};
use std::ops::Range;

/// A block of the group lasso, with the eigenpairs of its diagonal block of H.
pub(crate) struct BlockProblem {
    /// Where the block lies in β.
    pub(crate) at: Range<usize>,
    /// Its rows of H.
    pub(crate) rows: Array2<f64>,
    pub(crate) values: Vec<f64>,
    pub(crate) vectors: Array2<f64>,
    pub(crate) unit: f64,
}

impl BlockProblem {
    /// min ½βᵀHβ − cᵀβ + λ‖β‖, by a root in one dimension (Qin, Scheinberg & Goldfarb 2013). With t = ‖β‖ > 0 the solution is t (tH + λ)⁻¹ c, and t solves
    /// Σ cᵢ²/(t hᵢ + λ)² = 1 in the eigenbasis, which falls in t.
    pub(crate) fn solve(&self, c: &Array1<f64>, lambda: f64) -> Array1<f64> {
        let size = c.dot(c).sqrt();
        let smallest = self.values.last().copied().unwrap_or(1.0);
        if size <= lambda || smallest <= 0.0 {
            return Array1::zeros(c.len());
        }
        let c = self.vectors.t().dot(c);
        let (mut low, mut high) = (0.0, size / smallest);
        for _ in 0..200 {
            let t = 0.5 * (low + high);
            let sum: f64 =
                c.iter().zip(&self.values).map(|(c, h)| (c / (t * h + lambda)).powi(2)).sum();
            if sum > 1.0 {
                low = t;
            } else {
                high = t;
            }
            if high - low <= 1e-14 * high {
                break;
            }
        }
        let t = 0.5 * (low + high);
        let scaled: Array1<f64> =
            c.iter().zip(&self.values).map(|(c, h)| t * c / (t * h + lambda)).collect();
        self.vectors.dot(&scaled)
    }
}
