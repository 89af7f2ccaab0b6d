//! Step 2: the shared space, by MAXVAR generalised canonical correlation, and its threshold τ.

use super::untangle::rotation;
use super::whiten::Whitened;
use crate::linalg::{beside, cross, first, largest_eigenvalue, symmetric, views};
use crate::random::{Purpose, generator, permutation};
use crate::stats::{DRAWS, upper_point};
use ndarray::{Array2, ArrayView2, Axis};

/// The shared space of some whitened modalities.
pub(super) struct Space {
    /// D × K: `[Y_1 … Y_M]` times this is `G`, of unit variance, untangled.
    pub(super) directions: Array2<f64>,
}

/// Directions of all modalities together.
pub(super) fn width(parts: &[Whitened]) -> usize {
    parts.iter().map(|y| y.fit.ncols()).sum()
}

/// Covariance of the parts side by side; each part is white, so its own block is the identity.
fn covariance(parts: &[ArrayView2<f32>]) -> Array2<f64> {
    let width = parts.iter().map(ArrayView2::ncols).sum();
    let mut c = Array2::eye(width);
    let mut row = 0;
    for (i, a) in parts.iter().enumerate() {
        let mut column = row + a.ncols();
        for b in &parts[i + 1..] {
            let block = cross(a.view(), b.view());
            for ((i, j), v) in block.indexed_iter() {
                c[[row + i, column + j]] = *v;
                c[[column + j, row + i]] = *v;
            }
            column += b.ncols();
        }
        row += a.ncols();
    }
    c
}

/// Largest eigenvalue after the rows of each modality were permuted independently; draw `index`.
pub(super) fn tau_draw(parts: &[Whitened], index: usize) -> f64 {
    let mut rng = generator(Purpose::Tau, index as u64);
    let shuffled: Vec<Array2<f32>> = parts
        .iter()
        .map(|y| y.fit.select(Axis(0), &permutation(&mut rng, y.fit.nrows())))
        .collect();
    largest_eigenvalue(&covariance(&views(&shuffled)))
}

/// τ of all draws at once.
pub(super) fn tau(parts: &[Whitened]) -> f64 {
    upper_point(&(0..DRAWS).map(|i| tau_draw(parts, i)).collect::<Vec<f64>>())
}

/// Eigenvalues (largest first) and eigenvectors above `tau`.
fn above(parts: &[Whitened], tau: f64) -> (Vec<f64>, Array2<f64>) {
    let whole: Vec<ArrayView2<f32>> = parts.iter().map(|y| y.fit.view()).collect();
    let eigen = symmetric(&covariance(&whole));
    let keep = eigen.values.iter().take_while(|v| **v > tau).count();
    (eigen.values[..keep].to_vec(), first(&eigen.vectors, keep).to_owned())
}

/// K: how many directions are shared, by `tau`.
pub(super) fn shared_count(parts: &[Whitened], tau: f64) -> usize {
    above(parts, tau).0.len()
}

/// The shared space, untangled (step 3).
pub(super) fn space(parts: &[Whitened], tau: f64) -> Space {
    let (values, mut directions) = above(parts, tau);
    for (mut column, value) in directions.columns_mut().into_iter().zip(&values) {
        column /= value.sqrt();
    }
    let whole: Vec<ArrayView2<f32>> = parts.iter().map(|y| y.fit.view()).collect();
    let joined = beside(&whole, parts.first().map_or(0, |y| y.fit.nrows()));
    let g = joined.dot(&directions.mapv(|v| v as f32));
    let targets: Vec<Array2<f64>> = parts
        .iter()
        .map(|y| {
            let b = cross(g.view(), y.fit.view());
            b.dot(&b.t())
        })
        .collect();
    Space { directions: directions.dot(&rotation(targets)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sharing::whiten::whiten;
    use rand_distr::{Distribution, StandardNormal};

    fn parts(n: usize, shared: bool) -> Vec<Whitened> {
        let mut rng = generator(Purpose::Null, 3);
        let mut draw = || -> f32 { StandardNormal.sample(&mut rng) };
        let z: Vec<f32> = (0..n).map(|_| draw()).collect();
        let rows: Vec<usize> = (0..n).collect();
        (0..3)
            .map(|_| {
                let mut h = Array2::from_shape_fn((n, 4), |_| draw());
                if shared {
                    h.column_mut(0).iter_mut().zip(&z).for_each(|(v, z)| *v = *v * 0.1 + z);
                }
                whiten(&h, &rows, &rows[..1])
            })
            .collect()
    }

    #[test]
    fn one_factor_of_three_modalities_has_an_eigenvalue_near_three() {
        let y = parts(500, true);
        let (values, _) = above(&y, tau(&y));
        assert_eq!(values.len(), 1);
        assert!(values[0] > 2.9 && values[0] <= 3.0 + 1e-4, "{values:?}");
    }

    #[test]
    fn the_shared_space_has_unit_variance() {
        let y = parts(500, true);
        let space = space(&y, 1.0);
        let whole: Vec<ArrayView2<f32>> = y.iter().map(|y| y.fit.view()).collect();
        let g = beside(&whole, 500).dot(&space.directions.mapv(|v| v as f32));
        let c = cross(g.view(), g.view());
        let error = &c - &Array2::<f64>::eye(c.nrows());
        assert!(error.iter().all(|v| v.abs() < 1e-4));
    }

    #[test]
    fn nothing_is_shared_by_noise() {
        let y = parts(500, false);
        assert_eq!(shared_count(&y, tau(&y)), 0);
        assert_eq!(space(&y, tau(&y)).directions.dim(), (12, 0));
    }
}
