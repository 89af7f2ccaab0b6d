use crate::{Call, Kernel};
use ndarray::NdFloat;

/// The numbers that references are written for: `f32` trains, `f64` checks gradients.
pub trait Real: NdFloat + Default + Send + Sync + 'static {
    /// The nearest value of this type.
    fn of(x: f64) -> Self;

    /// As an `f64`.
    fn wide(self) -> f64;

    /// The error function.
    #[must_use]
    fn erf(self) -> Self;

    /// eˣ, in a way that makes a loop of it vector instructions.
    #[must_use]
    fn exp_lane(self) -> Self;

    /// eˣ of each element.
    fn exp_all(xs: &mut [Self]);

    /// The reference of `kernel` for this type.
    fn reference(kernel: &Kernel) -> fn(&mut Call<'_, Self>);
}

impl Real for f64 {
    fn of(x: f64) -> Self {
        x
    }

    fn wide(self) -> f64 {
        self
    }

    fn erf(self) -> Self {
        libm::erf(self)
    }

    fn exp_lane(self) -> Self {
        self.exp()
    }

    fn exp_all(xs: &mut [Self]) {
        for x in xs {
            *x = x.exp();
        }
    }

    fn reference(kernel: &Kernel) -> fn(&mut Call<'_, Self>) {
        kernel.f64
    }
}

impl Real for f32 {
    fn of(x: f64) -> Self {
        x as Self
    }

    fn wide(self) -> f64 {
        f64::from(self)
    }

    /// To 2e-7 without a branch, as the shader has it (Abramowitz & Stegun 7.1.26).
    #[inline]
    fn erf(self) -> Self {
        const P: [f32; 5] = [0.254_829_6, -0.284_496_74, 1.421_413_7, -1.453_152_1, 1.061_405_4];
        let a = self.abs();
        let t = 1.0 / (1.0 + 0.327_591_1 * a);
        let p = t * (P[0] + t * (P[1] + t * (P[2] + t * (P[3] + t * P[4]))));
        (1.0 - p * exp(-a * a)).copysign(self)
    }

    #[inline]
    fn exp_lane(self) -> Self {
        exp(self)
    }

    fn exp_all(xs: &mut [Self]) {
        // The exponentials of the logits are most of a contrastive loss on a CPU.
        for x in xs {
            *x = exp(*x);
        }
    }

    fn reference(kernel: &Kernel) -> fn(&mut Call<'_, Self>) {
        kernel.f32
    }
}

/// eˣ without a branch or a call, so that a loop of it becomes vector instructions: twice as fast
/// as the vectors of `wide`. Coefficients of Cephes' `expf` (Moshier).
#[inline]
fn exp(x: f32) -> f32 {
    /// Adding it rounds to a whole number, which is then in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    const LOW: f32 = -87.336;
    const HIGH: f32 = 88.72;
    // ln 2 in two parts, the first exact in few bits.
    const LN2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let inside = if x < LOW { LOW } else { x };
    let inside = if inside > HIGH { HIGH } else { inside };
    let rounded = inside * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = inside - n * LN2[0] - n * LN2[1];
    let p = 1.987_569_1e-4 * r + 1.398_2e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(1.0f32.to_bits()));
    let y = (p * r * r + r + 1.0) * power;
    let y = if x < LOW { 0.0 } else { y };
    if x > HIGH { f32::INFINITY } else { y }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_exponential_is_exact_to_two_units_in_the_last_place() {
        let mut xs: Vec<f32> = (-2000..=2000).map(|i| i as f32 * 0.04).collect();
        let exact: Vec<f64> = xs.iter().map(|&x| f64::from(x).exp()).collect();
        f32::exp_all(&mut xs);
        for (fast, exact) in xs.iter().zip(exact) {
            let unit = f64::from(f32::EPSILON) * exact.max(f64::from(f32::MIN_POSITIVE));
            assert!((f64::from(*fast) - exact).abs() <= 2.0 * unit, "{fast} against {exact}");
        }
    }

    #[test]
    fn the_fast_error_function_is_exact_to_2e_7() {
        for x in (-2000..=2000).map(|i| i as f32 * 0.004) {
            let exact = libm::erf(f64::from(x));
            assert!((f64::from(Real::erf(x)) - exact).abs() < 2e-7, "erf({x})");
        }
        assert!(Real::erf(f32::NAN).is_nan());
        assert_eq!(
            [f32::NEG_INFINITY, f32::INFINITY].map(Real::erf).map(f32::to_bits),
            [-1.0f32, 1.0].map(f32::to_bits)
        );
    }

    #[test]
    fn infinities_and_nan_stay_what_they_are() {
        let mut xs = [f32::NEG_INFINITY, 0.0, f32::INFINITY];
        f32::exp_all(&mut xs);
        assert_eq!(xs.map(f32::to_bits), [0.0, 1.0, f32::INFINITY].map(f32::to_bits));
        let mut xs = [f32::NAN];
        f32::exp_all(&mut xs);
        assert!(xs[0].is_nan());
    }
}
