//! The masked objective, lowered from any start.

use crate::FactorError;
use crate::lbfgs::minimise;
use crate::linalg::{finite, norm, same};
use crate::loadings::Loadings;
use ndarray::{Array1, Array2, ArrayView2};

/// Loadings at a minimum of the masked objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Refined {
    /// W.
    pub loadings: Loadings,
    /// ¼‖WWᵀ − Σ̂‖².
    pub loss: f64,
    /// Iterations of L-BFGS.
    pub iterations: usize,
}

/// ¼‖WWᵀ − Σ̂‖²_F, and its gradient (WWᵀ − Σ̂)W, for W and gradient of d × R. Where W = K⊙W is asked
/// for, multiply the gradient by K.
///
/// The linear loss of HCL, −½ tr(VΣ̂Vᵀ) + ¼‖VVᵀ‖² with V = Wᵀ, is this less ¼‖Σ̂‖², which does not
/// depend on W (our derivation).
pub fn objective(signal: ArrayView2<f64>, w: ArrayView2<f64>) -> (f64, Array2<f64>) {
    let residual = w.dot(&w.t()) - signal;
    (0.25 * norm(residual.view()).powi(2), residual.dot(&w))
}

/// Lowers the masked objective from `start` by L-BFGS, at most `iterations` of them. The published
/// code goes down the gradient with a rate that decays before it gets anywhere; ours does not
/// follow it.
///
/// Starting from [`peel`](crate::peel()) it need not get nearer to the truth: it fits Σ̂, sampling
/// error and all.
///
/// # Errors
/// A signal of another shape than d × d, or with a value that is not finite.
pub fn refine(
    signal: ArrayView2<f64>,
    start: &Loadings,
    iterations: usize,
) -> Result<Refined, FactorError> {
    let structure = start.structure();
    let shape = (structure.dim(), structure.total());
    same("rows of the signal", shape.0, signal.nrows())?;
    same("columns of the signal", shape.0, signal.ncols())?;
    finite(signal.iter(), "the signal")?;
    let mask = structure.mask();
    // Only what the mask allows is a variable.
    let free: Vec<(usize, usize)> =
        mask.indexed_iter().filter(|(_, v)| **v > 0.0).map(|(at, _)| at).collect();
    let spread = |x: &Array1<f64>| {
        let mut w = Array2::zeros(shape);
        for (at, value) in free.iter().zip(x) {
            w[*at] = *value;
        }
        w
    };
    let gather = |w: &Array2<f64>| -> Array1<f64> { free.iter().map(|at| w[*at]).collect() };
    let tolerance = 1e-9 * norm(signal).max(f64::MIN_POSITIVE);
    let found = minimise(gather(&start.full()), iterations, tolerance, Clone::clone, |x| {
        let (value, gradient) = objective(signal, spread(x).view());
        (value, gather(&gradient))
    });
    Ok(Refined {
        loadings: Loadings::from_full(structure.clone(), spread(&found.at).view())?,
        loss: found.value,
        iterations: found.iterations,
    })
}
