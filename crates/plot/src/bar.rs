//! Values as bars and as cells.

use crate::Scale;

/// A bar from zero to a value, with its interval, in fractions of the axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Left end.
    pub start: f64,
    /// Right end.
    pub end: f64,
    /// Ends of the interval.
    pub whisker: Option<(f64, f64)>,
    /// Whether some of it lies outside the axis.
    pub cut: bool,
}

impl Bar {
    /// The bar of `value` on `scale`, which should hold zero; none where there is no number.
    pub fn new(scale: Scale, value: Option<f64>, interval: Option<(f64, f64)>) -> Option<Self> {
        let value = value.filter(|v| v.is_finite())?;
        let interval = interval.filter(|(l, h)| l.is_finite() && h.is_finite());
        let (zero, at) = (scale.within(0.0), scale.within(value));
        let outside = |v: f64| !(-1e-9..=1.0 + 1e-9).contains(&scale.at(v));
        Some(Self {
            start: zero.min(at),
            end: zero.max(at),
            whisker: interval.map(|(l, h)| (scale.within(l), scale.within(h))),
            cut: outside(value),
        })
    }

    /// Its length.
    pub fn length(self) -> f64 {
        self.end - self.start
    }
}

/// How a cell of a heat map is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heat {
    /// There is no number.
    Missing,
    /// There is one, but no more than chance gives.
    Empty,
    /// Share of the darkest colour, from 0 to 1.
    Filled(f64),
}

impl Heat {
    /// The cell of `value` where `floor` is what chance reaches and `full` is the darkest colour.
    pub fn new(value: Option<f64>, floor: f64, full: f64) -> Self {
        match value {
            Some(v) if v.is_finite() && v > floor => Self::Filled((v / full).clamp(0.0, 1.0)),
            Some(v) if v.is_finite() => Self::Empty,
            _ => Self::Missing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_starts_at_zero_on_either_side() {
        let scale = Scale::new(-1.0, 3.0);
        let up = Bar::new(scale, Some(1.0), Some((0.0, 5.0))).unwrap();
        assert_eq!((up.start, up.end), (0.25, 0.5));
        assert_eq!((up.whisker, up.cut), (Some((0.25, 1.0)), false));
        let down = Bar::new(scale, Some(-2.0), None).unwrap();
        assert_eq!((down.start, down.end, down.cut), (0.0, 0.25, true));
        assert!((up.length() - 0.25).abs() < 1e-12);
        assert_eq!(Bar::new(scale, None, None), None);
        assert_eq!(Bar::new(scale, Some(f64::NAN), None), None);
    }

    #[test]
    fn a_cell_at_the_null_is_empty_and_one_without_a_number_missing() {
        assert_eq!(Heat::new(Some(0.1), 0.1, 1.0), Heat::Empty);
        assert_eq!(Heat::new(Some(-0.3), 0.1, 1.0), Heat::Empty);
        assert_eq!(Heat::new(Some(0.5), 0.1, 1.0), Heat::Filled(0.5));
        assert_eq!(Heat::new(Some(1.5), 0.1, 1.0), Heat::Filled(1.0));
        assert_eq!(Heat::new(None, 0.1, 1.0), Heat::Missing);
        assert_eq!(Heat::new(Some(f64::NAN), 0.1, 1.0), Heat::Missing);
    }
}
