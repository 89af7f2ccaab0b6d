//! One discrete variable out of numbers, for tables that have to be counted.

use crate::linalg::{Pca, first};
use crate::raw::features;
use crate::{Data, InsightError, LabelValues};

use super::entropy::{dense, joint};

/// How a modality's features become one variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Principal components that are kept.
    pub components: usize,
    /// Quantile bins that each of them, and a label that is a number, is cut into. The variable
    /// has up to `bins` to the power of `components` values: keep both small.
    pub bins: usize,
}

impl Default for Cut {
    /// One component, four bins.
    fn default() -> Self {
        Self { components: 1, bins: 4 }
    }
}

/// A column with few values.
#[derive(Clone, Debug, PartialEq)]
pub struct Discrete {
    /// One code a row, from 0, in the order of the values; not negative and without gaps.
    pub codes: Vec<u32>,
    /// How many codes there are.
    pub values: usize,
    /// Share of the features' variance that the components have, from 0 to 1, before they were cut
    /// into bins. What the rest tells of a label is lost; variance is not information, so a small
    /// loss of it can be a large one of that. 1 for a label.
    pub kept: f64,
}

/// Cuts numbers into at most `bins` bins, in their order, with about the same number of rows each.
/// Equal numbers share a bin, and a column with no more values than bins keeps them all; where one
/// number is most of the column the other bins divide the rest. NaN is the largest number.
pub fn quantile_bins(values: &[f64], bins: usize) -> Vec<u32> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let ties: Vec<&[f64]> = sorted.chunk_by(|a, b| a.total_cmp(b).is_eq()).collect();
    // The smallest number of each bin.
    let starts: Vec<f64> = if ties.len() <= bins {
        ties.iter().map(|tied| tied[0]).collect()
    } else {
        starts(&ties, values.len(), bins.max(1))
    };
    let bin = |v: &f64| starts.partition_point(|start| start.total_cmp(v).is_le());
    dense(values.iter().map(bin)).0
}

/// Fills bin by bin, each to the mean of what is left, or as near to that as ties allow.
fn starts(ties: &[&[f64]], mut left: usize, mut bins: usize) -> Vec<f64> {
    let mut starts = Vec::new();
    let mut full = 0;
    for tied in ties {
        let excess = 2 * (full * bins) + tied.len() * bins > 2 * left;
        if starts.is_empty() || (bins > 1 && excess) {
            if !starts.is_empty() {
                left -= full;
                bins -= 1;
                full = 0;
            }
            starts.push(tied[0]);
        }
        full += tied.len();
    }
    starts
}

/// Makes one variable of modality `modality` at `rows`, all of which must have it: the first
/// principal components of its standardised features (without the indicators of missing cells),
/// fitted on these rows, each cut into quantile bins.
///
/// What is lost: every direction beyond the components, and what lies within a bin. The components
/// follow variance and know nothing of any label. That is on purpose: a summary of one modality
/// that is chosen to predict the label cannot keep what only the modalities together tell. A part
/// that comes out small can therefore be lost here; one that comes out large is there.
///
/// # Errors
/// [`InsightError::Missing`] where there is no such modality, [`InsightError::TooFewRows`] without
/// rows.
pub fn of_modality(
    data: &Data,
    modality: usize,
    rows: &[usize],
    cut: Cut,
) -> Result<Discrete, InsightError> {
    let Some(name) = data.modalities.get(modality).map(|m| &m.name) else {
        return Err(InsightError::Missing { what: format!("modality {modality}") });
    };
    if rows.is_empty() {
        return Err(InsightError::TooFewRows { what: format!("none that has {name}") });
    }
    let x = features(data, modality);
    let pca = Pca::fit(&x, rows, cut.components.max(1));
    let scores = pca.project(&x.select(ndarray::Axis(0), rows));
    let kept = if pca.total > 0.0 { pca.variances.iter().sum::<f64>() / pca.total } else { 1.0 };
    let codes = first(&scores, cut.components.max(1)).columns().into_iter().fold(
        vec![0; rows.len()],
        |codes, column| {
            let column: Vec<f64> = column.iter().map(|v| f64::from(*v)).collect();
            joint(&codes, &quantile_bins(&column, cut.bins))
        },
    );
    let (codes, values) = dense(codes);
    Ok(Discrete { codes, values, kept: kept.clamp(0.0, 1.0) })
}

/// The label at `rows`, all of which must have it: classes as they are, numbers in quantile bins.
///
/// # Errors
/// [`InsightError::Missing`] where there is no such label, or a row has none.
pub fn of_label(
    data: &Data,
    label: usize,
    rows: &[usize],
    bins: usize,
) -> Result<Discrete, InsightError> {
    let Some(label) = data.labels.get(label) else {
        return Err(InsightError::Missing { what: format!("label {label}") });
    };
    let missing = || InsightError::Missing { what: format!("{} of some row", label.name) };
    let codes = match &label.values {
        LabelValues::Class(values) => rows.iter().map(|r| values[*r]).collect(),
        LabelValues::Number(values) => {
            let known: Option<Vec<f64>> =
                rows.iter().map(|r| values[*r].filter(|v| v.is_finite())).collect();
            known.map(|known| quantile_bins(&known, bins))
        }
    };
    let (codes, values) = dense(codes.ok_or_else(missing)?);
    Ok(Discrete { codes, values, kept: 1.0 })
}
