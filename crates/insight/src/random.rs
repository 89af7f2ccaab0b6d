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
    /// Rows that a probe, or the choice of a strength, keeps.
    Subset,
    /// Pools of a hundred candidates.
    Pools,
    /// Shuffled labels of a decomposition.
    Shuffle,
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

/// `most` of the positions `0..n` at random, in their order; all of them where there are no more.
/// Files are often sorted by what is probed, so that the first rows would stand for few classes.
pub(crate) fn some_of(n: usize, most: usize) -> Vec<usize> {
    if n <= most {
        return (0..n).collect();
    }
    let mut chosen = permutation(&mut generator(Purpose::Subset, 1), n);
    chosen.truncate(most);
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_are_taken_from_everywhere() {
        assert_eq!(some_of(3, 5), [0, 1, 2]);
        let some = some_of(1000, 100);
        assert_eq!(some.len(), 100);
        assert!(some.windows(2).all(|w| w[0] < w[1]));
        assert!((0..10).all(|tenth| some.iter().any(|i| i / 100 == tenth)));
    }
}
