//! Decompositions of a data set: for each label, each pair of modalities.

use super::discrete::{Cut, of_label, of_modality};
use super::pid::{PidEstimate, of_columns};
use crate::{Data, InsightError, LabelValues};

/// A label and two modalities, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// What is told.
    pub label: usize,
    /// By what; x1 and x2 of the decomposition.
    pub pair: [usize; 2],
}

/// What was found of one question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The decomposition of the variables that the features were cut to, not of the features.
    pub estimate: PidEstimate,
    /// Share of each modality's variance that its variable began with; see
    /// [`super::discrete::Discrete::kept`].
    pub kept: [f64; 2],
    /// Values of the two variables and of the label.
    pub values: [usize; 3],
}

/// Each label with each pair of modalities. One question is well below a second of work with the
/// default cut, so that a worker can answer messages in between.
pub fn questions(data: &Data) -> Vec<Question> {
    let modalities = data.modalities.len();
    let pairs = move |label| {
        (0..modalities)
            .flat_map(move |a| (a + 1..modalities).map(move |b| Question { label, pair: [a, b] }))
    };
    (0..data.labels.len()).flat_map(pairs).collect()
}

/// Decomposes what two modalities tell of a label, on those of `rows` that have all three.
///
/// Nothing is fitted to the label, so rows need not be held out; more of them make for less bias.
/// The baseline is that of [`of_columns`].
///
/// # Errors
/// As [`of_columns`] and [`of_modality`].
pub fn answer(
    data: &Data,
    rows: &[usize],
    question: Question,
    cut: Cut,
    shuffles: usize,
    seed: u64,
) -> Result<Answer, InsightError> {
    let Question { label, pair } = question;
    for m in pair {
        if m >= data.modalities.len() {
            return Err(InsightError::Missing { what: format!("modality {m}") });
        }
    }
    let Some(of) = data.labels.get(label) else {
        return Err(InsightError::Missing { what: format!("label {label}") });
    };
    let known = |r: &usize| match &of.values {
        LabelValues::Class(values) => values[*r].is_some(),
        LabelValues::Number(values) => values[*r].is_some_and(f64::is_finite),
    };
    let rows: Vec<usize> = data.complete(rows, &pair).into_iter().filter(known).collect();
    let [a, b] = pair;
    let (a, b) = (of_modality(data, a, &rows, cut)?, of_modality(data, b, &rows, cut)?);
    let y = of_label(data, label, &rows, cut.bins)?;
    Ok(Answer {
        estimate: of_columns(&a.codes, &b.codes, &y.codes, shuffles, seed)?,
        kept: [a.kept, b.kept],
        values: [a.values, b.values, y.values],
    })
}
