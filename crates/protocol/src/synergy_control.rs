//! The synergy control: an exclusive or planted in noise of the user's own shapes, and whether the
//! setting sees it. Views decide what synergy can be learnt, so a zero without it says nothing.

use crate::ProbeKind;
use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use schemars::JsonSchema;

/// What one more seed, trained on noise of the same shapes, tells of a planted exclusive or (ours).
///
/// Same rows, splits, columns, absent modalities and views; two modalities hold a random bit each,
/// and nothing else is in them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct SynergyControl {
    /// The two modalities that hold a bit.
    pub given: Vec<String>,
    /// Test rows that accuracies are of; things, where rows are views of things.
    pub rows: u32,
    /// What guessing gives.
    pub chance: f64,
    /// The 97.5 % point of guessing on as many rows.
    pub threshold: f64,
    /// By probe: from the whole embedding, and from the block that all modalities share.
    pub readings: Vec<ControlReading>,
}

/// How well a probe reads the exclusive or.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ControlReading {
    /// `all`, or the block.
    pub block: String,
    /// Linear or MLP.
    pub probe: ProbeKind,
    /// Balanced accuracy on test rows.
    pub accuracy: f64,
    /// Whether that is above the threshold.
    pub seen: bool,
}

/// Of the whole embedding.
const ALL: &str = "all";

impl SynergyControl {
    fn reading(&self, probe: ProbeKind, whole: bool) -> Option<&ControlReading> {
        self.readings.iter().find(|r| r.probe == probe && (r.block == ALL) == whole)
    }

    /// Whether the probe reads the exclusive or from anything; none where it was not fitted.
    pub fn is_seen(&self, probe: ProbeKind) -> Option<bool> {
        let mut seen = self.readings.iter().filter(|r| r.probe == probe).map(|r| r.seen);
        seen.next().map(|first| first || seen.any(|seen| seen))
    }

    /// Whether a number that is not `clear`ly above nothing says nothing either, as the setting could
    /// not have seen synergy.
    pub fn hides(&self, probe: ProbeKind, clear: bool) -> bool {
        !clear && self.is_seen(probe) == Some(false)
    }

    /// One plain sentence or two; none where the probe was not fitted.
    pub fn words(&self, probe: ProbeKind) -> Option<String> {
        let whole = self.reading(probe, true)?;
        let shared = self.reading(probe, false);
        let by = match probe {
            ProbeKind::Linear => "a linear probe",
            ProbeKind::Mlp => "an MLP probe",
        };
        let planted = "a planted exclusive or of the same shape";
        let (all, needed) = (two(whole.accuracy), two(self.threshold));
        Some(match shared {
            Some(shared) if !shared.seen && whole.seen => format!(
                "The shared embedding cannot see synergy with this setting: {planted} could not be told \
                 from guessing there (accuracy {}; on so many rows guessing alone gives up to {needed}). \
                 A \u{201c}needs several\u{201d} near zero there says nothing. Only the parts side by side \
                 tell it to {by} (accuracy {all}).",
                two(shared.accuracy)
            ),
            _ if !whole.seen && shared.is_none_or(|s| !s.seen) => format!(
                "This setting cannot see synergy: {planted} could not be told from guessing by {by} \
                 (accuracy {all}; on so many rows guessing alone gives up to {needed}). A \u{201c}needs \
                 several\u{201d} near zero here says nothing."
            ),
            _ => {
                let shared = shared
                    .map(|s| format!(", {} from the shared embedding alone", two(s.accuracy)))
                    .unwrap_or_default();
                format!(
                    "A control was seen: {by} reads {planted}, with nothing beside it, with an \
                     accuracy of {all}{shared} (guessing alone gives up to {needed})."
                )
            }
        })
    }
}

fn two(share: f64) -> String {
    format!("{share:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(all: f64, shared: Option<f64>) -> SynergyControl {
        let reading = |block: &str, accuracy: f64| ControlReading {
            block: block.to_owned(),
            probe: ProbeKind::Mlp,
            accuracy,
            seen: accuracy > 0.56,
        };
        let mut readings = vec![reading(ALL, all)];
        readings.extend(shared.map(|accuracy| reading("shared", accuracy)));
        let given = vec!["a".to_owned(), "b".to_owned()];
        SynergyControl { given, rows: 300, chance: 0.5, threshold: 0.56, readings }
    }

    #[test]
    fn a_control_that_stays_at_chance_says_that_a_zero_says_nothing() {
        let words = |all, shared| control(all, shared).words(ProbeKind::Mlp).unwrap_or_default();
        assert!(words(0.51, Some(0.49)).starts_with("This setting cannot see synergy"));
        assert!(words(0.51, None).starts_with("This setting cannot see synergy"));
        assert!(words(0.97, Some(0.51)).starts_with("The shared embedding cannot see synergy"));
        for seen in [words(0.97, Some(0.9)), words(0.97, None), words(0.5, Some(0.9))] {
            assert!(seen.starts_with("A control was seen"), "{seen}");
        }
        assert_eq!(control(0.97, None).words(ProbeKind::Linear), None);
        assert_eq!(control(0.51, Some(0.6)).is_seen(ProbeKind::Mlp), Some(true));
    }

    #[test]
    fn a_zero_is_hidden_where_nothing_could_be_seen_and_nothing_else_is() {
        let (blind, sees) = (control(0.51, Some(0.49)), control(0.97, None));
        assert!(blind.hides(ProbeKind::Mlp, false));
        assert!(!blind.hides(ProbeKind::Mlp, true), "a clear number stands");
        assert!(!sees.hides(ProbeKind::Mlp, false), "a zero of a setting that sees is a zero");
        assert!(!blind.hides(ProbeKind::Linear, false), "a probe that was not fitted says nothing");
    }
}
