//! A recorded value as curves: mean and interval over seeds on both splits.

use trefoil_plot::{Cut, Scale, Spread, path};
use trefoil_protocol::{Curve, ObjectiveView, StopReason};

/// Points an axis is drawn with at most, for each of two passes: more than a column has pixels.
const COLUMNS: usize = 300;

/// One term of one objective.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Curves {
    /// Steps and spread, on train rows.
    pub(super) train: Vec<(f64, Spread)>,
    /// The same on validation rows.
    pub(super) validation: Vec<(f64, Spread)>,
    /// What tells nothing reaches, on validation rows (train rows where only that is known).
    pub(super) chance: Option<f64>,
}

impl Curves {
    /// Term `term` of `objective`.
    pub(super) fn of(objective: &ObjectiveView, term: usize) -> Self {
        let start = &objective.start;
        // Chance is known of the total loss.
        let chance = start.validation_chance.or(start.chance).filter(|_| term == 0);
        let records = |curves: &[Curve]| curves.get(term).map(spreads).unwrap_or_default();
        Self {
            train: records(&objective.train),
            validation: records(&objective.validation),
            chance,
        }
    }

    /// Whether nothing was recorded.
    pub(super) fn is_empty(&self) -> bool {
        self.train.is_empty() && self.validation.is_empty()
    }

    /// An axis for all of it; a few spikes of the training curve may lie above.
    pub(super) fn axis(&self) -> Option<Cut> {
        let train = Scale::cut(self.train.iter().map(|(_, s)| s.mean));
        let means = self.validation.iter().map(|(_, s)| s.mean);
        let validation = Scale::of(means.chain(self.chance));
        let cut = match (train, validation) {
            (Some(cut), Some(scale)) => Cut { scale: cut.scale.union(scale), ..cut },
            (Some(cut), None) => cut,
            (None, Some(scale)) => Cut { scale, above: 0 },
            (None, None) => return None,
        };
        // Room for the intervals that are drawn, but no more than the curve itself takes: those of
        // two seeds can be a hundred times as wide.
        let span = cut.scale.span();
        let (low, high) = (cut.scale.low() - span / 2.0, cut.scale.high() + span / 2.0);
        let drawn = if self.validation.is_empty() { &self.train } else { &self.validation };
        let scale = drawn
            .iter()
            .filter_map(|(_, s)| s.interval)
            .fold(cut.scale, |scale, (l, h)| scale.including(l.max(low)).including(h.min(high)));
        Some(Cut { scale, ..cut })
    }

    /// The record at `step` or the last before it; the last of all without a step.
    pub(super) fn at(records: &[(f64, Spread)], step: Option<f64>) -> Option<(f64, Spread)> {
        let Some(step) = step else { return records.last().copied() };
        let after = records.partition_point(|(s, _)| *s <= step);
        records.get(after.saturating_sub(1)).copied()
    }
}

/// Mean and interval at each record; records without a finite value are left out.
fn spreads(curve: &Curve) -> Vec<(f64, Spread)> {
    let spreads = Spread::over(&curve.seeds, curve.steps.len());
    let steps = curve.steps.iter().map(|s| f64::from(*s));
    steps.zip(spreads).filter_map(|(step, spread)| Some((step, spread?))).collect()
}

/// Path of the means.
pub(super) fn line(records: &[(f64, Spread)], x: Scale, y: Scale) -> String {
    let points: Vec<path::Point> =
        records.iter().map(|(step, s)| (x.at(*step), y.at(s.mean))).collect();
    path::line(&path::thin(&points, COLUMNS))
}

/// Path of the intervals.
pub(super) fn band(records: &[(f64, Spread)], x: Scale, y: Scale) -> String {
    // Every so many-th: an interval changes slowly, and a band needs no extremes.
    let every = records.len().div_ceil(2 * COLUMNS).max(1);
    let points: Vec<(f64, f64, f64)> = records
        .iter()
        .step_by(every)
        .filter_map(|(step, s)| s.interval.map(|(l, h)| (x.at(*step), y.at(l), y.at(h))))
        .collect();
    path::band(&points)
}

/// What became of the seeds that no longer train, in words.
pub(super) fn stops(stopped: &[Option<(StopReason, u32)>], seeds: &[u64]) -> Vec<String> {
    let mut out = Vec::new();
    let all = stopped.len();
    let diverged: Vec<(u64, u32)> = stopped
        .iter()
        .zip(seeds)
        .filter_map(|(stop, seed)| match stop {
            Some((StopReason::Diverged, step)) => Some((*seed, *step)),
            _ => None,
        })
        .collect();
    for (seed, step) in &diverged {
        out.push(format!("Seed {seed} diverged at step {step}."));
    }
    if diverged.len() == all && all > 0 {
        out.push("No seed is left. A lower learning rate helps.".to_owned());
    } else if !diverged.is_empty() {
        out.push("The other seeds go on.".to_owned());
    }
    let patient: Vec<u32> = stopped
        .iter()
        .flatten()
        .filter(|(reason, _)| *reason == StopReason::Patience)
        .map(|(_, step)| *step)
        .collect();
    if let (Some(first), Some(last)) = (patient.iter().min(), patient.iter().max()) {
        let when = if first == last { first.to_string() } else { format!("{first} to {last}") };
        let who = if patient.len() == all {
            "All seeds".to_owned()
        } else {
            format!("{} of {all} seeds", patient.len())
        };
        out.push(format!(
            "{who} stopped by patience at step {when}: no more gain on validation rows."
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use trefoil_protocol::ObjectiveStart;

    fn objective() -> ObjectiveView {
        let curve = Curve {
            steps: vec![1, 2, 3],
            seeds: vec![vec![4.0, 3.0, 2.0], vec![2.0, f32::NAN, f32::NAN]],
        };
        ObjectiveView {
            start: ObjectiveStart {
                name: "clip".to_owned(),
                terms: vec!["loss".to_owned(), "logit scale".to_owned()],
                losses: 1,
                chance: Some(5.0),
                validation_chance: Some(4.5),
                parameters: 1,
                dispatches: 1,
            },
            train: vec![curve.clone(), curve],
            validation: vec![Curve::default(), Curve::default()],
            stopped: vec![None, Some((StopReason::Diverged, 1))],
            snapshot: None,
        }
    }

    #[test]
    fn a_diverged_seed_leaves_the_mean_to_the_others() {
        let curves = Curves::of(&objective(), 0);
        let means: Vec<f64> = curves.train.iter().map(|(_, s)| s.mean).collect();
        assert_eq!(means, [3.0, 3.0, 2.0]);
        assert!(curves.train[1].1.interval.is_none());
        assert_eq!(curves.chance, Some(4.5));
        assert_eq!(Curves::of(&objective(), 1).chance, None);
        let axis = curves.axis().unwrap().scale;
        assert!(axis.low() <= 2.0 && axis.high() >= 4.5);
    }

    #[test]
    fn the_record_under_the_pointer_is_the_last_before_it() {
        let train = Curves::of(&objective(), 0).train;
        let step = |at| Curves::at(&train, at).unwrap().0 as u32;
        assert_eq!([step(Some(2.7)), step(Some(0.2)), step(Some(9.0)), step(None)], [2, 1, 3, 3]);
    }

    #[test]
    fn seeds_that_stopped_are_named() {
        let stopped = objective().stopped;
        assert_eq!(
            stops(&stopped, &[7, 8]),
            ["Seed 8 diverged at step 1.", "The other seeds go on."]
        );
        let all = [Some((StopReason::Patience, 40)), Some((StopReason::Patience, 60))];
        assert!(
            stops(&all, &[0, 1])[0].starts_with("All seeds stopped by patience at step 40 to 60")
        );
        let lost = [Some((StopReason::Diverged, 4))];
        assert!(stops(&lost, &[0])[1].starts_with("No seed is left"));
        assert_eq!(stops(&[None, Some((StopReason::Limit, 9))], &[0, 1]), [""; 0]);
    }
}
