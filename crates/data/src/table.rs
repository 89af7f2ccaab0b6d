//! A text to typed columns. Comes after `sniff`; `align` joins tables by their ids.
//!
//! A column's type is known only after its last cell, so that there are two passes: the first
//! takes every cell as a number, the second reads again, as text, the columns that turned out not
//! to be numbers. Most files have none, and no cell becomes a string of its own.

use crate::Error;
use crate::bytes::{decode, unpack};
use crate::cell;
use crate::column::{Column, ColumnKind, ColumnUse};
use crate::draft::{Draft, drafts, refuse_infinite, reread};
use crate::ids::Ids;
use crate::notices::{notice, shorten};
use crate::records::Records;
use crate::sniff::{Dialect, sniff};
use csv::StringRecord;
use std::collections::HashMap;
use trefoil_protocol::{Dropped, Notice};

/// Most values of a text column that is used as a category.
pub const MAX_LEVELS: usize = 30;

/// What a table is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Text is a category if it has few values, else it is dropped.
    Features,
    /// All text is kept as it is.
    Labels,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) file: String,
    pub(crate) dialect: Dialect,
    pub(crate) id_column: String,
    pub(crate) id_by_name: bool,
    pub(crate) ids: Vec<String>,
    /// Columns beside the id.
    pub(crate) width: usize,
    pub(crate) columns: Vec<Column>,
    pub(crate) dropped: Vec<Dropped>,
    pub(crate) notices: Vec<Notice>,
}

/// Reads one file, packed or not.
pub(crate) fn read_table(file: &str, bytes: &[u8], purpose: Purpose) -> Result<Table, Error> {
    let bytes = unpack(file, bytes)?;
    let (dialect, text) = sniff(decode(file, &bytes)?);
    let mut records = Records::new(file, text, dialect.delimiter)?;
    check_names(file, records.header())?;
    let mut ids = Ids::choose(file, records.header(), dialect);
    let mut drafts = drafts(records.header(), ids.position);
    let mut record = StringRecord::new();
    let mut broken = Vec::new();
    while let Some(row) = records.read(&mut record)? {
        let text = record.as_slice().as_bytes();
        if text.contains(&b'\n') || text.contains(&b'\r') {
            broken.push(row);
        }
        ids.push(record[ids.position].trim(), row)?;
        for draft in &mut drafts {
            draft.push(record[draft.position].trim(), row, dialect.decimal_comma);
        }
    }
    if ids.cells.is_empty() {
        let file = file.to_owned();
        return Err(Error::HeaderOnly { file });
    }
    drafts.retain(|draft| draft.named || draft.missing < ids.cells.len());
    refuse_infinite(file, &drafts)?;
    let limit = match purpose {
        Purpose::Features => MAX_LEVELS,
        Purpose::Labels => usize::MAX,
    };
    reread(file, text, dialect, limit, &mut drafts)?;
    let mut table = Table {
        file: file.to_owned(),
        dialect,
        id_column: ids.column,
        id_by_name: ids.by_name,
        ids: ids.cells,
        width: drafts.len(),
        columns: Vec::with_capacity(drafts.len()),
        dropped: Vec::new(),
        notices: Vec::new(),
    };
    if let (Some(row), Purpose::Features) = (broken.first(), purpose) {
        let message = format!(
            "{} rows have a cell that goes on over several lines, row {row} first; if that is not meant, look for a stray quote there",
            broken.len()
        );
        table.notices.push(notice("line_breaks", Some(file), None, message));
    }
    for draft in drafts {
        table.finish(draft, purpose);
    }
    Ok(table)
}

fn check_names(file: &str, header: &[String]) -> Result<(), Error> {
    let mut seen = HashMap::new();
    for (second, name) in header.iter().enumerate() {
        let first = seen.insert(name.as_str(), second);
        if let Some(first) = first.filter(|_| !name.is_empty()) {
            return Err(Error::DuplicateColumn {
                file: file.to_owned(),
                column: name.clone(),
                first: first + 1,
                second: second + 1,
            });
        }
    }
    Ok(())
}

/// Words for no and yes.
const BOOLEANS: [[&str; 2]; 4] = [["false", "true"], ["no", "yes"], ["f", "t"], ["n", "y"]];

/// The two words of a boolean column, where all its values are such words.
fn boolean(levels: &[String]) -> Option<[&'static str; 2]> {
    let is = |level: &String, word: &str| level.eq_ignore_ascii_case(word);
    BOOLEANS.into_iter().find(|words| levels.iter().all(|l| words.iter().any(|word| is(l, word))))
}

impl Table {
    /// Settles the type of a column.
    fn finish(&mut self, draft: Draft, purpose: Purpose) {
        let mut column = Column {
            name: draft.name,
            kind: ColumnKind::Number,
            used: ColumnUse::Values,
            offset: draft.offset,
            cells: draft.cells,
            levels: Vec::new(),
        };
        if draft.texts == 0 {
            self.columns.push(column);
            return;
        }
        let filled = column.cells.len() - draft.missing;
        let example = draft.example.unwrap_or_default();
        // At least two rows a value, on average: else it names rows.
        let few = |levels: &Vec<String>| {
            purpose == Purpose::Labels || boolean(levels).is_some() || 2 * levels.len() <= filled
        };
        let Some(levels) = draft.levels.filter(few) else {
            self.drop_text(column.name, draft.texts, filled, &example);
            return;
        };
        let words = boolean(&levels).filter(|_| purpose == Purpose::Features);
        if let Some([_, yes]) = words {
            column.kind = ColumnKind::Boolean;
            for cell in column.cells.iter_mut().filter(|cell| !cell.is_nan()) {
                *cell = f32::from(u8::from(levels[*cell as usize].eq_ignore_ascii_case(yes)));
            }
        } else {
            column.kind = ColumnKind::Category;
            column.levels = levels;
            column.relevel();
        }
        if draft.numbers > 0 && purpose == Purpose::Features {
            let message = format!(
                "{} of {filled} cells are text, such as \u{201c}{}\u{201d}: used as a category with {} values; {}",
                draft.texts,
                shorten(&example),
                column.levels.len(),
                cell::advice(&example)
            );
            let name = Some(column.name.as_str());
            let notice = notice("text_in_numbers", Some(&self.file), name, message);
            self.notices.push(notice);
        }
        self.columns.push(column);
    }

    fn drop_text(&mut self, column: String, texts: usize, filled: usize, example: &str) {
        let message = format!(
            "{texts} of {filled} cells are text, such as \u{201c}{}\u{201d}, with too many different values for a category (at most {MAX_LEVELS}, and two rows for each): not used; {}",
            shorten(example),
            cell::advice(example)
        );
        let name = Some(column.as_str());
        let notice = notice("text_column_dropped", Some(&self.file), name, message);
        self.notices.push(notice);
        let why = format!("{texts} of {filled} cells are text with too many different values");
        self.dropped.push(Dropped { column, why });
    }
}
