//! Principal components, fitted on some rows and applied to any.

use super::{centred, cross, first, means, single, symmetric, take};
use crate::random::{Purpose, generator};
use nalgebra::DMatrix;
use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand::RngExt;

/// Up to this many columns the covariance is decomposed whole.
const DENSE: usize = 160;
/// Directions carried beside those asked for, so that the last ones converge too.
const EXTRA: usize = 10;
const ITERATIONS: usize = 12;
const TOLERANCE: f64 = 1e-5;

/// Mean, principal axes and variances of some rows.
#[derive(Clone, Debug)]
pub(crate) struct Pca {
    pub(crate) mean: Array1<f64>,
    /// columns × components, orthonormal, most variance first.
    pub(crate) axes: Array2<f64>,
    /// Variance of each component (denominator n).
    pub(crate) variances: Vec<f64>,
    /// Variance of all columns together.
    pub(crate) total: f64,
}

impl Pca {
    /// At most `most` components of `x` at `rows`.
    pub(crate) fn fit(x: &Array2<f32>, rows: &[usize], most: usize) -> Self {
        let x = take(x, rows);
        let mean = means(x.view());
        let x = centred(x, &mean);
        let total = x.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / rows.len().max(1) as f64;
        let most = most.min(x.ncols()).min(rows.len());
        let (mut variances, axes) = if x.ncols() <= DENSE || most + EXTRA >= x.ncols() {
            let e = symmetric(&cross(x.view(), x.view()));
            (e.values, e.vectors)
        } else {
            subspace(x.view(), most)
        };
        variances.truncate(most);
        let axes = first(&axes, most).to_owned();
        Self { mean, axes, variances, total }
    }

    /// The first `keep` components.
    pub(crate) fn truncated(mut self, keep: usize) -> Self {
        let keep = keep.min(self.variances.len());
        self.variances.truncate(keep);
        self.axes = first(&self.axes, keep).to_owned();
        self
    }

    /// Scores of the rows of `x`.
    pub(crate) fn project(&self, x: &Array2<f32>) -> Array2<f32> {
        let axes = single(&self.axes);
        let mut scores = x.dot(&axes);
        let shift = self.mean.dot(&self.axes).mapv(|v| v as f32);
        for mut row in scores.axis_iter_mut(Axis(0)) {
            row -= &shift;
        }
        scores
    }
}

/// Leading eigenpairs of xᵀx/n by subspace iteration with Rayleigh–Ritz steps (Halko, Martinsson
/// & Tropp 2011, algorithm 4.4), from a fixed start.
fn subspace(x: ArrayView2<f32>, most: usize) -> (Vec<f64>, Array2<f64>) {
    let width = (most + EXTRA).min(x.ncols()).min(x.nrows());
    let mut rng = generator(Purpose::Start, x.ncols() as u64);
    let mut q = Array2::from_shape_fn((x.ncols(), width), |_| rng.random_range(-1.0..1.0_f32));
    let mut last = 0.0;
    let mut values = Vec::new();
    let mut axes = Array2::zeros((x.ncols(), width));
    for _ in 0..ITERATIONS {
        let basis = orthonormal(&x.t().dot(&x.dot(&q)));
        let scores = x.dot(&single(&basis));
        let ritz = symmetric(&cross(scores.view(), scores.view()));
        axes = basis.dot(&ritz.vectors);
        let sum: f64 = ritz.values.iter().take(most).sum();
        values = ritz.values;
        if (sum - last).abs() <= TOLERANCE * sum {
            break;
        }
        last = sum;
        q = single(&axes);
    }
    (values, axes)
}

fn orthonormal(a: &Array2<f32>) -> Array2<f64> {
    let q = DMatrix::from_fn(a.nrows(), a.ncols(), |i, j| f64::from(a[[i, j]])).qr().q();
    Array2::from_shape_fn((q.nrows(), q.ncols()), |(i, j)| q[(i, j)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, StandardNormal};

    /// n rows with a known spectrum in 300 columns.
    fn sample(n: usize) -> Array2<f32> {
        let mut rng = generator(Purpose::Null, 7);
        Array2::from_shape_fn((n, 300), |(_, j)| {
            let v: f64 = StandardNormal.sample(&mut rng);
            (v * if j < 8 { 10.0 - j as f64 } else { 1.0 }) as f32 + 3.0
        })
    }

    #[test]
    fn subspace_iteration_finds_what_the_whole_decomposition_finds() {
        let x = sample(400);
        let rows: Vec<usize> = (0..400).collect();
        let found = Pca::fit(&x, &rows, 8);
        let c = centred(x.clone(), &found.mean);
        let exact = symmetric(&cross(c.view(), c.view()));
        for k in 0..8 {
            let (a, b) = (found.variances[k], exact.values[k]);
            assert!((a - b).abs() < 2e-3 * b, "{k}: {a} {b}");
            let cosine = found.axes.column(k).dot(&exact.vectors.column(k)).abs();
            assert!(cosine > 0.99, "{k}: {cosine}");
        }
        assert!((found.total - exact.values.iter().sum::<f64>()).abs() < 1e-3 * found.total);
    }

    #[test]
    fn scores_have_the_variances_and_zero_mean() {
        let x = sample(200);
        let rows: Vec<usize> = (0..200).collect();
        let pca = Pca::fit(&x, &rows, 5);
        let scores = pca.project(&x);
        let c = cross(scores.view(), scores.view());
        for i in 0..5 {
            for j in 0..5 {
                let expected = if i == j { pca.variances[i] } else { 0.0 };
                assert!((c[[i, j]] - expected).abs() < 1e-2 * pca.variances[0]);
            }
        }
        assert!(means(scores.view()).iter().all(|m| m.abs() < 1e-3));
    }
}
