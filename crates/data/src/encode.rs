//! Raw columns to the inputs of an encoder: imputed, standardised, one-hot, with indicators.
//! Comes after `split`: means and spreads are those of training rows that have the cell.

use crate::align::RawModality;
use crate::column::{Column, ColumnKind, ColumnUse};
use crate::notices::{list, notice};
use ndarray::{Array2, ArrayViewMut1};
use trefoil_protocol::Notice;

/// One input of an encoder.
///
/// Its value is `(x − mean) / sd` where `x` is the number, 0 or 1 for a boolean, for a category
/// level and for an indicator; 0 where the cell or the modality is missing, and everywhere if
/// `sd` is 0. No value is further than [`FARTHEST`] from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct InputColumn {
    /// `bun`, `island=Biscoe`, `bun (missing)`, `(absent)`.
    pub name: String,
    /// Position in [`RawModality::columns`]; none for the indicator of absence.
    pub column: Option<usize>,
    /// What it is made of.
    pub kind: InputKind,
    /// Subtracted: the mean of the training rows; 0 for indicators.
    pub mean: f64,
    /// Divided by: the standard deviation over training rows, for a level that of its whole
    /// category; 1 for indicators; 0 where training rows do not vary.
    pub sd: f64,
}

/// Standard deviations beyond which an input says no more (ours). A held-out row may be as far as
/// 32-bit numbers go from training rows that hardly vary, and one such cell would rule a batch.
pub const FARTHEST: f64 = 10.0;

/// What an input is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// A number.
    Number,
    /// A boolean.
    Boolean,
    /// Whether a category has one level.
    Category {
        /// Position in [`Column::levels`].
        level: usize,
    },
    /// Whether a cell is missing, 0 or 1.
    CellMissing,
    /// Whether the modality is absent, 0 or 1.
    Absent,
}

/// The inputs of one modality, `[rows, inputs]`, and what they are.
///
/// A category of levels with shares p is divided by √Σ p(1 − p), the standard deviation of its
/// one-hot vector, so that it weighs as much as one number, however many levels it has and however
/// rare they are (ours). A row that lacks the modality is 0 but for the indicator of absence,
/// which is there if any kept row lacks it.
pub(crate) fn encode(
    raw: &RawModality,
    train: &[u32],
    notices: &mut Vec<Notice>,
) -> (Array2<f32>, Vec<InputColumn>) {
    let mut inputs = Vec::new();
    let mut still = Vec::new();
    for (position, column) in raw.columns.iter().enumerate() {
        if column.used == ColumnUse::Values {
            let before = inputs.len();
            describe(position, column, train, &mut inputs);
            if inputs[before..].iter().all(|input| input.sd == 0.0) {
                still.push(column.name.clone());
            }
        }
        if column.used != ColumnUse::Dropped && has_gaps(column, &raw.present) {
            let name = format!("{} (missing)", column.name);
            inputs.push(indicator(name, Some(position), InputKind::CellMissing));
        }
    }
    if raw.present.contains(&false) {
        inputs.push(indicator("(absent)".to_owned(), None, InputKind::Absent));
    }
    if !still.is_empty() {
        let message = format!(
            "{} columns do not vary over the training rows and say nothing: {}",
            still.len(),
            list(&still)
        );
        notices.push(notice("constant_in_train", Some(&raw.file), None, message));
    }
    let mut values = Array2::zeros((raw.present.len(), inputs.len()));
    let mut far = Vec::new();
    for (input, mut values) in inputs.iter().zip(values.columns_mut()) {
        fill(raw, input, &mut values);
        let count = values.iter().filter(|value| f64::from(value.abs()) >= FARTHEST).count();
        if count > 0 {
            far.push((input.name.clone(), count));
        }
    }
    if !far.is_empty() {
        let cells: usize = far.iter().map(|(_, count)| count).sum();
        let names: Vec<String> = far.into_iter().map(|(name, _)| name).collect();
        let message = format!(
            "{cells} values lie more than {FARTHEST} standard deviations from the mean of the \
             training rows and were drawn in to {FARTHEST}, in: {}",
            list(&names)
        );
        notices.push(notice("far_values", Some(&raw.file), None, message));
    }
    (values, inputs)
}

fn has_gaps(column: &Column, present: &[bool]) -> bool {
    let mut rows = column.cells.iter().zip(present);
    rows.any(|(cell, present)| *present && cell.is_nan())
}

fn indicator(name: String, column: Option<usize>, kind: InputKind) -> InputColumn {
    InputColumn { name, column, kind, mean: 0.0, sd: 1.0 }
}

/// Adds the inputs that a column becomes, with means and spreads of training rows.
fn describe(position: usize, column: &Column, train: &[u32], inputs: &mut Vec<InputColumn>) {
    let cells = || {
        let cells = train.iter().map(|&row| column.cells[row as usize]);
        cells.filter(|cell| !cell.is_nan())
    };
    let n = cells().count().max(1) as f64;
    if column.kind == ColumnKind::Category {
        let mut shares = vec![0.0; column.levels.len()];
        cells().for_each(|level| shares[level as usize] += 1.0 / n);
        let sd = shares.iter().map(|p| p * (1.0 - p)).sum::<f64>().sqrt();
        for (level, name) in column.levels.iter().enumerate() {
            inputs.push(InputColumn {
                name: format!("{}={name}", column.name),
                column: Some(position),
                kind: InputKind::Category { level },
                mean: shares[level],
                // A level that no training row has would be as good as noise.
                sd: if shares[level] > 0.0 { sd } else { 0.0 },
            });
        }
        return;
    }
    // Of the differences from the offset, which 32 bits hold well.
    let mean = cells().map(f64::from).sum::<f64>() / n;
    let square = |cell: f32| (f64::from(cell) - mean).powi(2);
    let first = cells().next();
    let varies = cells().any(|cell| Some(cell) != first);
    let sd = (cells().map(square).sum::<f64>() / n).sqrt();
    inputs.push(InputColumn {
        name: column.name.clone(),
        column: Some(position),
        kind: match column.kind {
            ColumnKind::Boolean => InputKind::Boolean,
            _ => InputKind::Number,
        },
        mean: column.offset + mean,
        sd: if varies { sd } else { 0.0 },
    });
}

fn fill(raw: &RawModality, input: &InputColumn, values: &mut ArrayViewMut1<f32>) {
    let Some(column) = input.column.map(|position| &raw.columns[position]) else {
        let absent = raw.present.iter().map(|present| f32::from(u8::from(!present)));
        values.iter_mut().zip(absent).for_each(|(to, value)| *to = value);
        return;
    };
    let mean = input.mean - column.offset;
    let scaled = |x: f64| match input.sd {
        0.0 => 0.0,
        sd => ((x - mean) / sd).clamp(-FARTHEST, FARTHEST),
    };
    for ((to, cell), present) in values.iter_mut().zip(&column.cells).zip(&raw.present) {
        *to = match input.kind {
            _ if !present => 0.0,
            InputKind::CellMissing => f32::from(u8::from(cell.is_nan())),
            _ if cell.is_nan() => 0.0,
            InputKind::Category { level } => {
                scaled(f64::from(u8::from(*cell as usize == level))) as f32
            }
            _ => scaled(f64::from(*cell)) as f32,
        };
    }
}
