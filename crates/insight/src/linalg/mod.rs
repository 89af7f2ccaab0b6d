//! The little linear algebra that the rest needs.
//!
//! Anything with a row axis is f32 and multiplied by `ndarray` (which has a SIMD kernel for f32 in
//! WebAssembly); anything without one is f64 and decomposed by `nalgebra`.

mod lanczos;
mod pca;
mod ridge;

pub(crate) use lanczos::largest_eigenvalue;
pub(crate) use pca::Pca;
pub(crate) use ridge::{Ridge, ridge};

pub(crate) use trefoil_numerics::Eigen;

use ndarray::{Array1, Array2, ArrayView2, Axis, Slice, concatenate};

/// [`trefoil_numerics::symmetric`] of a matrix that is at hand.
pub(crate) fn symmetric(a: &Array2<f64>) -> Eigen {
    trefoil_numerics::symmetric(a.view())
}

/// The rows of `x` at `rows`.
pub(crate) fn take(x: &Array2<f32>, rows: &[usize]) -> Array2<f32> {
    x.select(Axis(0), rows)
}

/// aᵀb / n in f64, for a and b with n rows.
pub(crate) fn cross(a: ArrayView2<f32>, b: ArrayView2<f32>) -> Array2<f64> {
    let n = a.nrows().max(1) as f64;
    a.t().dot(&b).mapv(|v| f64::from(v) / n)
}

/// Mean of each column, summed in f64.
pub(crate) fn means(x: ArrayView2<f32>) -> Array1<f64> {
    let mut sum = Array1::<f64>::zeros(x.ncols());
    for row in x.axis_iter(Axis(0)) {
        sum.zip_mut_with(&row, |s, v| *s += f64::from(*v));
    }
    sum / x.nrows().max(1) as f64
}

/// Sum of squared deviations from the column mean, for each column.
pub(crate) fn deviations(x: ArrayView2<f32>) -> Array1<f64> {
    let mean = means(x);
    let mut sum = Array1::<f64>::zeros(x.ncols());
    for row in x.axis_iter(Axis(0)) {
        for ((s, v), m) in sum.iter_mut().zip(row).zip(&mean) {
            *s += (f64::from(*v) - m).powi(2);
        }
    }
    sum
}

/// `x` minus `mean`, row by row.
pub(crate) fn centred(mut x: Array2<f32>, mean: &Array1<f64>) -> Array2<f32> {
    let mean = mean.mapv(|v| v as f32);
    for mut row in x.axis_iter_mut(Axis(0)) {
        row -= &mean;
    }
    x
}

/// A view of each.
pub(crate) fn views(parts: &[Array2<f32>]) -> Vec<ArrayView2<'_, f32>> {
    parts.iter().map(|x| x.view()).collect()
}

/// Columns side by side; all have the same rows.
pub(crate) fn beside(parts: &[ArrayView2<f32>], rows: usize) -> Array2<f32> {
    concatenate(Axis(1), parts).unwrap_or_else(|_| Array2::zeros((rows, 0)))
}

/// f64 matrix as f32, for products with data.
pub(crate) fn single(a: &Array2<f64>) -> Array2<f32> {
    a.mapv(|v| v as f32)
}

/// The first `n` columns, or all where there are fewer.
pub(crate) fn first<T>(x: &Array2<T>, n: usize) -> ArrayView2<'_, T> {
    x.slice_axis(Axis(1), Slice::from(0..n.min(x.ncols())))
}

/// Rows `range` of `x`.
pub(crate) fn rows<T>(x: &Array2<T>, range: std::ops::Range<usize>) -> ArrayView2<'_, T> {
    x.slice_axis(Axis(0), Slice::from(range))
}

/// Keeps each column of `held` within the range that it has in `fit`.
pub(crate) fn within(held: &mut Array2<f32>, fit: &Array2<f32>) {
    for (mut column, seen) in held.columns_mut().into_iter().zip(fit.columns()) {
        let low = seen.iter().copied().fold(f32::INFINITY, f32::min);
        let high = seen.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        column.mapv_inplace(|v| v.max(low).min(high));
    }
}
