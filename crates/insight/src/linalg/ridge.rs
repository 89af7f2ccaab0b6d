//! Ridge regression for a whole path of strengths at the price of one decomposition.

use super::{Eigen, centred, cross, deviations, means, single, symmetric};
use nalgebra::{Cholesky, DMatrix};
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// Strengths tried, in units of the mean variance of a predictor, weakest first.
pub(crate) const LAMBDAS: [f64; 10] = [1e-6, 1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 10.0, 100.0];

/// Everything about a regression of `y` on `x` but the strength.
pub(crate) struct Ridge {
    x_mean: Array1<f64>,
    y_mean: Array1<f64>,
    gram: Eigen,
    /// Vᵀ xᵀy / n.
    rotated: Array2<f64>,
    unit: f64,
}

/// One fit of a known strength, a few times faster than a whole [`Ridge`].
pub(crate) fn ridge(x: Array2<f32>, y: Array2<f32>, lambda: f64) -> Fitted {
    let (x_mean, y_mean) = (means(x.view()), means(y.view()));
    let (x, y) = (centred(x, &x_mean), centred(y, &y_mean));
    let (gram, right) = (cross(x.view(), x.view()), cross(x.view(), y.view()));
    let p = gram.nrows();
    let unit = gram.diag().sum() / p.max(1) as f64;
    let penalised = DMatrix::from_fn(p, p, |i, j| {
        gram[[i, j]] + if i == j { lambda * unit.max(f64::MIN_POSITIVE) } else { 0.0 }
    });
    let right = DMatrix::from_fn(p, right.ncols(), |i, j| right[[i, j]]);
    // Rounding can leave a gram matrix without full rank not quite positive.
    let solved = match Cholesky::new(penalised.clone()) {
        Some(factor) => factor.solve(&right),
        None => penalised.lu().solve(&right).unwrap_or_else(|| right.map(|_| 0.0)),
    };
    Fitted::new(&Array2::from_shape_fn(solved.shape(), |at| solved[at]), &x_mean, &y_mean)
}

/// Coefficients and intercept.
pub(crate) struct Fitted {
    coefficients: Array2<f32>,
    intercept: Array1<f32>,
}

impl Ridge {
    /// Decomposes xᵀx; both are centred first, so that the intercept is not penalised.
    pub(crate) fn new(x: Array2<f32>, y: Array2<f32>) -> Self {
        let (x_mean, y_mean) = (means(x.view()), means(y.view()));
        let (x, y) = (centred(x, &x_mean), centred(y, &y_mean));
        let gram = symmetric(&cross(x.view(), x.view()));
        let rotated = gram.vectors.t().dot(&cross(x.view(), y.view()));
        let unit = gram.values.iter().sum::<f64>() / gram.values.len().max(1) as f64;
        Self { x_mean, y_mean, gram, rotated, unit: unit.max(f64::MIN_POSITIVE) }
    }

    /// argmin ‖y − xb‖²/n + λ·unit·‖b‖², unit the mean variance of a column of x.
    pub(crate) fn fit(&self, lambda: f64) -> Fitted {
        let mut scaled = self.rotated.clone();
        for (mut row, value) in scaled.axis_iter_mut(Axis(0)).zip(&self.gram.values) {
            row /= value.max(0.0) + lambda * self.unit;
        }
        Fitted::new(&self.gram.vectors.dot(&scaled), &self.x_mean, &self.y_mean)
    }

    /// The strength of [`LAMBDAS`] with the smallest squared error on `x`, `y`.
    pub(crate) fn choose(&self, x: ArrayView2<f32>, y: ArrayView2<f32>) -> f64 {
        self.choose_each(x, y, &[y.ncols()])[0]
    }

    /// A strength for each group of neighbouring targets, `widths` targets in each.
    pub(crate) fn choose_each(
        &self,
        x: ArrayView2<f32>,
        y: ArrayView2<f32>,
        widths: &[usize],
    ) -> Vec<f64> {
        let mut best = vec![(f64::INFINITY, LAMBDAS[LAMBDAS.len() - 1]); widths.len()];
        for lambda in LAMBDAS {
            let errors = self.fit(lambda).errors(x, y).to_vec();
            let mut rest = errors.as_slice();
            for (best, width) in best.iter_mut().zip(widths) {
                let (own, others) = rest.split_at(*width);
                rest = others;
                let error = own.iter().sum::<f64>();
                if error < best.0 {
                    *best = (error, lambda);
                }
            }
        }
        best.into_iter().map(|b| b.1).collect()
    }
}

impl Fitted {
    fn new(coefficients: &Array2<f64>, x_mean: &Array1<f64>, y_mean: &Array1<f64>) -> Self {
        let intercept = y_mean - &x_mean.dot(coefficients);
        Self { coefficients: single(coefficients), intercept: intercept.mapv(|v| v as f32) }
    }

    /// Predictions, rows × targets.
    pub(crate) fn predict(&self, x: ArrayView2<f32>) -> Array2<f32> {
        x.dot(&self.coefficients) + &self.intercept
    }

    fn errors(&self, x: ArrayView2<f32>, y: ArrayView2<f32>) -> Array1<f64> {
        let mut sum = Array1::<f64>::zeros(y.ncols());
        for (p, t) in self.predict(x).axis_iter(Axis(0)).zip(y.axis_iter(Axis(0))) {
            for ((s, p), t) in sum.iter_mut().zip(p).zip(t) {
                *s += f64::from(p - t).powi(2);
            }
        }
        sum
    }

    /// R² of each target; NaN for a target that is constant on these rows.
    pub(crate) fn r2(&self, x: ArrayView2<f32>, y: ArrayView2<f32>) -> Array1<f64> {
        1.0 - self.errors(x, y) / deviations(y).mapv(|d| if d > 0.0 { d } else { f64::NAN })
    }

    /// R² of all targets together: squared errors and deviations are each summed first.
    pub(crate) fn pooled_r2(&self, x: ArrayView2<f32>, y: ArrayView2<f32>) -> f64 {
        1.0 - self.errors(x, y).sum() / deviations(y).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn one_predictor_in_closed_form() {
        // x centred: -1, 0, 1 (variance 2/3); slope = cov / (var + λ var).
        let x = array![[1.0_f32], [2.0], [3.0]];
        let y = array![[2.0_f32], [4.0], [9.0]];
        for lambda in [0.0, 0.5, 2.0] {
            let fit = Ridge::new(x.clone(), y.clone()).fit(lambda);
            let slope = (7.0 / 3.0) / ((2.0 / 3.0) * (1.0 + lambda));
            assert!((f64::from(fit.coefficients[[0, 0]]) - slope).abs() < 1e-5);
            let at = fit.predict(array![[2.0_f32]].view());
            assert!((f64::from(at[[0, 0]]) - 5.0).abs() < 1e-5, "the mean is on the line");
            let direct = ridge(x.clone(), y.clone(), lambda);
            assert!((f64::from(direct.coefficients[[0, 0]]) - slope).abs() < 1e-5);
        }
    }

    #[test]
    fn r2_is_one_for_an_exact_line_and_zero_for_the_mean() {
        let x = array![[0.0_f32], [1.0], [2.0], [5.0]];
        let y = x.mapv(|v| 3.0 * v - 1.0);
        let ridge = Ridge::new(x.clone(), y.clone());
        assert!((ridge.fit(0.0).pooled_r2(x.view(), y.view()) - 1.0).abs() < 1e-6);
        assert!(ridge.fit(1e9).pooled_r2(x.view(), y.view()).abs() < 1e-6);
        assert_eq!(ridge.choose(x.view(), y.view()).to_bits(), LAMBDAS[0].to_bits());
    }

    #[test]
    fn predictors_that_are_copies_do_not_break_it() {
        let x = array![[1.0_f32, 1.0, 0.0], [2.0, 2.0, 0.0], [4.0, 4.0, 0.0]];
        let y = array![[1.0_f32], [2.0], [4.0]];
        for lambda in [0.0, 1e-6] {
            let p = ridge(x.clone(), y.clone(), lambda).predict(x.view());
            assert!(p.iter().all(|v| v.is_finite()), "{p}");
        }
        assert!(ridge(x.clone(), y.clone(), 1e-6).pooled_r2(x.view(), y.view()) > 0.999);
    }

    #[test]
    fn without_predictors_it_is_the_mean() {
        let x = Array2::<f32>::zeros((3, 0));
        let y = array![[1.0_f32], [2.0], [6.0]];
        for fit in [ridge(x.clone(), y.clone(), 0.1), Ridge::new(x.clone(), y.clone()).fit(0.1)] {
            assert_eq!(fit.predict(x.view()), array![[3.0_f32], [3.0], [3.0]]);
        }
    }

    #[test]
    fn constant_targets_have_no_r2() {
        let x = array![[0.0_f32], [1.0], [2.0]];
        let y = array![[1.0_f32], [1.0], [1.0]];
        assert!(Ridge::new(x.clone(), y.clone()).fit(0.1).r2(x.view(), y.view())[0].is_nan());
    }
}
