//! Symmetric eigenproblems.

use nalgebra::DMatrix;
use ndarray::Array2;

/// Eigenvalues, largest first, and eigenvectors as columns.
#[derive(Clone, Debug)]
pub(crate) struct Eigen {
    pub(crate) values: Vec<f64>,
    pub(crate) vectors: Array2<f64>,
}

/// Decomposes a symmetric matrix of finite values. The sign of each eigenvector is that which
/// makes its largest entry positive, so that it does not hang on rounding.
pub(crate) fn symmetric(a: &Array2<f64>) -> Eigen {
    let n = a.nrows();
    if n == 0 {
        return Eigen { values: Vec::new(), vectors: Array2::zeros((0, 0)) };
    }
    let eigen = DMatrix::from_fn(n, n, |i, j| 0.5 * (a[[i, j]] + a[[j, i]])).symmetric_eigen();
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

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn known_spectrum_in_order_with_fixed_sign() {
        let e = symmetric(&array![[2.0, -1.0], [-1.0, 2.0]]);
        assert!((e.values[0] - 3.0).abs() < 1e-12 && (e.values[1] - 1.0).abs() < 1e-12);
        let a = array![[2.0, -1.0], [-1.0, 2.0]];
        let residual =
            a.dot(&e.vectors) - e.vectors.dot(&Array2::from_diag(&ndarray::arr1(&e.values)));
        assert!(residual.iter().all(|v| v.abs() < 1e-12));
        assert!(e.vectors.column(1).iter().all(|v| *v > 0.0));
    }

    #[test]
    fn empty_is_empty() {
        assert!(symmetric(&Array2::zeros((0, 0))).values.is_empty());
    }
}
