//! One number over seeds.

/// Mean over seeds and its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Mean of the finite values.
    pub mean: f64,
    /// mean ∓ t·sd/√n; none with fewer than two values.
    pub interval: Option<(f64, f64)>,
    /// How many values were finite.
    pub count: usize,
}

/// 97.5 % points of Student's t for 1 to 31 degrees of freedom: 32 seeds are the most of a run.
const T: [f64; 31] = [
    12.706_205, 4.302_653, 3.182_446, 2.776_445, 2.570_582, 2.446_912, 2.364_624, 2.306_004,
    2.262_157, 2.228_139, 2.200_985, 2.178_813, 2.160_369, 2.144_787, 2.131_450, 2.119_905,
    2.109_816, 2.100_922, 2.093_024, 2.085_963, 2.079_614, 2.073_873, 2.068_658, 2.063_899,
    2.059_539, 2.055_529, 2.051_831, 2.048_407, 2.045_230, 2.042_272, 2.039_513,
];

impl Spread {
    /// Of the finite ones of `values`; none where there is none. More than 32 values take the t of
    /// 32.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        // Welford's recurrence: one pass, and no cancellation where the spread is small.
        let (mut count, mut mean, mut squares) = (0_usize, 0.0, 0.0);
        for value in values.into_iter().filter(|v| v.is_finite()) {
            count += 1;
            let delta: f64 = value - mean;
            mean += delta / count as f64;
            squares += delta * (value - mean);
        }
        let n = count as f64;
        let interval = (count > 1).then(|| {
            let t = T[(count - 2).min(T.len() - 1)];
            let half = t * (squares / (n - 1.0) / n).max(0.0).sqrt();
            (mean - half, mean + half)
        });
        (count > 0).then_some(Self { mean, interval, count })
    }

    /// Of each record: `seeds[seed][record]`, as a `protocol::Curve` has it. Records that some
    /// seeds lack are averaged over those that have them.
    pub fn over(seeds: &[Vec<f32>], records: usize) -> Vec<Option<Self>> {
        (0..records)
            .map(|i| Self::of(seeds.iter().filter_map(|s| s.get(i)).map(|v| f64::from(*v))))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use statrs::distribution::{ContinuousCDF, StudentsT};

    #[test]
    fn the_table_is_students_t() {
        for (i, t) in T.iter().enumerate() {
            let exact = StudentsT::new(0.0, 1.0, (i + 1) as f64).unwrap().inverse_cdf(0.975);
            assert!((t - exact).abs() < 1e-5, "{} degrees: {t} is not {exact}", i + 1);
        }
    }

    /// `scipy.stats.t.interval(0.95, 4, loc=3, scale=sem([1, 2, 3, 4, 5]))`.
    #[test]
    fn five_seeds_as_scipy_has_them() {
        let spread = Spread::of([1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        let (low, high) = spread.interval.unwrap();
        assert!((spread.mean - 3.0).abs() < 1e-12);
        assert!((low - 1.036_756_838_522_439).abs() < 1e-6, "{low}");
        assert!((high - 4.963_243_161_477_561).abs() < 1e-6, "{high}");
    }

    #[test]
    fn seeds_that_stopped_do_not_count() {
        let seeds = [vec![1.0, 2.0, f32::NAN], vec![3.0, f32::NAN], vec![5.0, 4.0, f32::INFINITY]];
        let over = Spread::over(&seeds, 3);
        assert_eq!(over[0].unwrap().count, 3);
        assert!((over[1].unwrap().mean - 3.0).abs() < 1e-12);
        assert_eq!(over[2], None);
        assert_eq!(Spread::of([2.0]).unwrap().interval, None);
    }

    proptest! {
        #[test]
        fn the_interval_is_around_the_mean(values in prop::collection::vec(-1e6_f64..1e6, 2..40)) {
            let spread = Spread::of(values.iter().copied()).unwrap();
            let (low, high) = spread.interval.unwrap();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            prop_assert!((spread.mean - mean).abs() < 1e-6);
            prop_assert!(low <= spread.mean && spread.mean <= high);
        }
    }
}
