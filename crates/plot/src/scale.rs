//! Values to fractions of an axis.

use crate::Tick;
use crate::ticks::{label, multiples, step};

/// A linear axis: `low` is at 0, `high` at 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
}

/// An axis that may leave out the extremes of what is drawn on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// The axis.
    pub scale: Scale,
    /// How many of the values lie above it.
    pub above: usize,
}

/// Largest share of values that [`Scale::cut`] leaves out.
const CUT_SHARE: f64 = 0.02;
/// How many times longer the axis would have to be, for [`Scale::cut`] to leave values out.
const CUT_GAIN: f64 = 3.0;

impl Scale {
    /// From `low` to `high`, in either order; an axis without length is widened around its value,
    /// so that what is constant lies in the middle.
    pub fn new(low: f64, high: f64) -> Self {
        let (low, high) = if low <= high { (low, high) } else { (high, low) };
        if high - low > f64::EPSILON * high.abs().max(low.abs()) {
            return Self { low, high };
        }
        let half = (low.abs() * 0.05).max(0.5);
        Self { low: low - half, high: high + half }
    }

    /// Around all finite values; none where there are none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (low, high) = values
            .into_iter()
            .filter(|v| v.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        (low <= high).then(|| Self::new(low, high))
    }

    /// As [`Scale::of`], but leaves out the highest values, at most 2 % of them, if the axis would
    /// be more than three times as long with them: a few spikes must not press a curve flat.
    pub fn cut(values: impl IntoIterator<Item = f64>) -> Option<Cut> {
        let mut sorted: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let whole = Self::of(sorted.iter().copied())?;
        let spared = (sorted.len() as f64 * CUT_SHARE).floor() as usize;
        let kept = &sorted[..sorted.len() - spared];
        let part = Self::of(kept.iter().copied())?;
        let worth = part.high > part.low && whole.span() > CUT_GAIN * part.span();
        if !worth {
            return Some(Cut { scale: whole, above: 0 });
        }
        Some(Cut { scale: part, above: sorted.iter().filter(|v| **v > part.high).count() })
    }

    /// The same axis, long enough for `value`, if it is finite.
    #[must_use]
    pub fn including(self, value: f64) -> Self {
        if value.is_finite() {
            Self { low: self.low.min(value), high: self.high.max(value) }
        } else {
            self
        }
    }

    /// The axis that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        self.including(other.low).including(other.high)
    }

    /// Both ends moved outwards to round numbers, for `most` parts at most.
    #[must_use]
    pub fn nice(self, most: usize) -> Self {
        let step = step(self.span(), most);
        let slack = 1e-9;
        let low = (self.low / step + slack).floor() * step;
        let high = (self.high / step - slack).ceil() * step;
        Self::new(low, high)
    }

    /// The low end.
    pub fn low(self) -> f64 {
        self.low
    }

    /// The high end.
    pub fn high(self) -> f64 {
        self.high
    }

    /// From end to end.
    pub fn span(self) -> f64 {
        self.high - self.low
    }

    /// Where `value` lies, 0 to 1 between the ends; beyond them it goes on.
    pub fn at(self, value: f64) -> f64 {
        (value - self.low) / self.span()
    }

    /// As [`Scale::at`], but no farther than the ends.
    pub fn within(self, value: f64) -> f64 {
        self.at(value).clamp(0.0, 1.0)
    }

    /// The value at `fraction`.
    pub fn invert(self, fraction: f64) -> f64 {
        self.low + fraction * self.span()
    }

    /// Round ticks that cut the axis into `most` parts at most.
    pub fn ticks(self, most: usize) -> Vec<Tick> {
        let step = step(self.span(), most);
        multiples(self.low, self.high, step)
            .into_iter()
            .map(|value| Tick { value, at: self.within(value), label: label(value, step) })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_finite_does_not_count() {
        let scale = Scale::of([f64::NAN, 2.0, f64::INFINITY, 4.0]).unwrap();
        assert!((scale.low() - 2.0).abs() < 1e-12 && (scale.high() - 4.0).abs() < 1e-12);
        assert_eq!(Scale::of([f64::NAN]), None);
        assert_eq!(Scale::of([]), None);
    }

    #[test]
    fn a_constant_lies_in_the_middle() {
        for value in [0.0, 3.0, -7.0, 1e9] {
            assert!((Scale::of([value, value]).unwrap().at(value) - 0.5).abs() < 1e-6, "{value}");
        }
    }

    #[test]
    fn a_spike_is_cut_and_counted_but_a_slope_is_not() {
        let mut values: Vec<f64> = (0..100).map(|i| f64::from(i % 10)).collect();
        values[3] = 1000.0;
        let cut = Scale::cut(values.iter().copied()).unwrap();
        assert_eq!(cut.above, 1);
        assert!((cut.scale.high() - 9.0).abs() < 1e-12);
        let slope = Scale::cut((0..100).map(f64::from)).unwrap();
        assert_eq!(slope.above, 0);
        assert!((slope.scale.high() - 99.0).abs() < 1e-12);
        let two = Scale::cut([1.0, 50.0]).unwrap();
        assert!((two.scale.high() - 50.0).abs() < 1e-12, "two values are no outliers: {two:?}");
    }

    #[test]
    fn ticks_of_an_ordinary_axis() {
        let labels: Vec<_> = Scale::new(0.0, 500.0).ticks(5).into_iter().map(|t| t.label).collect();
        assert_eq!(labels, ["0", "100", "200", "300", "400", "500"]);
        let nice = Scale::new(0.13, 3.87).nice(4);
        assert!(nice.low().abs() < 1e-12 && (nice.high() - 4.0).abs() < 1e-12, "{nice:?}");
    }

    proptest! {
        #[test]
        fn nice_only_widens_and_ends_on_ticks(low in -1e3_f64..1e3, span in 1e-2_f64..1e4) {
            let scale = Scale::new(low, low + span);
            let nice = scale.nice(5);
            let slack = span * 1e-6;
            prop_assert!(nice.low() <= scale.low() + slack);
            prop_assert!(nice.high() >= scale.high() - slack);
            prop_assert!(nice.span() <= 2.0 * span + slack, "{nice:?} for {scale:?}");
        }

        #[test]
        fn at_and_invert_are_each_others_inverse(
            low in -1e3_f64..1e3,
            span in 1e-2_f64..1e3,
            fraction in -1.0_f64..2.0,
        ) {
            let scale = Scale::new(low, low + span);
            prop_assert!((scale.at(scale.invert(fraction)) - fraction).abs() < 1e-6);
        }
    }
}
