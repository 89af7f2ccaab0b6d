//! The weights of the keys in the gradient of a contrastive loss, on a CPU, where the exponentials of
//! the logits are most of the time.

use crate::Real;
use crate::lanes;
use crate::vectors::vectorised;
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
    /// How far from the middle of them a log-sum-exp may be: nothing overflows, and what the first
    /// exponential loses, below e⁻⁸⁷, is below e⁻⁴⁷ for a key, which is nothing beside its share of 1.
    const SPREAD: f64 = 20.0;

    /// None where one direction does not count, or where the log-sum-exps of those that are there
    /// are far apart.
    pub(crate) fn new(
        as_rows: &Direction<F>,
        as_keys: &Direction<F>,
        is_there: impl Fn(usize) -> bool,
    ) -> Option<Self> {
        if as_rows.is_empty() || as_keys.is_empty() {
            return None;
        }
        let of = |side: &Direction<F>| -> Vec<f64> {
            let all = side.lse.iter().enumerate().filter(|(i, _)| is_there(*i));
            all.map(|(_, lse)| lse.wide()).collect()
        };
        let all = [of(as_rows), of(as_keys)].concat();
        let low = all.iter().copied().fold(f64::INFINITY, f64::min);
        let high = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let centre = f64::midpoint(low, high);
        if !all.iter().all(|lse| (lse - centre).abs() <= Self::SPREAD) {
            return None;
        }
        // In double precision, or factors would be off by what a log-sum-exp is rounded by. What is
        // not there has a factor of zero, whatever its sum.
        let factors = |side: &Direction<F>, sign: f64| -> Vec<F> {
            let factor = |(i, lse): (usize, &F)| {
                let there = is_there(i);
                F::of(if there { (sign * (lse.wide() - centre)).exp() } else { 0.0 })
            };
            side.lse.iter().enumerate().map(factor).collect()
        };
        let mut keys = factors(as_keys, -1.0);
        keys.iter_mut().zip(&as_keys.g).for_each(|(factor, &g)| *factor *= g);
        Some(Self { rows: factors(as_rows, 1.0), keys })
    }

    /// As [`weigh`].
    pub(crate) fn weigh(&self, w: &mut [F], i: usize, as_rows: &Direction<F>) {
        let (lse, g, up) = (as_rows.lse[i], as_rows.g[i], self.rows[i]);
        vectorised(|| {
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
            let joint = Joint::new(&rows, &keys, |_| true).expect("they are near each other");
            joint.weigh(&mut one, 0, &rows);
            for (two, one) in two.iter().zip(&one) {
                prop_assert!((two - one).abs() < 1e-9 * two.abs().max(1.0), "{two} {one}");
            }
        }
    }

    /// At the ends of the spread, where the first exponential of single precision is nothing.
    #[test]
    fn what_underflows_is_nothing_beside_a_share() {
        let (rows, keys) = ([20.0f32], [-20.0f32, 20.0]);
        let rows = Direction { lse: rows.to_vec(), g: vec![1.0] };
        let keys = Direction { lse: keys.to_vec(), g: vec![1.0, 1.0] };
        let logits = [-70.0f32, 20.0];
        let (mut two, mut one) = (logits, logits);
        weigh(&mut two, &mut [0.0; 2], 0, &rows, &keys);
        Joint::new(&rows, &keys, |_| true).expect("they are near enough").weigh(&mut one, 0, &rows);
        assert!(
            (two[0] - one[0]).abs() < 1e-20 && (two[1] - one[1]).abs() < 1e-5,
            "{two:?} {one:?}"
        );
    }

    #[test]
    fn a_row_that_is_not_there_may_have_any_sum() {
        let rows = direction(&[60.0, 0.0], &[1.0, 0.0]);
        let joint = Joint::new(&rows, &direction(&[55.0, 0.0], &[1.0, 0.0]), |i| i == 0)
            .expect("two are there");
        let mut weights = [50.0, f64::NEG_INFINITY];
        joint.weigh(&mut weights, 0, &rows);
        let expected = (-10.0f64).exp() + (-5.0f64).exp();
        assert!((weights[0] - expected).abs() < 1e-12 && weights[1] == 0.0, "{weights:?}");
    }

    #[test]
    fn sums_that_are_far_apart_take_two() {
        let near = direction(&[0.0, 3.0], &[1.0, 1.0]);
        assert!(Joint::new(&near, &direction(&[5.0], &[1.0]), |_| true).is_some());
        assert!(Joint::new(&near, &direction(&[50.0], &[1.0]), |_| true).is_none());
        assert!(Joint::new(&near, &direction(&[f64::NAN], &[1.0]), |_| true).is_none());
        assert!(Joint::new(&near, &direction(&[], &[]), |_| true).is_none());
    }
}
