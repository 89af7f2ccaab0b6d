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

    fn erf(self) -> Self {
        libm::erff(self)
    }

    fn exp_all(xs: &mut [Self]) {
        // The exponentials of the logits are most of a contrastive loss on a CPU.
        let mut chunks = xs.chunks_exact_mut(8);
        for chunk in &mut chunks {
            let lanes: [f32; 8] = std::array::from_fn(|i| chunk[i]);
            chunk.copy_from_slice(&wide::f32x8::from(lanes).exp().to_array());
        }
        let rest = chunks.into_remainder();
        let mut lanes = [0.0; 8];
        lanes[..rest.len()].copy_from_slice(rest);
        let done = wide::f32x8::from(lanes).exp().to_array();
        rest.copy_from_slice(&done[..rest.len()]);
    }

    fn reference(kernel: &Kernel) -> fn(&mut Call<'_, Self>) {
        kernel.f32
    }
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
    fn minus_infinity_has_no_weight() {
        let mut xs = [f32::NEG_INFINITY, 0.0];
        f32::exp_all(&mut xs);
        assert_eq!(xs.map(f32::to_bits), [0.0, 1.0].map(f32::to_bits));
    }
}
