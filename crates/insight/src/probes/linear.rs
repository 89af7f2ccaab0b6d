//! Linear probe: multinomial logistic regression with class-balanced weights, or ridge regression.

use super::design::{Design, Rows};
use crate::linalg::cross;
use nalgebra::{Cholesky, DMatrix};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use trefoil_numerics::minimise;

/// Penalties λ/2 ‖W‖² on the mean loss, strongest first; the intercept has none. The path starts
/// at the strong end because each fit is then a good start for the next.
const STRENGTHS: [f64; 6] = [10.0, 1.0, 0.1, 0.01, 1e-3, 1e-4];
/// Strengths in a row without a lower loss on the choosing rows before the path ends.
const PATIENCE: usize = 2;
const ITERATIONS: usize = 60;
const TOLERANCE: f64 = 1e-4;
/// Up to this many columns the Hessian is guessed from the covariance of the predictors.
const GUESSED: usize = 320;

/// Fits along the path, one strength a step.
pub(super) struct LinearJob {
    next: usize,
    at: Array1<f64>,
    /// Loss on the choosing rows, strength, parameters.
    best: Option<(f64, f64, Array1<f64>)>,
    worse: usize,
    /// Covariance of the predictors, where the Hessian is guessed from it.
    covariance: Option<DMatrix<f64>>,
}

impl LinearJob {
    pub(super) fn new(design: &Design) -> Self {
        let size = (design.columns() + 1) * design.outputs();
        let x = design.trial().x;
        let covariance = (x.ncols() <= GUESSED).then(|| {
            let c = cross(x, x);
            DMatrix::from_fn(c.nrows(), c.ncols(), |i, j| c[[i, j]])
        });
        Self { next: 0, at: Array1::zeros(size), best: None, worse: 0, covariance }
    }

    /// One strength; true once the path has ended and the best model is fitted.
    pub(super) fn step(&mut self, design: &Design) -> bool {
        if self.next == STRENGTHS.len() || self.worse == PATIENCE {
            if let Some(rows) = design.last()
                && let Some((loss, strength, at)) = self.best.take()
            {
                // The same penalty on the summed loss.
                let share = design.trial().x.nrows() as f64 / rows.x.nrows() as f64;
                let at = self.fit(rows, design.outputs(), strength * share, at);
                self.best = Some((loss, strength, at));
            }
            return true;
        }
        let strength = STRENGTHS[self.next];
        self.next += 1;
        self.at = self.fit(design.trial(), design.outputs(), strength, self.at.clone());
        let tune = design.tune();
        let loss = tune.target.mean_loss(outputs(tune.x, &self.at, design.outputs()));
        if self.best.as_ref().is_none_or(|(best, ..)| loss < *best) {
            self.best = Some((loss, strength, self.at.clone()));
            self.worse = 0;
        } else {
            self.worse += 1;
        }
        false
    }

    /// Outputs on some rows.
    pub(super) fn predict(&self, design: &Design, rows: Rows) -> Array2<f32> {
        let at = self.best.as_ref().map_or(&self.at, |(_, _, at)| at);
        outputs(rows.x, at, design.outputs())
    }

    /// argmin mean loss + λ/2 ‖W‖².
    fn fit(&self, rows: Rows, width: usize, strength: f64, start: Array1<f64>) -> Array1<f64> {
        let columns = rows.x.ncols();
        let curvature = rows.target.curvature();
        let factor = self.covariance.as_ref().and_then(|c| {
            Cholesky::new(c * curvature + DMatrix::identity(columns, columns) * strength)
        });
        // The Hessian is near the curvature times the covariance, and the intercept apart.
        let guess = |g: &Array1<f64>| match &factor {
            None => g.clone(),
            Some(factor) => {
                let weights =
                    factor.solve(&DMatrix::from_fn(columns, width, |i, k| g[i * width + k]));
                Array1::from_shape_fn(g.len(), |i| {
                    let inside = i < columns * width;
                    if inside { weights[(i / width, i % width)] } else { g[i] / curvature }
                })
            }
        };
        let loss = |at: &Array1<f64>| penalised_loss(rows, width, strength, at);
        minimise(start, ITERATIONS, TOLERANCE, guess, loss).at
    }
}

/// Parameters are weights (columns × outputs), then the intercept.
fn split(at: &Array1<f64>, columns: usize, outputs: usize) -> (Array2<f32>, Array1<f32>) {
    let weights = Array2::from_shape_fn((columns, outputs), |(i, k)| at[i * outputs + k] as f32);
    let intercept = Array1::from_shape_fn(outputs, |k| at[columns * outputs + k] as f32);
    (weights, intercept)
}

fn outputs(x: ArrayView2<f32>, at: &Array1<f64>, outputs: usize) -> Array2<f32> {
    let (weights, intercept) = split(at, x.ncols(), outputs);
    x.dot(&weights) + &intercept
}

/// Mean loss + λ/2 ‖W‖², and its gradient.
fn penalised_loss(rows: Rows, width: usize, strength: f64, at: &Array1<f64>) -> (f64, Array1<f64>) {
    let weights = rows.x.ncols() * width;
    let n = rows.x.nrows().max(1) as f64;
    let mut z = outputs(rows.x, at, width);
    let mut value = 0.0;
    for (i, row) in z.rows_mut().into_iter().enumerate() {
        value += rows.target.loss(i, row);
    }
    let mut gradient = Array1::zeros(at.len());
    let slope = rows.x.t().dot(&z);
    let mut penalty = 0.0;
    for ((g, d), w) in gradient.iter_mut().zip(&slope).zip(at) {
        *g = f64::from(*d) / n + strength * w;
        penalty += w * w;
    }
    for (g, column) in gradient.iter_mut().skip(weights).zip(z.axis_iter(Axis(1))) {
        *g = column.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    }
    (value / n + 0.5 * strength * penalty, gradient)
}

/// Against scikit-learn: `tests/golden/probes.py`.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::design::RowTarget;

    fn predictors() -> Array2<f32> {
        let mut x = Array2::from_shape_fn((60, 5), |(i, j)| {
            let (i, j) = (i as f64, j as f64);
            (0.7 * i + 1.3 * j).sin() + 0.5 * (0.37 * i * j).cos()
        });
        for mut c in x.columns_mut() {
            let mean = c.mean().unwrap();
            c -= mean;
            let sd = (c.dot(&c) / 60.0).sqrt();
            c /= sd;
        }
        x.mapv(|v| v as f32)
    }

    fn scores() -> Vec<f64> {
        let raw = |i: f64, j: f64| (0.7 * i + 1.3 * j).sin() + 0.5 * (0.37 * i * j).cos();
        (0..60)
            .map(|i| {
                let i = f64::from(i);
                raw(i, 0.0) + 0.5 * raw(i, 1.0) * raw(i, 2.0) + 0.3 * (i * 2.1).sin()
            })
            .collect()
    }

    fn close(found: &Array2<f32>, expected: &[&[f64]], slack: f64) {
        for (row, e) in found.rows().into_iter().zip(expected) {
            for (v, e) in row.iter().zip(*e) {
                assert!((f64::from(*v) - e).abs() < slack, "{found} {expected:?}");
            }
        }
    }

    fn fitted(rows: Rows, width: usize, strength: f64, guess: bool) -> Array2<f32> {
        let covariance = guess.then(|| {
            let c = cross(rows.x, rows.x);
            DMatrix::from_fn(5, 5, |i, j| c[[i, j]])
        });
        let job = LinearJob { next: 0, at: Array1::zeros(0), best: None, worse: 0, covariance };
        let at = job.fit(rows, width, strength, Array1::zeros(6 * width));
        outputs(rows.x, &at, width)
    }

    #[test]
    fn logistic_regression_matches_scikit_learn() {
        let x = predictors();
        let values: Vec<usize> =
            scores().iter().map(|s| usize::from(*s >= -0.6) + usize::from(*s >= 0.5)).collect();
        let counts = [4.0, 21.0, 35.0];
        let weights = counts.map(|c| 60.0 / (3.0 * c));
        let rows = Rows { x: x.view(), target: RowTarget::Class(&values, &weights) };
        for guess in [false, true] {
            for (strength, expected) in [
                (1.0, [[-0.32952, 0.08503, 0.24449], [-0.61175, -0.12543, 0.73718]]),
                (0.01, [[-5.2813, 2.33492, 2.94638], [-8.1581, 1.78745, 6.37065]]),
            ] {
                let mut z = fitted(rows, 3, strength, guess);
                for mut row in z.rows_mut() {
                    let mean = row.mean().unwrap();
                    row -= mean;
                }
                close(&z, &[&expected[0], &expected[1]], 2e-2);
            }
        }
    }

    #[test]
    fn ridge_regression_matches_scikit_learn() {
        let x = predictors();
        let scores = scores();
        let mean = scores.iter().sum::<f64>() / 60.0;
        let sd = (scores.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / 60.0).sqrt();
        let t: Vec<f64> = scores.iter().map(|s| (s - mean) / sd).collect();
        let rows = Rows { x: x.view(), target: RowTarget::Number(&t) };
        for guess in [false, true] {
            close(&fitted(rows, 1, 1.0, guess), &[&[-0.057], &[0.44545], &[0.76307]], 1e-3);
            close(&fitted(rows, 1, 0.01, guess), &[&[0.30437], &[0.95246], &[1.13658]], 1e-3);
        }
    }
}
