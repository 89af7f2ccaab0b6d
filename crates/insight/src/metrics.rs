//! How good a prediction is.

/// Mean recall over the classes that occur in `truth`; none where `truth` is empty. Classes are
/// indices below `classes`; a prediction outside them is wrong.
pub fn balanced_accuracy(truth: &[usize], predicted: &[usize], classes: usize) -> Option<f64> {
    let (mut right, mut count) = (vec![0_u32; classes], vec![0_u32; classes]);
    for (t, p) in truth.iter().zip(predicted) {
        count[*t] += 1;
        right[*t] += u32::from(t == p);
    }
    let recalls: Vec<f64> = count
        .iter()
        .zip(&right)
        .filter(|(n, _)| **n > 0)
        .map(|(n, r)| f64::from(*r) / f64::from(*n))
        .collect();
    crate::stats::mean(&recalls)
}

/// Area under the ROC curve of `scores` for `positive`: the share of positive–negative pairs in
/// the right order, a tie counting a half (Mann–Whitney). None without both classes.
pub fn auroc(scores: &[f64], positive: &[bool]) -> Option<f64> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|i, j| scores[*i].total_cmp(&scores[*j]));
    let mut rank_sum = 0.0;
    let mut start = 0;
    while start < order.len() {
        let score = scores[order[start]];
        let tied = order[start..].iter().take_while(|i| scores[**i] <= score).count().max(1);
        // Ranks start at one; all that are tied share the mean of theirs.
        let rank = start as f64 + f64::midpoint(tied as f64, 1.0);
        let hits = order[start..start + tied].iter().filter(|i| positive[**i]).count();
        rank_sum += rank * hits as f64;
        start += tied;
    }
    let p = positive.iter().filter(|p| **p).count() as f64;
    let n = positive.len() as f64 - p;
    (p > 0.0 && n > 0.0).then(|| (rank_sum - p * (p + 1.0) / 2.0) / (p * n))
}

/// 1 − Σ(y − ŷ)² / Σ(y − ȳ)², ȳ the mean of these rows; none where y is constant.
pub fn r2(truth: &[f64], predicted: &[f64]) -> Option<f64> {
    let mean = crate::stats::mean(truth)?;
    let total: f64 = truth.iter().map(|t| (t - mean).powi(2)).sum();
    let error: f64 = truth.iter().zip(predicted).map(|(t, p)| (t - p).powi(2)).sum();
    (total > 0.0).then(|| 1.0 - error / total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn balanced_accuracy_counts_classes_alike() {
        // Class 0: 3 of 4, class 1: 0 of 1, class 2 absent.
        let got = balanced_accuracy(&[0, 0, 0, 0, 1], &[0, 0, 0, 2, 0], 3);
        assert!((got.unwrap() - 0.375).abs() < 1e-12);
        assert_eq!(balanced_accuracy(&[], &[], 3), None);
    }

    /// `sklearn.metrics.roc_auc_score([1, 0, 1, 0, 1, 0], [.9, .8, .8, .3, .1, .1])`.
    #[test]
    fn auroc_matches_scikit_learn_with_ties() {
        let got = auroc(&[0.9, 0.8, 0.8, 0.3, 0.1, 0.1], &[true, false, true, false, true, false]);
        assert!((got.unwrap() - 2.0 / 3.0).abs() < 1e-12, "{got:?}");
        assert_eq!(auroc(&[0.1, 0.2], &[true, true]), None);
    }

    #[test]
    fn r2_of_the_mean_is_zero() {
        assert!(r2(&[1.0, 2.0, 3.0], &[2.0, 2.0, 2.0]).unwrap().abs() < 1e-12);
        assert!((r2(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(r2(&[1.0, 1.0], &[1.0, 2.0]), None);
    }

    proptest! {
        #[test]
        fn auroc_is_the_share_of_pairs(
            rows in prop::collection::vec((0_u8..5, any::<bool>()), 2..40)
        ) {
            let scores: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            let positive: Vec<bool> = rows.iter().map(|r| r.1).collect();
            let (mut won, mut pairs) = (0.0, 0.0);
            for i in 0..rows.len() {
                for j in 0..rows.len() {
                    if positive[i] && !positive[j] {
                        pairs += 1.0;
                        won += match scores[i].total_cmp(&scores[j]) {
                            std::cmp::Ordering::Greater => 1.0,
                            std::cmp::Ordering::Equal => 0.5,
                            std::cmp::Ordering::Less => 0.0,
                        };
                    }
                }
            }
            match auroc(&scores, &positive) {
                None => prop_assert!(pairs < 0.5),
                Some(a) => prop_assert!((a - won / pairs).abs() < 1e-12),
            }
        }
    }
}
