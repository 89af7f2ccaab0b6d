//! Round numbers on an axis.

/// A mark on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where, in the units of the data.
    pub value: f64,
    /// Where, as a fraction of the axis.
    pub at: f64,
    /// The number, with as many decimals as the distance between ticks needs.
    pub label: String,
}

/// The smallest of 1, 2 and 5 times a power of ten that cuts `span` into at most `most` parts.
pub(crate) fn step(span: f64, most: usize) -> f64 {
    let rough = span / most.max(1) as f64;
    if !rough.is_finite() || rough <= 0.0 {
        return 1.0;
    }
    let power = 10.0_f64.powi(rough.log10().floor() as i32);
    // A step that is just met must not jump to the next one for a rounding error.
    let near = rough * (1.0 - 1e-9);
    [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= near).unwrap_or(rough)
}

/// Multiples of `step` from `low` to `high`, both included up to rounding.
pub(crate) fn multiples(low: f64, high: f64, step: f64) -> Vec<f64> {
    let slack = 1e-9;
    let first = (low / step - slack).ceil();
    let last = (high / step + slack).floor();
    let count = (last - first + 1.0).clamp(0.0, 1000.0) as usize;
    (0..count).map(|i| (first + i as f64) * step).map(|v| if v == 0.0 { 0.0 } else { v }).collect()
}

/// `value` as it stands on an axis whose ticks are `step` apart.
pub(crate) fn label(value: f64, step: f64) -> String {
    let (value, step, unit) =
        if step >= 1000.0 { (value / 1000.0, step / 1000.0, "k") } else { (value, step, "") };
    let decimals = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{:.decimals$}", value.abs());
    let sign = if value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        "\u{2212}"
    } else {
        ""
    };
    let unit = if value == 0.0 { "" } else { unit };
    format!("{sign}{text}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn steps_are_the_smallest_round_ones_that_do_not_crowd() {
        for (span, most, expected) in
            [(1.0, 5, 0.2), (1.0, 4, 0.5), (10.0, 10, 1.0), (500.0, 5, 100.0), (0.03, 3, 0.01)]
        {
            assert!((step(span, most) - expected).abs() < 1e-12, "{span} {most}");
        }
    }

    #[test]
    fn labels_have_the_decimals_of_their_step_and_a_true_minus() {
        for (value, step, expected) in [
            (0.2, 0.2, "0.2"),
            (-0.5, 0.5, "\u{2212}0.5"),
            (0.0, 0.05, "0.00"),
            (-1e-17, 0.1, "0.0"),
            (200.0, 100.0, "200"),
            (20_000.0, 5000.0, "20k"),
            (0.0, 5000.0, "0"),
        ] {
            assert_eq!(label(value, step), expected);
        }
    }

    proptest! {
        #[test]
        fn ticks_are_few_inside_and_told_apart(
            low in -1e6_f64..1e6,
            span in 1e-3_f64..1e6,
            most in 2_usize..9,
        ) {
            let step = step(span, most);
            let values = multiples(low, low + span, step);
            prop_assert!(values.len() <= most + 1);
            prop_assert!(values.len() >= most / 3, "{} ticks of at most {most}", values.len());
            let slack = step * 1e-6;
            prop_assert!(values.iter().all(|v| *v >= low - slack && *v <= low + span + slack));
            let labels: Vec<String> = values.iter().map(|v| label(*v, step)).collect();
            prop_assert!(labels.windows(2).all(|w| w[0] != w[1]), "{labels:?}");
        }
    }
}
