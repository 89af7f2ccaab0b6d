//! Values of a column as classes or as steps of a ramp.

use std::sync::Arc;
use trefoil_plot::{Marker, Scale, Shape};
use trefoil_protocol::{Colour, ColourValues};

/// Steps of the ramp for numbers.
pub(super) const STEPS: usize = 7;

/// How a point is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ink {
    /// Nothing to colour by.
    Plain,
    /// The row has no value.
    Missing,
    /// A class.
    Class(usize),
    /// A number, by its step of the ramp.
    Step(usize),
}

impl Ink {
    /// Its shape.
    pub(super) fn shape(self) -> Shape {
        match self {
            Self::Class(class) => Marker::of(class).shape,
            _ => Shape::Disc,
        }
    }
}

/// What a column means as colours.
#[derive(Clone, Debug)]
pub(super) struct Shades {
    /// Names of the classes; empty for a number.
    pub(super) classes: Vec<String>,
    /// Class or number of each kept row; NaN where it is missing.
    pub(super) values: Vec<f32>,
    /// From the first to the last step of the ramp.
    pub(super) range: Scale,
}

/// Share of the values that may lie beyond either end of the ramp.
const BEYOND: f64 = 0.02;

impl Shades {
    fn new(colour: &ColourValues) -> Self {
        let mut sorted: Vec<f64> =
            colour.values.iter().map(|v| f64::from(*v)).filter(|v| v.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let last = sorted.len().saturating_sub(1);
            sorted.get((share * last as f64).round() as usize).copied().unwrap_or(0.0)
        };
        Self {
            classes: colour.classes.clone(),
            range: Scale::new(at(BEYOND), at(1.0 - BEYOND)),
            values: colour.values.clone(),
        }
    }

    /// How a row is drawn.
    pub(super) fn ink(&self, row: u32) -> Ink {
        match self.values.get(row as usize) {
            Some(value) if value.is_finite() && self.classes.is_empty() => {
                let at = self.range.within(f64::from(*value));
                Ink::Step(((at * STEPS as f64) as usize).min(STEPS - 1))
            }
            Some(value) if value.is_finite() => Ink::Class(*value as usize),
            _ => Ink::Missing,
        }
    }

    /// The value of a row, in words.
    pub(super) fn words(&self, row: u32) -> String {
        match (self.ink(row), self.values.get(row as usize)) {
            (Ink::Class(class), _) => self.classes.get(class).cloned().unwrap_or_default(),
            (Ink::Step(_), Some(value)) => crate::format::number(f64::from(*value)),
            _ => "missing".to_owned(),
        }
    }
}

/// Shades that are compared by what they are of: values hold NaN, which differs from itself.
#[derive(Clone, Debug)]
pub(super) struct Held {
    by: Colour,
    pub(super) shades: Arc<Shades>,
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shades, &other.shades)
    }
}

impl Held {
    /// The shades of `colour`, if it is what was asked for; those of before, if they are the same.
    pub(super) fn new(colour: &ColourValues, by: &Colour, before: Option<&Self>) -> Option<Self> {
        if colour.by != *by {
            return None;
        }
        let same = |old: &&Self| {
            let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<u32>>();
            old.by == *by
                && old.shades.classes == colour.classes
                && old.shades.values.len() == colour.values.len()
                && bits(&old.shades.values) == bits(&colour.values)
        };
        let kept = before.filter(same).cloned();
        Some(kept.unwrap_or_else(|| Self { by: by.clone(), shades: Arc::new(Shades::new(colour)) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(classes: &[&str], values: Vec<f32>) -> ColourValues {
        ColourValues {
            by: Colour::Label { column: "x".to_owned() },
            classes: classes.iter().map(|&c| c.to_owned()).collect(),
            values,
        }
    }

    #[test]
    fn classes_numbers_and_what_is_missing() {
        let classes = Shades::new(&colour(&["a", "b"], vec![1.0, f32::NAN, 0.0]));
        let inks: Vec<Ink> = (0..4).map(|r| classes.ink(r)).collect();
        assert_eq!(inks, [Ink::Class(1), Ink::Missing, Ink::Class(0), Ink::Missing]);
        assert_eq!((classes.words(0), classes.words(1)), ("b".to_owned(), "missing".to_owned()));

        let numbers = Shades::new(&colour(&[], vec![0.0, 5.0, 10.0, f32::NAN]));
        let inks: Vec<Ink> = (0..4).map(|r| numbers.ink(r)).collect();
        assert_eq!(inks, [Ink::Step(0), Ink::Step(3), Ink::Step(6), Ink::Missing]);
    }

    #[test]
    fn the_same_values_with_gaps_are_the_same_shades() {
        let values = colour(&[], vec![1.0, f32::NAN]);
        let first = Held::new(&values, &values.by, None).unwrap();
        let again = Held::new(&values, &values.by, Some(&first)).unwrap();
        assert!(first == again);
        let others = colour(&[], vec![2.0, f32::NAN]);
        assert!(Held::new(&others, &others.by, Some(&first)).unwrap() != first);
        let asked = Colour::Label { column: "y".to_owned() };
        assert!(Held::new(&values, &asked, None).is_none());
    }
}
