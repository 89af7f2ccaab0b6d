//! Symmetric eigenproblems.

use nalgebra::DMatrix;
use ndarray::{Array2, ArrayView2};

/// Eigenvalues, largest first, and eigenvectors as columns.
#[derive(Clone, Debug)]
pub struct Eigen {
    /// In descending order.
    pub values: Vec<f64>,
    /// A column for each value.
    pub vectors: Array2<f64>,
}

/// Decomposes a symmetric matrix of finite values. The sign of each eigenvector is that which
/// makes its largest entry positive, so that it does not hang on rounding.
pub fn symmetric(a: ArrayView2<f64>) -> Eigen {
    let n = a.nrows();
    if n == 0 {
        return Eigen { values: Vec::new(), vectors: Array2::zeros((0, 0)) };
    }
    let eigen = symmetrised(a).symmetric_eigen();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|i, j| eigen.eigenvalues[*j].total_cmp(&eigen.eigenvalues[*i]));
    let mut vectors = Array2::zeros((n, n));
    for (k, i) in order.iter().enumerate() {
        let v = eigen.eigenvectors.column(*i);
        let largest =
            v.iter().fold(0.0_f64, |best, x| if x.abs() > best.abs() { *x } else { best });
        let sign = if largest < 0.0 { -1.0 } else { 1.0 };
        for (row, x) in v.iter().enumerate() {
            vectors[[row, k]] = sign * x;
        }
    }
    Eigen { values: order.iter().map(|i| eigen.eigenvalues[*i]).collect(), vectors }
}

/// Eigenvalues of a symmetric matrix, largest first.
pub fn symmetric_values(a: ArrayView2<f64>) -> Vec<f64> {
    if a.nrows() == 0 {
        return Vec::new();
    }
    let mut values: Vec<f64> = symmetrised(a).symmetric_eigenvalues().iter().copied().collect();
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

/// Without the rounding that makes a matrix asymmetric.
fn symmetrised(a: ArrayView2<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(a.nrows(), a.nrows(), |i, j| 0.5 * (a[[i, j]] + a[[j, i]]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn known_spectrum_in_order_with_fixed_sign() {
        let e = symmetric(array![[2.0, -1.0], [-1.0, 2.0]].view());
        assert!((e.values[0] - 3.0).abs() < 1e-12 && (e.values[1] - 1.0).abs() < 1e-12);
        let a = array![[2.0, -1.0], [-1.0, 2.0]];
        let residual =
            a.dot(&e.vectors) - e.vectors.dot(&Array2::from_diag(&ndarray::arr1(&e.values)));
        assert!(residual.iter().all(|v| v.abs() < 1e-12));
        assert!(e.vectors.column(1).iter().all(|v| *v > 0.0));
    }

    #[test]
    fn empty_is_empty() {
        assert!(symmetric(Array2::zeros((0, 0)).view()).values.is_empty());
    }
}
