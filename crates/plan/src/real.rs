use crate::vectors::vectorised;
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

    /// To 1e-7 without a branch, as the shader has it: the two minimax polynomials of Juffa's
    /// `erff` (BSD-2), both computed.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for wide vectors")]
    fn erf(self) -> Self {
        let a = self.abs();
        // 1 from here on; a comparison, as `min` would make a number of what is none.
        let t = if a > 4.0 { 4.0 } else { a };
        let s = t * t;
        let near = 1.128_199_2e-1 + s * (-2.676_813_5e-2 + s * (4.991_194e-3 - s * 5.967_617e-4));
        let near = 1.283_791_7e-1 + s * (-3.761_253_4e-1 + s * near);
        let far = (3.831_971_3e-4 - 1.728_534_7e-5 * t) * s + (2.425_462_2e-2 - 3.883_964_4e-3 * t);
        let far = -1.287_175_1e-1 + t * (-6.348_467e-1 + t * (-1.067_778_8e-1 + t * far));
        let y = if a > 0.927_734_4 { 1.0 - exp(far * t - t) } else { near * t + t };
        y.copysign(self)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for wide vectors")]
    fn exp_lane(self) -> Self {
        exp(self)
    }

    fn exp_all(xs: &mut [Self]) {
        // The exponentials of the logits are most of a contrastive loss on a CPU.
        vectorised(|| {
            for x in xs {
                *x = exp(*x);
            }
        });
    }

    fn reference(kernel: &Kernel) -> fn(&mut Call<'_, Self>) {
        kernel.f32
    }
}

/// eˣ without a branch or a call, so that a loop of it becomes vector instructions: twice as fast as
/// the vectors of the crate `wide`. Coefficients of Cephes' `expf` (Moshier).
#[inline(always)]
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
    fn the_fast_error_function_is_exact_to_1e_7() {
        for x in (-2000..=2000).map(|i| i as f32 * 0.004) {
            let exact = libm::erf(f64::from(x));
            assert!((f64::from(Real::erf(x)) - exact).abs() < 1e-7, "erf({x})");
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
