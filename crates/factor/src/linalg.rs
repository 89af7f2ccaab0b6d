//! The little linear algebra that the rest needs, in f64: products by `ndarray`, decompositions
//! by `nalgebra`.

use crate::FactorError;
use nalgebra::DMatrix;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Slice};
use std::ops::Range;
pub(crate) use trefoil_numerics::{symmetric, symmetric_values as eigenvalues};

pub(crate) fn dense(a: ArrayView2<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(a.nrows(), a.ncols(), |i, j| a[[i, j]])
}

pub(crate) fn array(a: &DMatrix<f64>) -> Array2<f64> {
    Array2::from_shape_fn(a.shape(), |at| a[at])
}

fn symmetrised(a: ArrayView2<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(a.nrows(), a.nrows(), |i, j| 0.5 * (a[[i, j]] + a[[j, i]]))
}

/// The factor V√Λ (n × rank) of the leading eigenpairs; columns of eigenvalues that are not
/// positive are zero.
pub(crate) fn leading_root(a: ArrayView2<f64>, rank: usize) -> Array2<f64> {
    let eigen = symmetric(a);
    let mut root = Array2::zeros((a.nrows(), rank));
    for (k, value) in eigen.values.iter().take(rank).enumerate() {
        root.column_mut(k).assign(&(&eigen.vectors.column(k) * value.max(0.0).sqrt()));
    }
    root
}

/// Pseudo-inverse from the `rank` largest eigenvalues, less those that are only rounding or below
/// zero: where the ranks or the noise are wrong, the inverse of what is next to zero would bury all
/// else.
pub(crate) fn pseudo_inverse(a: ArrayView2<f64>, rank: usize) -> Array2<f64> {
    let eigen = symmetric(a);
    let floor = eigen.values.first().map_or(0.0, |v| v.max(0.0) * 1e-13);
    let kept = eigen.values.iter().take(rank).take_while(|v| **v > floor).count();
    let vectors = columns(&eigen.vectors, 0..kept);
    let scaled = &vectors / &Array1::from(eigen.values[..kept].to_vec());
    scaled.dot(&vectors.t())
}

/// Orthonormal columns that span those of `a`, for `a` of full column rank.
pub(crate) fn orthonormal(a: ArrayView2<f64>) -> Array2<f64> {
    array(&dense(a).qr().q())
}

/// The orthogonal O that makes ‖a O − b‖ smallest (Schönemann 1966). Needs as many columns in
/// both.
pub(crate) fn procrustes(a: ArrayView2<f64>, b: ArrayView2<f64>) -> Array2<f64> {
    let svd = dense(a.t().dot(&b).view()).svd(true, true);
    match (svd.u, svd.v_t) {
        (Some(u), Some(v)) => array(&(u * v)),
        _ => Array2::eye(a.ncols()),
    }
}

/// Largest singular value.
pub(crate) fn spectral(a: ArrayView2<f64>) -> f64 {
    if a.is_empty() {
        return 0.0;
    }
    dense(a).singular_values().max()
}

/// a⁻¹ b for a symmetric a.
pub(crate) fn solve(
    a: ArrayView2<f64>,
    b: ArrayView2<f64>,
    what: &'static str,
) -> Result<Array2<f64>, FactorError> {
    if a.is_empty() {
        return Ok(b.to_owned());
    }
    let right = dense(b);
    let matrix = symmetrised(a);
    let solved = match matrix.clone().cholesky() {
        Some(factor) => Some(factor.solve(&right)),
        // Debiased moments of few rows need not be positive.
        None => matrix.lu().solve(&right),
    };
    match solved {
        Some(x) if x.iter().all(|v| v.is_finite()) => Ok(array(&x)),
        _ => Err(FactorError::Singular { what }),
    }
}

/// [`solve`] for one right side.
pub(crate) fn solve_vector(
    a: ArrayView2<f64>,
    b: ArrayView1<f64>,
    what: &'static str,
) -> Result<Array1<f64>, FactorError> {
    Ok(solve(a, b.insert_axis(Axis(1)), what)?.column(0).to_owned())
}

/// Some columns. The `s![]` of ndarray allows unsafe code, which this workspace forbids.
pub(crate) fn columns(a: &Array2<f64>, range: Range<usize>) -> ArrayView2<'_, f64> {
    a.slice_axis(Axis(1), Slice::from(range))
}

/// Some entries.
pub(crate) fn entries(a: ArrayView1<'_, f64>, range: Range<usize>) -> ArrayView1<'_, f64> {
    a.slice_axis_move(Axis(0), Slice::from(range))
}

/// Frobenius norm.
pub(crate) fn norm(a: ArrayView2<f64>) -> f64 {
    a.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// Rows and columns of `a` picked.
pub(crate) fn pick(a: ArrayView2<f64>, rows: &[usize], columns: &[usize]) -> Array2<f64> {
    a.select(Axis(0), rows).select(Axis(1), columns)
}

/// `x` less its column means, and the means; no rows give zero means.
pub(crate) fn centred(x: ArrayView2<f64>) -> (Array2<f64>, Array1<f64>) {
    let means = x.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(x.ncols()));
    (&x - &means, means)
}

/// Whether all values are finite, as an error that says where not.
pub(crate) fn finite<'a>(
    mut values: impl Iterator<Item = &'a f64>,
    what: &'static str,
) -> Result<(), FactorError> {
    if values.all(|v| v.is_finite()) { Ok(()) } else { Err(FactorError::NotFinite { what }) }
}

/// Whether a length is the one expected, as an error that says which not.
pub(crate) fn same(what: &'static str, expected: usize, found: usize) -> Result<(), FactorError> {
    if expected == found { Ok(()) } else { Err(FactorError::Shape { what, expected, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn pseudo_inverse_of_the_leading_part() {
        let a = array![[3.0, 1.0], [1.0, 3.0]]; // 4 on (1,1), 2 on (1,-1).
        let whole = pseudo_inverse(a.view(), 2);
        assert!((whole.dot(&a) - Array2::<f64>::eye(2)).iter().all(|v| v.abs() < 1e-12));
        let one = pseudo_inverse(a.view(), 1);
        assert!(one.iter().all(|v| (v - 0.125).abs() < 1e-12), "{one}");
        assert!(pseudo_inverse(Array2::zeros((2, 2)).view(), 2).iter().all(|v| *v == 0.0));
    }

    #[test]
    fn procrustes_finds_a_rotation() {
        let a = array![[1.0, 0.0], [2.0, 1.0], [0.0, 3.0]];
        let turn = array![[0.6, -0.8], [0.8, 0.6]];
        let found = procrustes(a.view(), a.dot(&turn).view());
        assert!((found - turn).iter().all(|v| v.abs() < 1e-12));
    }

    #[test]
    fn systems_that_are_not_positive_are_solved_and_singular_ones_refused() {
        let x = solve_vector(array![[0.0, 1.0], [1.0, 0.0]].view(), array![2.0, 3.0].view(), "a");
        assert_eq!(x.unwrap().to_vec(), [3.0, 2.0]);
        let flat = solve_vector(Array2::ones((2, 2)).view(), array![1.0, 2.0].view(), "a");
        assert_eq!(flat.unwrap_err(), FactorError::Singular { what: "a" });
    }
}
