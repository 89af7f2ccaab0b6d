//! The largest eigenvalue alone, where a whole decomposition would be wasted.

use super::symmetric;
use crate::random::{Purpose, generator};
use ndarray::{Array1, Array2};
use rand::RngExt;

const STEPS: usize = 80;
const TOLERANCE: f64 = 1e-4;

/// Largest eigenvalue of a symmetric matrix, by Lanczos iteration with full reorthogonalisation
/// (Golub & Van Loan, §10.1), to a relative change of 1e-4 over five steps.
pub(crate) fn largest_eigenvalue(a: &Array2<f64>) -> f64 {
    let n = a.nrows();
    if n <= 12 {
        return symmetric(a).values.first().copied().unwrap_or(0.0);
    }
    let mut rng = generator(Purpose::Start, n as u64);
    let mut v = Array1::from_shape_fn(n, |_| rng.random_range(-1.0..1.0_f64));
    v /= v.dot(&v).sqrt();
    let mut basis = vec![v];
    let (mut alpha, mut beta) = (Vec::new(), Vec::new());
    let mut last = f64::NEG_INFINITY;
    for step in 1..=STEPS.min(n) {
        let q = &basis[step - 1];
        let mut w = a.dot(q);
        alpha.push(q.dot(&w));
        // Twice is enough: what rounding leaves after one pass is gone after the second.
        for _ in 0..2 {
            for b in &basis {
                let c = b.dot(&w);
                w.scaled_add(-c, b);
            }
        }
        let norm = w.dot(&w).sqrt();
        let exhausted = norm <= 1e-10 * alpha[0].abs().max(1e-300);
        if step % 5 == 0 || exhausted || step == STEPS.min(n) {
            let top = tridiagonal_top(&alpha, &beta);
            if exhausted || (top - last).abs() <= TOLERANCE * top.abs() {
                return top;
            }
            last = top;
        }
        beta.push(norm);
        basis.push(w / norm);
    }
    last
}

fn tridiagonal_top(alpha: &[f64], beta: &[f64]) -> f64 {
    let mut t = Array2::zeros((alpha.len(), alpha.len()));
    for (i, a) in alpha.iter().enumerate() {
        t[[i, i]] = *a;
        if i + 1 < alpha.len() {
            t[[i, i + 1]] = beta[i];
            t[[i + 1, i]] = beta[i];
        }
    }
    symmetric(&t).values[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random_symmetric(n: usize, seed: u64) -> Array2<f64> {
        let mut rng = generator(Purpose::Null, seed);
        let a = Array2::from_shape_fn((n, n), |_| rng.random_range(-1.0..1.0_f64));
        a.dot(&a.t())
    }

    #[test]
    fn agrees_with_the_whole_decomposition() {
        for (n, seed) in [(5, 0), (13, 1), (40, 2), (150, 3)] {
            let a = random_symmetric(n, seed);
            let exact = symmetric(&a).values[0];
            let found = largest_eigenvalue(&a);
            assert!((found - exact).abs() < 1e-3 * exact, "{n}: {found} {exact}");
        }
    }

    #[test]
    fn multiples_of_the_identity_stop_early() {
        assert!((largest_eigenvalue(&(Array2::eye(50) * 3.0)) - 3.0).abs() < 1e-9);
        assert!(largest_eigenvalue(&Array2::zeros((50, 50))).abs() < 1e-12);
        assert!(largest_eigenvalue(&Array2::zeros((0, 0))).abs() < 1e-12);
    }
}
