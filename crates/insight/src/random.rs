//! Seeded randomness: every draw of this crate comes from here, so that it is repeatable.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;

/// What a stream of random numbers is for; keeps streams apart.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Draws behind τ.
    Tau = 1,
    /// Draws behind the null of readability.
    Null,
    /// Inner split of the training rows.
    Inner,
    /// Start of an iteration for eigenvectors.
    Start,
    /// Initial weights and batches of the MLP probe.
    Mlp,
    /// Training rows that a probe keeps.
    Subset,
    /// Pools of a hundred candidates.
    Pools,
}

/// A generator for `purpose`, number `index` of it.
pub(crate) fn generator(purpose: Purpose, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(purpose as u64);
    rng.set_stream(index);
    rng
}

/// A uniform permutation of `0..n`.
pub(crate) fn permutation(rng: &mut ChaCha8Rng, n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(rng);
    order
}
