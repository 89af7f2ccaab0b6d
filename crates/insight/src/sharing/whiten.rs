//! Step 1: whiten each modality's embedding on the fit rows.

use crate::linalg::{Pca, single, take, within};
use ndarray::Array2;

/// Directions with less than this share of the variance are dropped.
const FLOOR: f64 = 1e-4;
/// Ours, to keep the map within seconds and its eigenproblem well posed: no modality enters with
/// more directions than this, nor with more than one for every [`ROWS_EACH`] fit rows.
const MOST: usize = 64;
const ROWS_EACH: usize = 10;
/// Relative to the mean square: below this, what is left of a constant embedding is rounding.
const COLLAPSED: f64 = 1e-11;

/// `Y_m`: unit covariance and zero mean on the fit rows, most variance (in `H_m`) first.
#[derive(Clone, Debug)]
pub(super) struct Whitened {
    pub(super) fit: Array2<f32>,
    pub(super) held: Array2<f32>,
    /// Whether the limit on directions, not their variance, decided.
    pub(super) capped: bool,
}

/// `H_m` (rows × k) whitened.
pub(super) fn whiten(h: &Array2<f32>, fit: &[usize], held: &[usize]) -> Whitened {
    let most = MOST.min((fit.len() / ROWS_EACH).max(2));
    let pca = Pca::fit(h, fit, most + 1);
    let level = pca.mean.dot(&pca.mean) + pca.total;
    let floor = if pca.total > COLLAPSED * level { FLOOR * pca.total } else { f64::INFINITY };
    let above = pca.variances.iter().take_while(|v| **v >= floor).count();
    let capped = above > most;
    let mut pca = pca.truncated(above.min(most));
    for (mut axis, variance) in pca.axes.columns_mut().into_iter().zip(&pca.variances) {
        axis /= variance.sqrt();
    }
    // The mean is taken off before the product: off after it, a far-off mean costs digits.
    let mean = pca.mean.mapv(|v| v as f32);
    let axes = single(&pca.axes);
    let project = |rows: &[usize]| (take(h, rows) - &mean).dot(&axes);
    let (fit, mut held) = (project(fit), project(held));
    // Ours. Rare columns can make a direction that hardly varies on few fit rows and wildly on the
    // others; one such row would then decide every number that the direction enters.
    within(&mut held, &fit);
    Whitened { fit, held, capped }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::cross;
    use crate::random::{Purpose, generator};
    use rand::RngExt;

    #[test]
    fn covariance_is_the_identity_and_tiny_directions_go() {
        let mut rng = generator(Purpose::Null, 0);
        let mut h = Array2::from_shape_fn((400, 5), |_| rng.random_range(-1.0..1.0_f32) + 100.0);
        h.column_mut(3).mapv_inplace(|v| (v - 100.0) * 1e-3);
        let copy = h.column(0).to_owned();
        h.column_mut(4).assign(&copy);
        let rows: Vec<usize> = (0..400).collect();
        let y = whiten(&h, &rows[..300], &rows[300..]);
        assert_eq!(y.fit.dim(), (300, 3));
        assert_eq!(y.held.dim(), (100, 3));
        let c = cross(y.fit.view(), y.fit.view()) - Array2::<f64>::eye(3);
        assert!(c.iter().all(|v| v.abs() < 1e-3), "{c}");
        assert!(!y.capped);
    }

    #[test]
    fn a_collapsed_embedding_has_no_directions() {
        let mut rng = generator(Purpose::Null, 1);
        let h = Array2::from_shape_fn((50, 4), |_| 0.5 + rng.random_range(-1e-7..1e-7_f32));
        let rows: Vec<usize> = (0..50).collect();
        assert_eq!(whiten(&h, &rows[..40], &rows[40..]).fit.ncols(), 0);
    }

    #[test]
    fn held_out_values_stay_within_the_range_of_the_fit_rows() {
        let mut rng = generator(Purpose::Null, 3);
        let mut h = Array2::from_shape_fn((60, 2), |_| rng.random_range(-1.0..1.0_f32));
        h[[55, 0]] = 1e6;
        let rows: Vec<usize> = (0..60).collect();
        let y = whiten(&h, &rows[..50], &rows[50..]);
        assert!(y.held.iter().all(|v| v.abs() < 4.0), "{}", y.held);
    }

    #[test]
    fn few_rows_limit_the_directions() {
        let mut rng = generator(Purpose::Null, 2);
        let h = Array2::from_shape_fn((60, 30), |_| rng.random_range(-1.0..1.0_f32));
        let rows: Vec<usize> = (0..60).collect();
        let y = whiten(&h, &rows[..50], &rows[50..]);
        assert_eq!(y.fit.ncols(), 5);
        assert!(y.capped);
    }
}
