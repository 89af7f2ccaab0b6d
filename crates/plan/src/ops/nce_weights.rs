//! The weights of the keys in the gradient of a contrastive loss, on a CPU, where the exponentials of
//! the logits are most of the time.

use crate::Real;
use crate::lanes;
use crate::wide::wide;
use ndarray::ArrayView2;

/// One side of the backward pass: log-sum-exps and upstream gradients, empty where that direction
/// does not count.
pub(crate) struct Direction<F> {
    pub(crate) lse: Vec<F>,
    pub(crate) g: Vec<F>,
}

impl<F: Real> Direction<F> {
    pub(crate) fn new(lse: &ArrayView2<'_, F>, g: &ArrayView2<'_, F>) -> Self {
        if lse.is_empty() {
            return Self { lse: Vec::new(), g: Vec::new() };
        }
        Self { lse: lanes::column(lse), g: lanes::column(g) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lse.is_empty()
    }
}

/// Both directions from one exponential of each logit: `e^{ℓ−lse_j} = e^{ℓ−lse_i} e^{lse_i−c} e^{c−lse_j}`.
pub(crate) struct Joint<F> {
    /// `e^{lse_i−c}` of each row.
    rows: Vec<F>,
    /// `g_j e^{c−lse_j}` of each key.
    keys: Vec<F>,
}

impl<F: Real> Joint<F> {
    /// How far from the middle of them a log-sum-exp may be: what is lost below e⁻⁶⁰ is nothing, and
    /// nothing overflows.
    const SPREAD: f64 = 20.0;

    /// None where one direction does not count, or where the log-sum-exps are far apart.
    pub(crate) fn new(as_rows: &Direction<F>, as_keys: &Direction<F>) -> Option<Self> {
        if as_rows.is_empty() || as_keys.is_empty() {
            return None;
        }
        let all = || as_rows.lse.iter().chain(&as_keys.lse);
        let half = F::of(0.5);
        let (low, high) = all().fold((F::infinity(), F::neg_infinity()), |(low, high), &lse| {
            (low.min(lse), high.max(lse))
        });
        let centre = half * (low + high);
        let is_near = |lse: &F| (*lse - centre).abs() <= F::of(Self::SPREAD);
        all().all(is_near).then(|| Self {
            rows: as_rows.lse.iter().map(|&lse| (lse - centre).exp()).collect(),
            keys: as_keys
                .lse
                .iter()
                .zip(&as_keys.g)
                .map(|(&l, &g)| g * (centre - l).exp())
                .collect(),
        })
    }

    /// As [`weigh`].
    pub(crate) fn weigh(&self, w: &mut [F], i: usize, as_rows: &Direction<F>) {
        let (lse, g, up) = (as_rows.lse[i], as_rows.g[i], self.rows[i]);
        wide(|| {
            for (w, &key) in w.iter_mut().zip(&self.keys) {
                *w = (*w - lse).exp_lane() * (g + up * key);
            }
        });
    }
}

/// Turns the logits of row i into the weights of the keys in its gradient, positives not yet taken
/// off.
pub(crate) fn weigh<F: Real>(
    w: &mut [F],
    e: &mut [F],
    i: usize,
    as_rows: &Direction<F>,
    as_keys: &Direction<F>,
) {
    if !as_keys.is_empty() {
        for ((e, &l), &lse) in e.iter_mut().zip(w.iter()).zip(&as_keys.lse) {
            *e = l - lse;
        }
        F::exp_all(e);
    }
    if as_rows.is_empty() {
        w.fill(F::zero());
    } else {
        for l in w.iter_mut() {
            *l -= as_rows.lse[i];
        }
        F::exp_all(w);
        for v in w.iter_mut() {
            *v *= as_rows.g[i];
        }
    }
    for ((w, &e), &g) in w.iter_mut().zip(e.iter()).zip(&as_keys.g) {
        *w += g * e;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn direction(lse: &[f64], g: &[f64]) -> Direction<f64> {
        Direction { lse: lse.to_vec(), g: g.to_vec() }
    }

    proptest! {
        #[test]
        fn one_exponential_gives_what_two_give(
            logits in proptest::collection::vec(-15.0f64..15.0, 7),
            lse in proptest::collection::vec(-18.0f64..18.0, 8),
            g in proptest::collection::vec(-1.0f64..1.0, 8),
        ) {
            let (rows, keys) = (direction(&lse[7..], &g[7..]), direction(&lse[..7], &g[..7]));
            let (mut two, mut one) = (logits.clone(), logits);
            two[3] = f64::NEG_INFINITY;
            one[3] = f64::NEG_INFINITY;
            weigh(&mut two, &mut [0.0; 7], 0, &rows, &keys);
            let joint = Joint::new(&rows, &keys).expect("they are near each other");
            joint.weigh(&mut one, 0, &rows);
            for (two, one) in two.iter().zip(&one) {
                prop_assert!((two - one).abs() < 1e-9 * two.abs().max(1.0), "{two} {one}");
            }
        }
    }

    #[test]
    fn sums_that_are_far_apart_take_two() {
        let near = direction(&[0.0, 3.0], &[1.0, 1.0]);
        assert!(Joint::new(&near, &direction(&[5.0], &[1.0])).is_some());
        assert!(Joint::new(&near, &direction(&[50.0], &[1.0])).is_none());
        assert!(Joint::new(&near, &direction(&[f64::NAN], &[1.0])).is_none());
        assert!(Joint::new(&near, &direction(&[], &[])).is_none());
    }
}
