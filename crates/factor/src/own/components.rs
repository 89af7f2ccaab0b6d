//! Principal components of one modality, whitened.

use crate::linalg::{centred, columns, orthonormal, symmetric};
use crate::world::{generator, normal};
use ndarray::{Array2, ArrayView2};

/// Directions with less than this share of a modality's variance are rounding, or as good as.
const FLOOR: f64 = 1e-4;
/// Up to this many columns a modality is decomposed whole.
const DENSE: usize = 256;
/// Directions carried beside those asked for, so that the last ones converge too.
const EXTRA: usize = 10;
const ITERATIONS: usize = 12;

/// The scores of at most `most` principal components, with unit variance (denominator n), and
/// whether there were more.
pub(super) fn whiten(x: ArrayView2<f64>, most: usize) -> (Array2<f64>, bool) {
    let (x, mean) = centred(x);
    let n = x.nrows() as f64;
    let total = x.iter().map(|v| v * v).sum::<f64>() / n;
    // Of a constant column the mean leaves rounding.
    let level = mean.dot(&mean) + total;
    if total <= 1e-20 * level {
        return (Array2::zeros((x.nrows(), 0)), false);
    }
    let (values, axes) = principal(&x, most + 1);
    let above = values.iter().take_while(|v| **v > FLOOR * total).count();
    let kept = above.min(most);
    let mut scores = x.dot(&columns(&axes, 0..kept));
    for mut column in scores.columns_mut() {
        let size = (column.dot(&column) / n).sqrt();
        column /= size;
    }
    (scores, above > most)
}

/// Leading eigenpairs of xᵀx/n: whole where that is small, else by subspace iteration with
/// Rayleigh–Ritz steps (Halko, Martinsson & Tropp 2011, algorithm 4.4) from a fixed start.
fn principal(x: &Array2<f64>, most: usize) -> (Vec<f64>, Array2<f64>) {
    let n = x.nrows() as f64;
    let width = (most + EXTRA).min(x.ncols()).min(x.nrows());
    if x.ncols() <= DENSE {
        let eigen = symmetric((x.t().dot(x) / n).view());
        return (eigen.values, eigen.vectors);
    }
    let mut axes = normal(&mut generator(0, 4), x.ncols(), width);
    let mut values = Vec::new();
    for _ in 0..ITERATIONS {
        let basis = orthonormal(x.t().dot(&x.dot(&axes)).view());
        let scores = x.dot(&basis);
        let ritz = symmetric((scores.t().dot(&scores) / n).view());
        axes = basis.dot(&ritz.vectors);
        values = ritz.values;
    }
    (values, axes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subspace_iteration_finds_what_the_whole_decomposition_finds() {
        let mut x = normal(&mut generator(1, 0), 200, DENSE + 44);
        for k in 0..6 {
            x.column_mut(k).mapv_inplace(|v| v * (9.0 - k as f64));
        }
        let whole = symmetric((x.t().dot(&x) / 200.0).view());
        let (values, axes) = principal(&x, 6);
        for (found, exact) in values.iter().zip(&whole.values).take(6) {
            assert!((found / exact - 1.0).abs() < 1e-4, "{found} {exact}");
        }
        for k in 0..6 {
            assert!(axes.column(k).dot(&whole.vectors.column(k)).abs() > 0.99, "{k}");
        }
    }

    #[test]
    fn components_are_white_and_no_more_than_asked_for() {
        let x = normal(&mut generator(2, 0), 300, 8) * 3.0 + 100.0;
        let (white, capped) = whiten(x.view(), 5);
        assert!(capped && white.ncols() == 5);
        let off = white.t().dot(&white) / 300.0 - Array2::<f64>::eye(5);
        assert!(off.iter().all(|v| v.abs() < 1e-9), "{off}");
        assert_eq!(whiten(Array2::from_elem((9, 2), 0.1).view(), 5).0.ncols(), 0);
    }
}
