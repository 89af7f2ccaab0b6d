//! Columns while their type is not known, in two passes over the text. Part of `table`.

use crate::Error;
use crate::cell::{self, Cell};
use crate::column::Levels;
use crate::records::{Records, column_name};
use crate::sniff::Dialect;
use csv::StringRecord;

/// A column while its type is not known.
pub(crate) struct Draft {
    pub(crate) name: String,
    /// Whether the header has a name for it.
    pub(crate) named: bool,
    pub(crate) position: usize,
    pub(crate) cells: Vec<f32>,
    pub(crate) offset: f64,
    pub(crate) numbers: usize,
    pub(crate) texts: usize,
    pub(crate) missing: usize,
    /// Smallest and largest number, and whether 32 bits hold all numbers exactly.
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) exact: bool,
    pub(crate) infinite: Option<(u64, String)>,
    /// The first cell that is text.
    pub(crate) example: Option<String>,
    /// Values of a text column, once they have been read again; none: too many.
    pub(crate) levels: Option<Vec<String>>,
}

pub(crate) fn drafts(header: &[String], id: usize) -> Vec<Draft> {
    let positions = (0..header.len()).filter(|&position| position != id);
    positions
        .map(|position| Draft {
            name: column_name(header, position),
            named: !header[position].is_empty(),
            position,
            cells: Vec::new(),
            offset: 0.0,
            numbers: 0,
            texts: 0,
            missing: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            exact: true,
            infinite: None,
            example: None,
            levels: None,
        })
        .collect()
}

impl Draft {
    pub(crate) fn push(&mut self, text: &str, row: u64, decimal_comma: bool) {
        let value = match cell::read(text, decimal_comma) {
            Cell::Number(value) => {
                self.numbers += 1;
                self.min = self.min.min(value);
                self.max = self.max.max(value);
                let cell = value as f32;
                self.exact &= f64::from(cell).to_bits() == value.to_bits();
                // Never -0: rows that look the same are the same.
                cell + 0.0
            }
            Cell::Missing => {
                self.missing += 1;
                f32::NAN
            }
            Cell::Infinite => {
                let first = || (row, text.to_owned());
                self.infinite.get_or_insert_with(first);
                f32::NAN
            }
            Cell::Text => {
                self.texts += 1;
                self.example.get_or_insert_with(|| text.to_owned());
                f32::NAN
            }
        };
        self.cells.push(value);
    }

    /// Whether 32 bits would leave fewer than 65 536 steps between the smallest and the largest
    /// number.
    fn is_narrow(&self) -> bool {
        let largest = self.min.abs().max(self.max.abs());
        !self.exact && self.max > self.min && largest > 256.0 * (self.max - self.min)
    }
}

/// A column with text in it may have words for infinity; one of numbers may not.
pub(crate) fn refuse_infinite(file: &str, drafts: &[Draft]) -> Result<(), Error> {
    let numeric = drafts.iter().filter(|draft| draft.texts == 0);
    let found = numeric.filter_map(|draft| Some((draft.infinite.as_ref()?, &draft.name)));
    match found.min_by_key(|((row, _), _)| *row) {
        None => Ok(()),
        Some(((row, cell), column)) => Err(Error::Infinite {
            file: file.to_owned(),
            row: *row,
            column: column.clone(),
            cell: cell.clone(),
        }),
    }
}

/// The second pass: texts as categories of at most `limit` values, narrow numbers as differences
/// from their smallest.
pub(crate) fn reread(
    file: &str,
    text: &str,
    dialect: Dialect,
    limit: usize,
    drafts: &mut [Draft],
) -> Result<(), Error> {
    let mut again: Vec<(&mut Draft, Levels)> = drafts
        .iter_mut()
        .filter(|draft| draft.texts > 0 || draft.is_narrow())
        .map(|draft| (draft, Levels::new(limit)))
        .collect();
    if again.is_empty() {
        return Ok(());
    }
    for (draft, _) in &mut again {
        draft.cells.clear();
        draft.offset = if draft.texts > 0 { 0.0 } else { draft.min };
    }
    let mut records = Records::new(file, text, dialect.delimiter)?;
    let mut record = StringRecord::new();
    while records.read(&mut record)?.is_some() {
        for (draft, levels) in &mut again {
            let text = record[draft.position].trim();
            draft.cells.push(match cell::read(text, dialect.decimal_comma) {
                Cell::Missing => f32::NAN,
                _ if draft.texts > 0 => levels.code(text),
                Cell::Number(value) => (value - draft.offset) as f32,
                Cell::Infinite | Cell::Text => f32::NAN,
            });
        }
    }
    for (draft, levels) in again {
        draft.levels = levels.names();
    }
    Ok(())
}
