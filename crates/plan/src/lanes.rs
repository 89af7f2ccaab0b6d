//! Loops over slices that compilers turn into vector instructions, on any platform.

use crate::Real;
use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2};

/// Independent accumulators: as many as the widest registers hold floats.
const LANES: usize = 8;

/// Largest element; −∞ of none.
pub(crate) fn max<F: Real>(xs: &[F]) -> F {
    let mut tops = [F::neg_infinity(); LANES];
    let chunks = xs.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (top, &x) in tops.iter_mut().zip(chunk) {
            // Not `max`: its rules for NaN keep it from being one instruction.
            *top = if x > *top { x } else { *top };
        }
    }
    tops.iter().chain(rest).fold(F::neg_infinity(), |m, &x| if x > m { x } else { m })
}

/// Sum of the elements, in `LANES` chains.
pub(crate) fn sum<F: Real>(xs: &[F]) -> F {
    let mut sums = [F::zero(); LANES];
    let chunks = xs.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (sum, &x) in sums.iter_mut().zip(chunk) {
            *sum += x;
        }
    }
    sums.iter().chain(rest).fold(F::zero(), |s, &x| s + x)
}

/// Inner product, in `LANES` chains.
pub(crate) fn dot<F: Real>(xs: &[F], ys: &[F]) -> F {
    let mut sums = [F::zero(); LANES];
    let (left, right) = (xs.chunks_exact(LANES), ys.chunks_exact(LANES));
    let rest =
        left.remainder().iter().zip(right.remainder()).fold(F::zero(), |s, (&x, &y)| s + x * y);
    for (x, y) in left.zip(right) {
        for (sum, (&x, &y)) in sums.iter_mut().zip(x.iter().zip(y)) {
            *sum += x * y;
        }
    }
    sums.iter().fold(rest, |s, &x| s + x)
}

/// `y += c·x`
pub(crate) fn add_scaled<F: Real>(y: &mut [F], c: F, x: &[F]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y += c * x;
    }
}

/// A row of an operand as a slice.
pub(crate) fn row<F: Real>(row: ArrayView1<'_, F>) -> &[F] {
    row.to_slice().unwrap_or_else(|| unreachable!("a place has no gaps between its columns"))
}

/// A row of an operand, to be written.
pub(crate) fn row_mut<'a, F: Real>(matrix: &'a mut ArrayViewMut2<'_, F>, i: usize) -> &'a mut [F] {
    matrix
        .row_mut(i)
        .into_slice()
        .unwrap_or_else(|| unreachable!("a place has no gaps between its columns"))
}

/// The rows of an operand, to be written.
pub(crate) fn rows_mut<'a, F: Real>(
    matrix: &'a mut ArrayViewMut2<'_, F>,
) -> impl Iterator<Item = &'a mut [F]> {
    matrix.rows_mut().into_iter().map(|row| {
        row.into_slice().unwrap_or_else(|| unreachable!("a place has no gaps between its columns"))
    })
}

/// The only column of a matrix, without gaps.
pub(crate) fn column<F: Real>(matrix: &ArrayView2<'_, F>) -> Vec<F> {
    matrix.column(0).to_vec()
}

/// The rows of a matrix as slices.
pub(crate) fn rows<'a, F: Real>(matrix: &ArrayView2<'a, F>) -> impl Iterator<Item = &'a [F]> {
    let matrix = *matrix;
    (0..matrix.nrows()).map(move |i| row(matrix.row_of(i)))
}

/// A row that lives as long as the matrix that is viewed, not as the view.
trait RowOf<'a, F> {
    fn row_of(self, i: usize) -> ArrayView1<'a, F>;
}

impl<'a, F: Real> RowOf<'a, F> for ArrayView2<'a, F> {
    fn row_of(self, i: usize) -> ArrayView1<'a, F> {
        self.index_axis_move(ndarray::Axis(0), i)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn loops_of_lanes_equal_plain_ones(xs in proptest::collection::vec(-9.0f64..9.0, 0..40)) {
            let ys: Vec<f64> = xs.iter().map(|x| x * 0.5 - 1.0).collect();
            let plain: f64 = xs.iter().zip(&ys).map(|(x, y)| x * y).sum();
            prop_assert!((dot(&xs, &ys) - plain).abs() < 1e-9);
            prop_assert!((sum(&xs) - xs.iter().sum::<f64>()).abs() < 1e-9);
            let top = xs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            prop_assert_eq!(max(&xs).to_bits(), top.to_bits());
        }
    }
}
