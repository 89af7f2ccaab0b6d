//! How much of a label is told only by several modalities together, by probes.

use super::{Outcome, Probe};
use crate::origin::Origin;
use crate::stats::{cell, mean};
use crate::{Data, LabelValues};
use trefoil_protocol::{NeedsSeveral, ProbeKind};

/// For each label that is a class and each kind of probe: bits from the whole embedding minus bits
/// from the best single modality. Ours, after the read-out of `COrAL`.
///
/// `outcomes` are those of a probe, in seed order. The best modality is chosen once for all seeds,
/// by the mean of its bits on the rows that choose a probe's strength: chosen on the held-out rows
/// the maximum would be too high and the difference too low. Knowing nothing, which tells 0
/// bits, stands for choice too, so that probes that are worse than the shares of the classes do
/// not count as something that several modalities tell.
///
/// Both terms are lower bounds of an information, in expectation; their difference is an estimate
/// without a sign to its error.
pub(crate) fn needs_several(
    data: &Data,
    outcomes: &dyn Fn(Probe) -> Vec<Option<Outcome>>,
) -> Vec<NeedsSeveral> {
    let is_class = |label: &usize| matches!(data.labels[*label].values, LabelValues::Class(_));
    let labels = (0..data.labels.len()).filter(is_class);
    labels
        .flat_map(|label| [ProbeKind::Linear, ProbeKind::Mlp].map(|kind| (label, kind)))
        .filter_map(|(label, kind)| {
            of_label(data, label, kind, &|origin| outcomes(Probe { label, origin, kind }))
        })
        .collect()
}

fn of_label(
    data: &Data,
    label: usize,
    kind: ProbeKind,
    of: &dyn Fn(Origin) -> Vec<Option<Outcome>>,
) -> Option<NeedsSeveral> {
    let bits = |outcomes: &[Option<Outcome>]| -> Vec<Option<f64>> {
        outcomes.iter().map(|o| o.as_ref().and_then(|o| o.information)).collect()
    };
    let all = bits(&of(Origin::All));
    all.iter().flatten().next()?;
    // Knowing nothing, in every seed that was measured.
    let mut best = (0.0, None, all.iter().map(|b| b.map(|_| 0.0)).collect::<Vec<_>>());
    for modality in 0..data.modalities.len() {
        let outcomes = of(Origin::Modality(modality));
        let tuned: Vec<f64> = outcomes.iter().flatten().filter_map(|o| o.tuned).collect();
        if let Some(tuned) = mean(&tuned).filter(|tuned| *tuned > best.0) {
            best = (tuned, Some(modality), bits(&outcomes));
        }
    }
    let (_, modality, single) = best;
    // A seed whose best modality tells less than nothing could have asked none.
    let single: Vec<Option<f64>> = single.into_iter().map(|b| b.map(|b| b.max(0.0))).collect();
    let more: Vec<Option<f64>> =
        all.iter().zip(&single).map(|(all, one)| Some((*all)? - (*one)?)).collect();
    Some(NeedsSeveral {
        target: data.labels[label].name.clone(),
        probe: kind,
        all: cell(&all),
        best: modality.map(|m| data.modalities[m].name.clone()),
        best_single: cell(&single),
        needs_several: cell(&more),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Label, Modality};
    use ndarray::Array2;

    fn data(labels: Vec<Label>) -> Data {
        let modality = |name: &str| Modality {
            name: name.to_owned(),
            present: vec![true; 2],
            raw: Array2::zeros((2, 1)),
            real: vec![true],
            key: vec![0, 1],
        };
        Data { modalities: vec![modality("a"), modality("b")], labels, factors: Vec::new() }
    }

    fn label(values: LabelValues) -> Label {
        Label { name: "y".to_owned(), values }
    }

    /// (bits on held-out rows, bits on the rows that choose) of a seed.
    fn seeds(values: &[(f64, f64)]) -> Vec<Option<Outcome>> {
        let one = |(held, tuned): &(f64, f64)| {
            Some(Outcome { information: Some(*held), tuned: Some(*tuned), ..Outcome::default() })
        };
        values.iter().map(one).collect()
    }

    fn found(a: &[(f64, f64)], b: &[(f64, f64)]) -> NeedsSeveral {
        let data = data(vec![label(LabelValues::Class(vec![Some(0), Some(1)]))]);
        let mut found = needs_several(&data, &|probe| match probe.origin {
            Origin::All => [seeds(&[(0.9, 0.1), (0.7, 0.1)]), vec![None]].concat(),
            Origin::Modality(0) => [seeds(a), vec![None]].concat(),
            _ => [seeds(b), vec![None]].concat(),
        });
        assert_eq!(found.len(), 2, "linear and MLP");
        found.remove(0)
    }

    /// Held-out rows would have chosen a; the difference is taken seed by seed.
    #[test]
    fn the_best_modality_is_chosen_without_a_look_at_the_held_out_rows() {
        let found = found(&[(0.8, 0.2), (0.8, 0.3)], &[(0.5, 0.6), (0.1, 0.0)]);
        assert_eq!(found.best.as_deref(), Some("b"));
        assert_eq!(found.best_single.per_seed, [Some(0.5), Some(0.1), None]);
        let several = found.needs_several;
        let close = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() < 1e-12);
        assert!(close(several.per_seed[0], 0.4) && close(several.per_seed[1], 0.6));
        assert!(close(several.mean, 0.5) && several.low.is_some() && several.per_seed[2].is_none());
    }

    #[test]
    fn modalities_that_are_worse_than_the_shares_stand_for_nothing() {
        let found = found(&[(-0.2, -0.1), (-0.3, -0.1)], &[(-0.1, -0.2), (0.1, 0.0)]);
        assert_eq!(found.best, None);
        assert_eq!(found.needs_several.per_seed, [Some(0.9), Some(0.7), None]);
        assert_eq!(found.best_single.per_seed, [Some(0.0), Some(0.0), None]);
    }

    #[test]
    fn numbers_have_no_bits_and_failed_seeds_no_lines() {
        let number = data(vec![label(LabelValues::Number(vec![Some(0.0), Some(1.0)]))]);
        assert_eq!(needs_several(&number, &|_| seeds(&[(1.0, 1.0)])), []);
        let class = data(vec![label(LabelValues::Class(vec![Some(0), Some(1)]))]);
        assert_eq!(needs_several(&class, &|_| vec![None, None]), []);
    }
}
