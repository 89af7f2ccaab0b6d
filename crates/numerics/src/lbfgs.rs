//! Limited-memory BFGS (Nocedal & Wright, algorithm 7.5) with an Armijo line search.

use ndarray::Array1;
use std::collections::VecDeque;

const MEMORY: usize = 10;
const ARMIJO: f64 = 1e-4;
const HALVINGS: usize = 20;

/// Where [`minimise`] got.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// The point.
    pub at: Array1<f64>,
    /// The loss there.
    pub value: f64,
    /// Iterations done.
    pub iterations: usize,
}

/// Lowers `loss` from `start`, until no entry of the gradient is above `tolerance`, no lower point
/// is found, or `iterations` are done. `loss` gives value and gradient; `guess` applies a positive
/// definite guess of the inverse Hessian (the identity, if nothing is known: a good one needs a
/// tenth of the iterations).
pub fn minimise(
    start: Array1<f64>,
    iterations: usize,
    tolerance: f64,
    guess: impl Fn(&Array1<f64>) -> Array1<f64>,
    mut loss: impl FnMut(&Array1<f64>) -> (f64, Array1<f64>),
) -> Minimum {
    let mut x = start;
    let (mut value, mut gradient) = loss(&x);
    let mut pairs: VecDeque<(Array1<f64>, Array1<f64>)> = VecDeque::new();
    for done in 0..iterations {
        if gradient.iter().all(|g| g.abs() <= tolerance) {
            return Minimum { at: x, value, iterations: done };
        }
        let mut direction = -two_loop(&gradient, &pairs, &guess);
        let mut slope = direction.dot(&gradient);
        if slope >= 0.0 {
            pairs.clear();
            direction = -&gradient;
            slope = direction.dot(&gradient);
        }
        let mut step = 1.0;
        let mut accepted = None;
        for _ in 0..HALVINGS {
            let next = &x + &(&direction * step);
            let (v, g) = loss(&next);
            if v <= value + ARMIJO * step * slope {
                accepted = Some((next, v, g));
                break;
            }
            step *= 0.5;
        }
        // No lower point: rounding is all that is left.
        let Some((next, v, g)) = accepted else {
            return Minimum { at: x, value, iterations: done };
        };
        let (s, y) = (&next - &x, &g - &gradient);
        // Without curvature along the step the pair would spoil the inverse Hessian.
        if s.dot(&y) > 1e-12 * y.dot(&y) {
            pairs.push_back((s, y));
            if pairs.len() > MEMORY {
                pairs.pop_front();
            }
        }
        (x, value, gradient) = (next, v, g);
    }
    Minimum { at: x, value, iterations }
}

/// The inverse Hessian's approximation times `gradient`.
fn two_loop(
    gradient: &Array1<f64>,
    pairs: &VecDeque<(Array1<f64>, Array1<f64>)>,
    guess: impl Fn(&Array1<f64>) -> Array1<f64>,
) -> Array1<f64> {
    let mut q = gradient.clone();
    let mut alphas = Vec::with_capacity(pairs.len());
    for (s, y) in pairs.iter().rev() {
        let alpha = s.dot(&q) / s.dot(y);
        q.scaled_add(-alpha, y);
        alphas.push(alpha);
    }
    let mut q = guess(&q);
    if let Some((s, y)) = pairs.back() {
        q *= s.dot(y) / y.dot(&guess(y));
    }
    for ((s, y), alpha) in pairs.iter().zip(alphas.iter().rev()) {
        let beta = y.dot(&q) / s.dot(y);
        q.scaled_add(alpha - beta, s);
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr1;

    #[test]
    fn finds_the_minimum_of_an_uneven_bowl() {
        let scale = arr1(&[1.0, 10.0, 100.0, 1000.0]);
        let at = arr1(&[1.0, -2.0, 3.0, 0.5]);
        let mut loss = |x: &Array1<f64>| {
            let d = x - &at;
            (0.5 * (&d * &d * &scale).sum(), &d * &scale)
        };
        let blind = minimise(Array1::zeros(4), 200, 1e-9, Clone::clone, &mut loss);
        assert!((&blind.at - &at).iter().all(|d| d.abs() < 1e-8), "{blind:?}");
        let guided = minimise(Array1::zeros(4), 2, 1e-9, |g| g / &scale, &mut loss);
        assert!((&guided.at - &at).iter().all(|d| d.abs() < 1e-12), "{guided:?}");
        assert!(guided.iterations < blind.iterations);
    }

    #[test]
    fn a_minimum_is_left_alone() {
        let bowl = |x: &Array1<f64>| ((x[0] - 2.0).powi(2), (x - 2.0) * 2.0);
        let found = minimise(arr1(&[2.0]), 10, 1e-9, Clone::clone, bowl);
        assert_eq!((found.at[0].to_bits(), found.iterations), (2.0_f64.to_bits(), 0));
    }
}
