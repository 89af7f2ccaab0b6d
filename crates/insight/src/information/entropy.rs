//! Entropies of tables and of discrete columns, plug-in and in nats.

use std::collections::BTreeMap;

/// −Σ p ln p in nats of probabilities that sum to one; 0 ln 0 is 0.
pub(super) fn entropy(probabilities: impl IntoIterator<Item = f64>) -> f64 {
    -probabilities.into_iter().map(|p| xlogx(p, p)).sum::<f64>()
}

/// p ln q, with 0 ln q = 0 for every q.
pub(super) fn xlogx(p: f64, q: f64) -> f64 {
    if p > 0.0 { p * q.ln() } else { 0.0 }
}

/// Values as positions among those that occur, in their order, and how many occur.
pub(super) fn dense<T: Ord + Copy>(values: impl IntoIterator<Item = T>) -> (Vec<u32>, usize) {
    let values: Vec<T> = values.into_iter().collect();
    let mut codes: BTreeMap<T, u32> = values.iter().map(|v| (*v, 0)).collect();
    for (code, position) in codes.values_mut().zip(0..) {
        *code = position;
    }
    (values.iter().map(|v| codes[v]).collect(), codes.len())
}

/// Two columns of the same length as one: equal where both are.
pub(super) fn joint(a: &[u32], b: &[u32]) -> Vec<u32> {
    dense(a.iter().copied().zip(b.iter().copied())).0
}

/// Plug-in entropy of a column, in nats; 0 of no rows.
pub(super) fn of_column(values: &[u32]) -> f64 {
    let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
    for v in values {
        *counts.entry(*v).or_default() += 1.0;
    }
    entropy(counts.values().map(|c| c / values.len() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fair_die_has_ln_six_and_a_certainty_nothing() {
        assert!((entropy([1.0 / 6.0; 6]) - 6.0_f64.ln()).abs() < 1e-12);
        assert!(entropy([0.0, 1.0]).abs() < 1e-12);
        assert!((of_column(&[7, 7, 9, 9]) - 2.0_f64.ln()).abs() < 1e-12);
        assert!(of_column(&[]).abs() < 1e-12);
    }

    #[test]
    fn codes_follow_the_values() {
        assert_eq!(dense([30_u32, 10, 30, 20]), (vec![2, 0, 2, 1], 3));
        assert_eq!(joint(&[0, 0, 1, 1, 0], &[5, 6, 5, 6, 5]), [0, 1, 2, 3, 0]);
    }
}
