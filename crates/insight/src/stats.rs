//! A number with its spread over seeds, and order statistics of permutation draws.

use statrs::distribution::{ContinuousCDF, StudentsT};
use trefoil_protocol::Cell;

/// Summarises one number over seeds: mean and 95 % t-interval, mean ± t·sd/√n with n − 1 degrees
/// of freedom. Seeds without a value, or with one that is not finite, count as null.
pub fn cell(per_seed: &[Option<f64>]) -> Cell {
    let per_seed: Vec<Option<f64>> = per_seed.iter().map(|v| v.filter(|x| x.is_finite())).collect();
    let values: Vec<f64> = per_seed.iter().flatten().copied().collect();
    let mean = mean(&values);
    let half = mean.and_then(|m| half_width(&values, m));
    Cell {
        mean,
        low: mean.zip(half).map(|(m, h)| m - h),
        high: mean.zip(half).map(|(m, h)| m + h),
        per_seed,
    }
}

/// Mean of the values; none of none.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn half_width(values: &[f64], mean: f64) -> Option<f64> {
    let n = values.len() as f64;
    if values.len() < 2 {
        return None;
    }
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let t = StudentsT::new(0.0, 1.0, n - 1.0).ok()?.inverse_cdf(0.975);
    Some(t * (variance / n).sqrt())
}

/// Permutation draws behind τ and behind the null.
pub(crate) const DRAWS: usize = 79;

/// What a further exchangeable draw exceeds with a probability of 2.5 %: the second largest of
/// [`DRAWS`], without interpolation. Ours: a world without sharing can show some through a chance
/// eigenvalue above τ or through a chance readability above the null; at 2.5 % each they do so
/// in 5 % of worlds together, where two 95 % points let through up to 10 % (measured:
/// `docs/sharing-map.md`).
pub(crate) fn upper_point(draws: &[f64]) -> f64 {
    let mut sorted = draws.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    sorted.get(1).or(sorted.first()).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() < 1e-9)
    }

    /// `scipy.stats.t.interval(0.95, 4, loc=3, scale=sem([1, 2, 3, 4, 5]))`.
    #[test]
    fn five_seeds_match_scipy() {
        let c = cell(&[Some(1.0), Some(2.0), Some(3.0), Some(4.0), Some(5.0)]);
        assert!(close(c.mean, 3.0));
        assert!(close(c.low, 1.036_756_838_522_439_3), "{:?}", c.low);
        assert!(close(c.high, 4.963_243_161_477_561), "{:?}", c.high);
    }

    #[test]
    fn failed_seeds_are_null_and_do_not_count() {
        let c = cell(&[Some(1.0), None, Some(f64::NAN), Some(2.0)]);
        assert_eq!(c.per_seed, [Some(1.0), None, None, Some(2.0)]);
        assert!(close(c.mean, 1.5));
        // t(0.975, 1) = 12.7062047361747, sd/√2 = 0.5
        assert!(close(c.high, 1.5 + 12.706_204_736_174_7 / 2.0), "{:?}", c.high);
    }

    #[test]
    fn one_seed_has_no_interval_and_none_has_no_mean() {
        let one = cell(&[Some(0.25)]);
        assert_eq!((one.mean, one.low, one.high), (Some(0.25), None, None));
        let none = cell(&[None, None]);
        assert_eq!((none.mean, none.low, none.high), (None, None, None));
        assert_eq!(none.per_seed.len(), 2);
    }

    #[test]
    fn one_draw_of_forty_lies_above_the_upper_point() {
        let draws: Vec<f64> = (1..=DRAWS as u32).map(f64::from).collect();
        assert!((upper_point(&draws) - 78.0).abs() < 1e-12);
        // An 80th draw is the largest or the second largest of all with probability 2/80.
        assert!((2.0 / (DRAWS as f64 + 1.0) - 0.025).abs() < 1e-12);
        assert!((upper_point(&[2.0]) - 2.0).abs() < 1e-12);
        assert!(upper_point(&[]).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_mean_and_moves_with_the_values(
            values in prop::collection::vec(-10.0..10.0_f64, 2..9), shift in -5.0..5.0_f64,
        ) {
            let some: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
            let moved: Vec<Option<f64>> = values.iter().map(|v| Some(v + shift)).collect();
            let (a, b) = (cell(&some), cell(&moved));
            prop_assert!(a.low <= a.mean && a.mean <= a.high);
            prop_assert!((a.mean.unwrap() + shift - b.mean.unwrap()).abs() < 1e-9);
            prop_assert!((a.high.unwrap() + shift - b.high.unwrap()).abs() < 1e-9);
        }
    }
}
