//! The masked objective, lowered from any start.

use crate::FactorError;
use crate::linalg::{finite, norm, same};
use crate::loadings::Loadings;
use ndarray::{Array1, Array2, ArrayView2};
use trefoil_numerics::minimise;

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

/// `¼‖WWᵀ − Σ̂‖²`, and its gradient `(WWᵀ − Σ̂)W`, for W and gradient of d × R. Where W = K⊙W is asked
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::{Structure, Subset};
    use crate::world::random_loadings;
    use ndarray::array;

    #[test]
    fn gradient_is_that_of_finite_differences() {
        let signal = array![[2.0, 0.5, 0.1], [0.5, 1.0, -0.3], [0.1, -0.3, 3.0]];
        let w = array![[1.0, 0.2], [-0.4, 0.7], [0.3, 1.1]];
        let (_, gradient) = objective(signal.view(), w.view());
        for at in [(0, 0), (1, 1), (2, 0)] {
            let value = |by: f64| {
                let mut moved = w.clone();
                moved[at] += by;
                objective(signal.view(), moved.view()).0
            };
            let slope = (value(1e-5) - value(-1e-5)) / 2e-5;
            assert!((slope - gradient[at]).abs() < 1e-7, "{at:?}");
        }
    }

    #[test]
    fn what_the_mask_forbids_stays_zero_and_other_shapes_are_refused() {
        let structure = Structure::new(&[2, 2], [(Subset::all(2), 1), (Subset::of(&[1]), 1)]);
        let start = random_loadings(&structure.unwrap(), 0).unwrap();
        let found = refine(Array2::eye(4).view(), &start, 100).unwrap().loadings.full();
        assert!(found.column(1).iter().take(2).all(|v| *v == 0.0), "{found}");
        let wrong = refine(Array2::eye(3).view(), &start, 1).unwrap_err();
        assert!(matches!(wrong, FactorError::Shape { expected: 4, found: 3, .. }));
    }
}
