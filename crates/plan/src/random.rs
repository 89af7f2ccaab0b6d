//! Random numbers that depend on nothing but their coordinates, so that the shader and the
//! reference draw the same ones without any state.
//!
//! [`pcg4d`]: Jarzynski & Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020. The shader's
//! half is `random.wgsl`.

use crate::state;

/// Four words from four words.
pub fn pcg4d(v: [u32; 4]) -> [u32; 4] {
    let mut v = v.map(|x| x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    for round in 0..2 {
        v[0] = v[0].wrapping_add(v[1].wrapping_mul(v[3]));
        v[1] = v[1].wrapping_add(v[2].wrapping_mul(v[0]));
        v[2] = v[2].wrapping_add(v[0].wrapping_mul(v[1]));
        v[3] = v[3].wrapping_add(v[1].wrapping_mul(v[2]));
        if round == 0 {
            v = v.map(|x| x ^ (x >> 16));
        }
    }
    v
}

/// In [0, 1), with 24 bits.
pub fn uniform(word: u32) -> f32 {
    (word >> 8) as f32 / 16_777_216.0
}

/// Two independent standard normals (Box & Muller 1958).
pub fn normals(a: u32, b: u32) -> [f32; 2] {
    let radius = (-2.0 * (((a >> 8) as f32 + 0.5) / 16_777_216.0).ln()).sqrt();
    let angle = std::f32::consts::TAU * uniform(b);
    [radius * angle.cos(), radius * angle.sin()]
}

/// A random order of `0..n`: the swap-or-not shuffle (Hoang, Morris & Rogaway, CRYPTO 2012), which is
/// a permutation of any `n` by construction.
pub(crate) struct Shuffle {
    key: u32,
    epoch: u32,
    n: u32,
    /// What each round mirrors positions at; the same for all of them.
    mirrors: [u32; SHUFFLE_ROUNDS],
}

impl Shuffle {
    /// The order of an epoch.
    pub(crate) fn new(key: u32, epoch: u32, n: u32) -> Self {
        let mirrors = std::array::from_fn(|round| pcg4d([key, epoch, round as u32, 0])[0] % n);
        Self { key, epoch, n, mirrors }
    }

    /// Position of `index` in that order.
    pub(crate) fn of(&self, index: u32) -> u32 {
        let mut at = index;
        for (round, &mirror) in (0..).zip(&self.mirrors) {
            let partner = if mirror >= at { mirror - at } else { mirror + self.n - at };
            if pcg4d([self.key, self.epoch, round, 1 + at.max(partner)])[1] >> 31 == 1 {
                at = partner;
            }
        }
        at
    }
}

const SHUFFLE_ROUNDS: usize = 32;

/// Which counter random draws follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The training step: new draws every step.
    Step,
    /// The validation batch: the same draws at every validation, so that losses can be compared.
    Validation,
}

/// Key and time of a replica, from its state row.
pub(crate) fn key_and_time(state: &[f64], clock: u32) -> (u32, u32) {
    let key = ((state[state::KEY_HIGH] as u32) << 16) | state[state::KEY_LOW] as u32;
    let time = if clock == 0 {
        state[state::STEP] as u32
    } else {
        // Beyond any step, so that validation never sees a training draw.
        0x8000_0000 | state[state::VALIDATION_BATCH] as u32
    };
    (key, time)
}

/// The key of the replica with this seed (`SplitMix64`, Steele et al. 2014).
pub(crate) fn key_of_seed(seed: u64) -> u32 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shuffling_is_a_permutation(key: u32, epoch in 0u32..1000, n in 1u32..700) {
            let mut seen: Vec<u32> = (0..n).map(|i| Shuffle::new(key, epoch, n).of(i)).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn every_position_is_equally_likely() {
        let n = 10;
        let mut counts = [[0u32; 10]; 10];
        for epoch in 0..20_000 {
            let order = Shuffle::new(7, epoch, n);
            for i in 0..n {
                counts[i as usize][order.of(i) as usize] += 1;
            }
        }
        // Expected 2000 with a standard deviation of 42.
        assert!(counts.iter().flatten().all(|&c| (1800..2200).contains(&c)), "{counts:?}");
    }

    #[test]
    fn normals_have_mean_zero_and_variance_one() {
        let draws: Vec<f64> = (0..50_000)
            .flat_map(|i| {
                let r = pcg4d([1, 2, 3, i]);
                normals(r[0], r[1])
            })
            .map(f64::from)
            .collect();
        let n = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / n;
        let var = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let fourth = draws.iter().map(|x| (x - mean).powi(4)).sum::<f64>() / n;
        assert!(mean.abs() < 0.015 && (var - 1.0).abs() < 0.02, "{mean} {var}");
        assert!((fourth - 3.0).abs() < 0.12, "{fourth}");
    }

    #[test]
    fn words_do_not_depend_on_the_platform() {
        assert_eq!(pcg4d([1, 2, 3, 4]), KNOWN);
    }

    /// The recurrence of the paper, worked out by an independent Python transcription.
    const KNOWN: [u32; 4] = [908_250_390, 4_044_648_920, 3_775_961_919, 45_698_095];
}
