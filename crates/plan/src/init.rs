//! Starting values of parameters: the same on every platform, from integers alone.

use crate::random::{pcg4d, uniform};
use crate::tape::Init;

/// Stream of initial weights; steps use small ones.
const STREAM: u32 = 0x1417_0000;

/// A number for a name (FNV-1a).
fn number_of(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Values of the parameter of this name for the replica with this key.
pub(crate) fn values(init: Init, len: u32, key: u32, name: &str) -> Vec<f64> {
    let number = number_of(name);
    let word = |i: u32| pcg4d([key, STREAM, number, i]);
    match init {
        Init::Constant(value) => vec![value; len as usize],
        Init::Uniform { fan_in } => {
            let bound = 1.0 / f64::from(fan_in.max(1)).sqrt();
            (0..len).map(|i| bound * (2.0 * f64::from(uniform(word(i)[0])) - 1.0)).collect()
        }
        // The sum of twelve uniforms (Irwin–Hall): no logarithm, whose last digit platforms differ
        // in.
        Init::Normal => (0..len)
            .map(|i| {
                let words = (0..3).flat_map(|k| pcg4d([key, STREAM + 1 + k, number, i]));
                words.map(|w| f64::from(uniform(w))).sum::<f64>() - 6.0
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_weights_fill_their_range() {
        let all = values(Init::Uniform { fan_in: 25 }, 20_000, 1, "w");
        let (low, high) = all.iter().fold((0.0f64, 0.0f64), |(l, h), &x| (l.min(x), h.max(x)));
        assert!((-0.2..-0.199).contains(&low) && (0.199..0.2).contains(&high), "{low} {high}");
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        assert!(mean.abs() < 0.003, "{mean}");
    }

    #[test]
    fn parameters_and_seeds_differ() {
        let init = Init::Normal;
        assert_ne!(values(init, 4, 1, "v"), values(init, 4, 1, "w"));
        assert_ne!(values(init, 4, 1, "v"), values(init, 4, 2, "v"));
        let all = values(init, 20_000, 3, "w");
        let variance = all.iter().map(|x| x * x).sum::<f64>() / all.len() as f64;
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
    }
}
