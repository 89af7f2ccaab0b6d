//! A plane of an embedding, to look at.

use crate::linalg::{Pca, take};
use ndarray::Array2;
use trefoil_protocol::Points;

/// The first two principal components of `joint` (rows × dimensions), fitted on `fit`, of the
/// rows `show`. The sign of an axis is that which makes its largest loading positive. A value is
/// not finite where the embedding is not; with a single dimension, y is 0.
pub fn plane(joint: &Array2<f32>, fit: &[usize], show: &[usize]) -> Points {
    let finite = |r: &usize| joint.row(*r).iter().all(|v| v.is_finite());
    let fit: Vec<usize> = fit.iter().copied().filter(finite).collect();
    let pca = Pca::fit(joint, &fit, 2);
    let scores = pca.project(&take(joint, show));
    let at = |i: usize, k: usize| {
        if k < scores.ncols() { scores[[i, k]] } else { 0.0 }
    };
    let share = |k: usize| {
        let variance = pca.variances.get(k).copied().unwrap_or(0.0).max(0.0);
        if pca.total > 0.0 { (variance / pca.total) as f32 } else { 0.0 }
    };
    Points {
        rows: show.iter().map(|r| *r as u32).collect(),
        xy: (0..show.len()).flat_map(|i| [at(i, 0), at(i, 1)]).collect(),
        explained: [share(0), share(1)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_line_is_one_axis_with_a_fixed_sign() {
        let joint = array![[-1.0_f32, 2.0], [0.0, 0.0], [1.0, -2.0], [2.0, -4.0]];
        let p = plane(&joint, &[0, 1, 2], &[0, 3]);
        assert_eq!(p.rows, [0, 3]);
        assert!((p.explained[0] - 1.0).abs() < 1e-6 && p.explained[1].abs() < 1e-6);
        // Loadings (−1, 2)/√5: the larger is positive, so row 0 lies on the right.
        assert!((p.xy[0] - 5.0_f32.sqrt()).abs() < 1e-5, "{:?}", p.xy);
        assert!((p.xy[2] + 2.0 * 5.0_f32.sqrt()).abs() < 1e-5);
        assert!(p.xy[1].abs() < 1e-5 && p.xy[3].abs() < 1e-5);
    }

    #[test]
    fn one_dimension_and_rows_that_are_not_finite() {
        let joint = array![[1.0_f32], [f32::NAN], [3.0]];
        let p = plane(&joint, &[0, 1, 2], &[0, 1, 2]);
        assert!((p.xy[4] - 1.0).abs() < 1e-6 && p.xy[2].is_nan());
        assert!(p.xy[1].abs() < 1e-9);
    }
}
