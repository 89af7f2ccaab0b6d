//! What a probe is fitted on: rows, predictors and target.

use crate::linalg::{beside, deviations, means, rows, take, views};
use crate::random::{Purpose, generator, permutation, some_of};
use crate::{Label, LabelValues, Look};
use ndarray::{Array2, ArrayView2};

/// A class needs as many training rows as this.
pub const LEAST_ROWS: usize = 5;
/// Rows that a model is fitted on while strengths are tried, at most.
const TRIAL: usize = 2048;
/// Rows that the model of the chosen strength is fitted on, at most.
const FINAL: usize = 8192;
/// Rows that choose a strength, at most.
const CHOOSERS: usize = 1024;

/// Standard deviations beyond which a predictor says no more; a held-out row far outside what was
/// fitted would otherwise decide R² alone.
const FARTHEST: f64 = 10.0;

/// What is predicted, row by row.
#[derive(Clone, Debug, PartialEq)]
enum Target {
    /// Positions among the classes that are kept; each class's weight in the loss on trial rows,
    /// and on all others; its share of the training rows, before any were left out.
    Class { values: Vec<usize>, trial: Vec<f64>, weights: Vec<f64>, shares: Vec<f64> },
    /// Standardised on the fit rows; R² does not see it.
    Number { values: Vec<f64> },
}

/// Standardised predictors and the target of one probe. Its rows are, in this order: trial rows,
/// the other fit rows, tune rows, held-out rows.
#[derive(Clone, Debug)]
pub(super) struct Design {
    x: Array2<f32>,
    target: Target,
    trial: usize,
    fit: usize,
    tune: usize,
    refit: bool,
}

/// The parts that a probe sees, and the rows it can use.
pub(crate) struct Source<'a> {
    /// Values and presence of each part.
    pub(crate) parts: Vec<(&'a Array2<f32>, &'a [bool])>,
    /// Whether the probe can use a row.
    pub(crate) rows: &'a [bool],
}

impl Design {
    /// `None` where there is nothing to probe: fewer than two classes with five training rows, a
    /// number that is constant, no held-out row, no predictor.
    ///
    /// Strengths are tried on 2048 of the fit rows at most: chosen at random, but so that classes
    /// have an equal number as far as they have one. Each part is standardised on the fit rows
    /// that have it; rows that lack it get zeros, and a column that says so.
    pub(super) fn new(source: &Source, label: &Label, look: &Look) -> Option<Self> {
        let labelled = Labelled::new(label, source.rows, &look.training());
        let usable = |rows: &[usize]| labelled.usable(rows, source.rows);
        let (fit, tune, held) = (usable(&look.fit), usable(&look.tune), usable(&look.held_out));
        if !labelled.enough() || fit.len() < LEAST_ROWS || held.is_empty() {
            return None;
        }
        let (fit, trial) = labelled.ordered(fit);
        let tune: Vec<usize> = some_of(tune.len(), CHOOSERS).into_iter().map(|i| tune[i]).collect();
        let rows = [fit.as_slice(), &tune, &held].concat();
        let x = predictors(source, &rows, fit.len());
        let target = labelled.target(&rows, trial, fit.len())?;
        let (fit, tune) = (fit.len(), tune.len());
        (x.ncols() > 0).then(|| Self { x, target, trial, fit, tune, refit: look.refit })
    }

    pub(super) fn columns(&self) -> usize {
        self.x.ncols()
    }

    /// Outputs of a model: one a class, or one.
    pub(super) fn outputs(&self) -> usize {
        match &self.target {
            Target::Class { weights, .. } => weights.len(),
            Target::Number { .. } => 1,
        }
    }

    /// Rows that models are fitted on while strengths are tried.
    pub(super) fn trial(&self) -> Rows<'_> {
        self.rows(0, self.trial, true)
    }

    /// Rows that choose the strength; the fit rows where there are none.
    pub(super) fn tune(&self) -> Rows<'_> {
        if self.tune == 0 {
            self.rows(0, self.fit, false)
        } else {
            self.rows(self.fit, self.fit + self.tune, false)
        }
    }

    /// Rows that the model of the chosen strength is fitted on, where there are more.
    pub(super) fn last(&self) -> Option<Rows<'_>> {
        let end = self.fit + if self.refit { self.tune } else { 0 };
        (end > self.trial).then(|| self.rows(0, end, false))
    }

    /// Rows that numbers are computed on.
    pub(super) fn held_out(&self) -> Rows<'_> {
        self.rows(self.fit + self.tune, self.x.nrows(), false)
    }

    /// Each class's share of all training rows that can be used; nothing for a number.
    pub(super) fn shares(&self) -> &[f64] {
        match &self.target {
            Target::Class { shares, .. } => shares,
            Target::Number { .. } => &[],
        }
    }

    fn rows(&self, start: usize, end: usize, on_trial: bool) -> Rows<'_> {
        let target = match &self.target {
            Target::Class { values, trial, weights, .. } => {
                RowTarget::Class(&values[start..end], if on_trial { trial } else { weights })
            }
            Target::Number { values } => RowTarget::Number(&values[start..end]),
        };
        Rows { x: rows(&self.x, start..end), target }
    }
}

/// A contiguous part of a design.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) x: ArrayView2<'a, f32>,
    pub(super) target: RowTarget<'a>,
}

impl Rows<'_> {
    pub(super) fn len(&self) -> usize {
        self.x.nrows()
    }
}

/// As [`Target`], for some rows.
#[derive(Clone, Copy)]
pub(super) enum RowTarget<'a> {
    Class(&'a [usize], &'a [f64]),
    Number(&'a [f64]),
}

impl RowTarget<'_> {
    /// Loss of one row (cross-entropy with the class's weight, or half the squared error), and
    /// its gradient written over the outputs.
    pub(super) fn loss(&self, row: usize, mut outputs: ndarray::ArrayViewMut1<f32>) -> f64 {
        match self {
            Self::Class(values, weights) => {
                let (class, weight) = (values[row], weights[values[row]]);
                let top = outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let own = outputs[class] - top;
                outputs.mapv_inplace(|z| (z - top).exp());
                let sum = outputs.sum();
                let loss = weight * (f64::from(sum.ln()) - f64::from(own));
                outputs.mapv_inplace(|e| weight as f32 * e / sum);
                outputs[class] -= weight as f32;
                loss
            }
            Self::Number(values) => {
                let error = f64::from(outputs[0]) - values[row];
                outputs[0] = error as f32;
                0.5 * error * error
            }
        }
    }

    /// Second derivative of a row's loss along a contrast of outputs, for outputs that are level.
    pub(super) fn curvature(&self) -> f64 {
        match self {
            Self::Class(_, weights) => 1.0 / weights.len().max(1) as f64,
            Self::Number(_) => 1.0,
        }
    }

    /// Mean loss of some outputs.
    pub(super) fn mean_loss(&self, mut outputs: Array2<f32>) -> f64 {
        let n = outputs.nrows().max(1) as f64;
        outputs.rows_mut().into_iter().enumerate().map(|(i, row)| self.loss(i, row)).sum::<f64>()
            / n
    }
}

/// A label with the classes that can be probed.
enum Labelled<'a> {
    /// Values; for each class its position among those kept; training rows of those kept.
    Class(&'a [Option<u32>], Vec<Option<usize>>, Vec<f64>),
    Number(&'a [Option<f64>]),
}

impl<'a> Labelled<'a> {
    fn new(label: &'a Label, usable: &[bool], training: &[usize]) -> Self {
        match &label.values {
            LabelValues::Number(values) => Self::Number(values),
            LabelValues::Class(values) => {
                let mut counts =
                    vec![0; values.iter().flatten().max().map_or(0, |m| *m as usize + 1)];
                for class in training.iter().filter(|r| usable[**r]).filter_map(|r| values[*r]) {
                    counts[class as usize] += 1;
                }
                let mut position = 0..;
                let keep = |n: &usize| if *n >= LEAST_ROWS { position.next() } else { None };
                let kept = counts.iter().map(keep).collect();
                counts.retain(|n| *n >= LEAST_ROWS);
                Self::Class(values, kept, counts.into_iter().map(|n| n as f64).collect())
            }
        }
    }

    fn class(&self, row: usize) -> Option<usize> {
        match self {
            Self::Class(values, kept, _) => values[row].and_then(|c| kept[c as usize]),
            Self::Number(_) => None,
        }
    }

    fn enough(&self) -> bool {
        match self {
            Self::Class(_, _, counts) => counts.len() > 1,
            Self::Number(_) => true,
        }
    }

    fn usable(&self, rows: &[usize], usable: &[bool]) -> Vec<usize> {
        let has = |r: usize| match self {
            Self::Class(..) => self.class(r).is_some(),
            Self::Number(values) => values[r].is_some_and(f64::is_finite),
        };
        rows.iter().copied().filter(|r| usable[*r] && has(*r)).collect()
    }

    /// `rows` with the trial rows first, and how many of these there are. Every class has all its
    /// rows among them, up to a common limit.
    fn ordered(&self, rows: Vec<usize>) -> (Vec<usize>, usize) {
        if rows.len() <= TRIAL {
            let trial = rows.len();
            return (rows, trial);
        }
        let order = permutation(&mut generator(Purpose::Subset, 0), rows.len());
        let mut nth = std::collections::BTreeMap::new();
        // How many rows of the same class come before a row in the random order.
        let mut ranked: Vec<(usize, usize)> = order
            .into_iter()
            .map(|i| {
                let seen = nth.entry(self.class(rows[i])).or_insert(0_usize);
                *seen += 1;
                (*seen, rows[i])
            })
            .collect();
        ranked.sort_by_key(|(before, _)| *before);
        (ranked.into_iter().take(FINAL).map(|(_, row)| row).collect(), TRIAL)
    }

    fn target(&self, rows: &[usize], trial: usize, fit: usize) -> Option<Target> {
        match self {
            Self::Class(_, _, counts) => {
                let values: Vec<usize> = rows.iter().filter_map(|r| self.class(*r)).collect();
                let classes = counts.len();
                let all: f64 = counts.iter().sum();
                Some(Target::Class {
                    trial: weights(&values[..trial], classes),
                    weights: weights(&values[..fit], classes),
                    shares: counts.iter().map(|n| n / all).collect(),
                    values,
                })
            }
            Self::Number(values) => {
                let raw: Vec<f64> = rows.iter().filter_map(|r| values[*r]).collect();
                let n = fit as f64;
                let mean = raw[..fit].iter().sum::<f64>() / n;
                let sd = (raw[..fit].iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
                (sd > 0.0).then(|| Target::Number {
                    values: raw.iter().map(|v| (v - mean) / sd).collect(),
                })
            }
        }
    }
}

/// Each class weighs the same, and the mean weight of a row is one. A class that has no row here
/// (all its rows choose strengths) has no weight.
fn weights(values: &[usize], classes: usize) -> Vec<f64> {
    let mut counts = vec![0.0; classes];
    for class in values {
        counts[*class] += 1.0;
    }
    let occurring = counts.iter().filter(|n| **n > 0.0).count() as f64;
    let weight = |n: &f64| {
        if *n > 0.0 { values.len() as f64 / (occurring * n) } else { 0.0 }
    };
    counts.iter().map(weight).collect()
}

/// The parts side by side at `rows`, standardised on the first `fit` of them that have each part;
/// zeros where a part is absent, and a column that says so.
pub(crate) fn predictors(source: &Source, rows: &[usize], fit: usize) -> Array2<f32> {
    let mut masks: Vec<Vec<f32>> = Vec::new();
    let mut parts: Vec<Array2<f32>> = Vec::new();
    for (values, present) in &source.parts {
        let mut x = take(values, rows);
        let here: Vec<bool> = rows.iter().map(|r| present[*r]).collect();
        let known: Vec<usize> = (0..fit).filter(|i| here[*i]).collect();
        let known = take(&x, &known);
        let mean = means(known.view());
        let sd = deviations(known.view()).mapv(|d| (d / known.nrows().max(1) as f64).sqrt());
        for (mut row, here) in x.rows_mut().into_iter().zip(&here) {
            for ((v, m), s) in row.iter_mut().zip(&mean).zip(&sd) {
                let varies = *s > 1e-6 * m.abs().max(1e-6);
                let z = if *here && varies { (f64::from(*v) - m) / s } else { 0.0 };
                *v = z.clamp(-FARTHEST, FARTHEST) as f32;
            }
        }
        parts.push(x);
        let mask: Vec<f32> = here.iter().map(|h| f32::from(u8::from(*h))).collect();
        if mask.iter().any(|m| *m < 1.0) && !masks.contains(&mask) {
            masks.push(mask);
        }
    }
    parts.extend(masks.into_iter().map(|m| ndarray::Array1::from(m).insert_axis(ndarray::Axis(1))));
    beside(&views(&parts), rows.len())
}
