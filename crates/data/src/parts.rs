//! Tables to modalities: one each, or one table whose columns are named `modality.feature`.
//! Comes after `table`; `align` puts their rows side by side.

use crate::Error;
use crate::column::Column;
use crate::notices::{list, notice};
use crate::table::Table;
use trefoil_protocol::{Dropped, Notice};

/// Fewest modalities that can share anything.
pub const MIN_MODALITIES: usize = 2;
/// Most modalities: 2⁸ − 1 subsets are already more than anyone reads.
pub const MAX_MODALITIES: usize = 8;

/// One modality in the rows of its own table.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    /// Which table it comes from.
    pub(crate) table: usize,
    pub(crate) width: usize,
    pub(crate) columns: Vec<Column>,
    pub(crate) dropped: Vec<Dropped>,
}

impl Part {
    /// Whether a row has at least one cell that is not missing.
    pub(crate) fn has_row(&self, row: usize) -> bool {
        self.columns.iter().any(|column| !column.cells[row].is_nan())
    }
}

/// Takes the columns out of the tables. `names` are the modalities of the tables, in their order.
pub(crate) fn parts(
    names: &[String],
    tables: &mut [Table],
    notices: &mut Vec<Notice>,
) -> Result<Vec<Part>, Error> {
    let parts = match &mut *tables {
        [table] => split_by_prefix(table, notices),
        tables => names
            .iter()
            .zip(tables)
            .enumerate()
            .map(|(position, (name, table))| Part {
                name: name.clone(),
                table: position,
                width: table.width,
                columns: std::mem::take(&mut table.columns),
                dropped: std::mem::take(&mut table.dropped),
            })
            .collect(),
    };
    let file_of = |part: usize| parts.get(part).map(|part| tables[part.table].file.clone());
    if parts.len() < MIN_MODALITIES {
        return Err(Error::TooFewModalities {
            file: tables.first().map(|table| table.file.clone()),
            found: parts.len().max(tables.len()),
        });
    }
    if parts.len() > MAX_MODALITIES {
        return Err(Error::TooManyModalities {
            file: file_of(MAX_MODALITIES),
            found: parts.len(),
            limit: MAX_MODALITIES,
        });
    }
    for part in &parts {
        if part.columns.is_empty() {
            return Err(no_usable_column(part, &tables[part.table]));
        }
    }
    Ok(parts)
}

/// The error for a modality none of whose columns can be used.
pub(crate) fn no_usable_column(part: &Part, table: &Table) -> Error {
    let why = match part.dropped.first() {
        Some(dropped) => format!(
            "; of {} it could have had, \u{201c}{}\u{201d} for one is {}",
            part.width, dropped.column, dropped.why
        ),
        None => format!(
            "; \u{201c}{}\u{201d} is all it has (cells are separated by comma, semicolon, tab or bar)",
            table.id_column
        ),
    };
    Error::NoUsableColumn { file: table.file.clone(), modality: part.name.clone(), why }
}

/// `modality.feature`, both of them something.
fn prefix(name: &str) -> Option<(&str, &str)> {
    let (modality, feature) = name.split_once('.')?;
    let (modality, feature) = (modality.trim(), feature.trim());
    (!modality.is_empty() && !feature.is_empty()).then_some((modality, feature))
}

fn split_by_prefix(table: &mut Table, notices: &mut Vec<Notice>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut strays = Vec::new();
    let mut part_of = |name: &str| {
        let Some((modality, feature)) = prefix(name) else {
            strays.push(name.to_owned());
            return None;
        };
        let known = parts.iter().position(|part| part.name == modality);
        let position = known.unwrap_or_else(|| {
            parts.push(Part {
                name: modality.to_owned(),
                table: 0,
                width: 0,
                columns: Vec::new(),
                dropped: Vec::new(),
            });
            parts.len() - 1
        });
        parts[position].width += 1;
        Some((position, feature.to_owned()))
    };
    let columns: Vec<_> = std::mem::take(&mut table.columns)
        .into_iter()
        .filter_map(|column| Some((part_of(&column.name)?, column)))
        .collect();
    let dropped: Vec<_> = std::mem::take(&mut table.dropped)
        .into_iter()
        .filter_map(|dropped| Some((part_of(&dropped.column)?, dropped)))
        .collect();
    for ((position, name), column) in columns {
        parts[position].columns.push(Column { name, ..column });
    }
    for ((position, column), dropped) in dropped {
        parts[position].dropped.push(Dropped { column, ..dropped });
    }
    if parts.len() >= MIN_MODALITIES && !strays.is_empty() {
        let message = format!(
            "{} not named modality.feature and belong to no modality: {}",
            strays.len(),
            list(&strays)
        );
        notices.push(notice("no_modality", Some(&table.file), None, message));
    }
    parts
}
