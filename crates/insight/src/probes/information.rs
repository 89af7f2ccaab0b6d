//! How much a probe's probabilities tell of a class, in bits.

use super::design::{RowTarget, Rows};
use ndarray::Array2;
use std::f64::consts::LN_2;

/// Mean over rows of log2 p(y | x) / π(y): the cross-entropy of the training shares π minus that of
/// the probe, on the same rows. This is the predictive information of Xu, Zhao, Song, Stewart &
/// Ermon (2020, "usable information") for this kind of probe, with π for the best prediction
/// without x.
///
/// `outputs` are the logits z of the rows (rows × classes), `truth` their classes, `fitted` the
/// rows that the probe was fitted on, `shares` π: each class's share of the training rows that can
/// be used (all positive). None without rows.
///
/// **Why the logits are shifted.** The probe is fitted with a weight for each class, and of a long
/// table on rows that favour rare classes, so that softmax(z) answers for classes of equal size. Its
/// cross-entropy would then be that of a world that is not there: with 10 % positives a useless
/// probe would lose half a bit. If m is the weight of all fitted rows of a class together, the
/// fitted softmax is proportional to p(x | y) m(y); p(y | x) under the training shares is therefore
/// softmax(z − ln m + ln π) (Bayes' rule; Saerens, Latinne & Decaestecker 2002). The shift is
/// computed from the training rows alone and moves no boundary of balanced accuracy or AUROC, which
/// are measured without it. Nothing else is calibrated: a probe that is too sure of itself loses
/// bits, as it should.
///
/// **How to read it.** 0 is a probe that knows no more than the shares, H(y) one that knows
/// everything; below 0 it is worse than the shares, and is left so. If the rows were drawn like the
/// training rows, its expectation is at most I(x; y) plus what the shares themselves are off by
/// (about (classes − 1) / (2 ln 2 · training rows) bits). Rows of classes with too few training rows
/// do not count, as in every number of the probe.
pub(super) fn bits(
    outputs: &Array2<f32>,
    truth: &[usize],
    fitted: Rows,
    shares: &[f64],
) -> Option<f64> {
    let shift = shifts(fitted, shares)?;
    let gained = |(row, class): (ndarray::ArrayView1<f32>, &usize)| {
        let z: Vec<f64> = row.iter().zip(&shift).map(|(z, s)| f64::from(*z) + s).collect();
        let top = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = z.iter().map(|z| (z - top).exp()).sum();
        z[*class] - top - sum.ln() - shares[*class].ln()
    };
    let gains: Vec<f64> = outputs.rows().into_iter().zip(truth).map(gained).collect();
    crate::stats::mean(&gains).map(|nats| nats / LN_2)
}

/// ln π − ln m for each class. A class without weight (all its rows chose the strength) was only
/// ever pushed away: its logit is taken as it is, so that the bits that this costs show.
fn shifts(fitted: Rows, shares: &[f64]) -> Option<Vec<f64>> {
    let RowTarget::Class(values, weights) = fitted.target else {
        return None;
    };
    let mut mass = vec![0.0; shares.len()];
    for class in values {
        mass[*class] += weights[*class];
    }
    let all: f64 = mass.iter().sum();
    let shift = |(m, share): (&f64, &f64)| {
        if *m > 0.0 { (share * all / (m * shares.len() as f64)).ln() } else { 0.0 }
    };
    Some(mass.iter().zip(shares).map(shift).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{ArrayView2, arr2};

    fn rows<'a>(values: &'a [usize], weights: &'a [f64]) -> Rows<'a> {
        let x = ArrayView2::from_shape((values.len(), 0), &[]).unwrap();
        Rows { x, target: RowTarget::Class(values, weights) }
    }

    /// Level logits of a balanced fit are the shares, whatever they are.
    #[test]
    fn a_probe_without_an_opinion_tells_nothing() {
        let (values, weights) = ([0, 0, 0, 1], [2.0 / 3.0, 2.0]);
        let got = bits(&Array2::zeros((3, 2)), &[0, 1, 1], rows(&values, &weights), &[0.9, 0.1]);
        assert!(got.unwrap().abs() < 1e-12, "{got:?}");
    }

    /// One row, by hand: balanced odds e : 1 and shares 3 : 1 against them.
    #[test]
    fn odds_are_multiplied_by_those_of_the_shares() {
        let (values, weights) = ([0, 1], [1.0, 1.0]);
        let got = bits(&arr2(&[[0.0, 1.0]]), &[1], rows(&values, &weights), &[0.75, 0.25]);
        let e = 1.0_f64.exp();
        assert!((got.unwrap() - (e / (e + 3.0) / 0.25).log2()).abs() < 1e-6, "{got:?}");
        // The same probe fitted without weights on rows with these shares needs no shift.
        let (values, weights) = ([0, 0, 0, 1], [1.0, 1.0]);
        let got = bits(&arr2(&[[0.0, 1.0]]), &[1], rows(&values, &weights), &[0.75, 0.25]);
        assert!((got.unwrap() - (e / (e + 1.0) / 0.25).log2()).abs() < 1e-6, "{got:?}");
    }

    #[test]
    fn no_rows_or_no_weight_stay_finite() {
        let (values, weights) = ([0, 1], [1.0, 1.0]);
        assert_eq!(bits(&Array2::zeros((0, 2)), &[], rows(&values, &weights), &[0.5, 0.5]), None);
        let (values, weights) = ([0, 1], [1.0, 1.0, 0.0]);
        let shares = [0.4, 0.4, 0.2];
        let sure = arr2(&[[0.0, 0.0, -9.0]]);
        let got = bits(&sure, &[2], rows(&values, &weights), &shares).unwrap();
        assert!(got.is_finite() && got < -5.0, "{got}");
    }
}
