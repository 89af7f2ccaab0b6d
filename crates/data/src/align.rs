//! Modalities row beside row: joined by id, with what is absent. Comes after `parts`;
//! `Aligned::prepare` goes on with a seed.

use crate::Error;
use crate::column::{Column, ColumnUse};
use crate::keys::raw_keys;
use crate::labels::RawLabel;
use crate::notices::{list, notice};
use crate::parts::{Part, no_usable_column};
use crate::roles::Roles;
use crate::sniff::Dialect;
use crate::table::Table;
use crate::truth::Truth;
use std::collections::HashMap;
use trefoil_protocol::{DatasetCard, Dropped, ImageShape, Notice};

/// Fewest rows that can be split, trained on and tested on.
pub const MIN_ROWS: usize = 20;

/// Everything that was read, row beside row, whatever the seed.
///
/// Rows are in order of first appearance, over the files as they were given; a row is kept if two
/// modalities or more have it, that is: at least one cell in each.
#[derive(Clone, Debug)]
pub struct Aligned {
    pub(crate) card: Option<DatasetCard>,
    pub(crate) ids: Vec<String>,
    pub(crate) distinct_ids: usize,
    pub(crate) modalities: Vec<RawModality>,
    pub(crate) labels: Vec<RawLabel>,
    pub(crate) roles: Roles,
    pub(crate) truth: Option<Truth>,
    pub(crate) notices: Vec<Notice>,
}

impl Aligned {
    /// Id of each kept row.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// The modalities with their values as they were read.
    pub fn modalities(&self) -> &[RawModality] {
        &self.modalities
    }

    /// The card of the set, where it has one.
    pub fn card(&self) -> Option<&DatasetCard> {
        self.card.as_ref()
    }

    /// The known factors, where the data was generated.
    pub fn truth(&self) -> Option<&Truth> {
        self.truth.as_ref()
    }
}

/// One modality with its values as they were read: for pictures, colours and retrieval.
#[derive(Clone, Debug)]
pub struct RawModality {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) id_column: String,
    pub(crate) id_by_name: bool,
    pub(crate) dialect: Dialect,
    /// Feature columns in the file.
    pub(crate) width: usize,
    pub(crate) columns: Vec<Column>,
    pub(crate) dropped: Vec<Dropped>,
    pub(crate) present: Vec<bool>,
    pub(crate) keys: Vec<u32>,
    pub(crate) image: Option<ImageShape>,
}

impl RawModality {
    /// Name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Columns of numbers, booleans and categories in the order of the file, also those that are
    /// not used because they do not vary: a picture needs them.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Whether each kept row has it.
    pub fn present(&self) -> &[bool] {
        &self.present
    }

    /// A number for each kept row: equal exactly where the rows are identical in this modality,
    /// [`crate::ABSENT`] where it is absent.
    pub fn keys(&self) -> &[u32] {
        &self.keys
    }

    /// How the columns of a row make a picture, where they do.
    pub fn image(&self) -> Option<ImageShape> {
        self.image
    }
}

/// What `align` found, before labels and truth are joined.
pub(crate) struct Alignment {
    pub(crate) ids: Vec<String>,
    pub(crate) distinct_ids: usize,
    pub(crate) modalities: Vec<RawModality>,
}

/// Joins the parts by id.
pub(crate) fn align(
    parts: Vec<Part>,
    tables: &[Table],
    notices: &mut Vec<Notice>,
) -> Result<Alignment, Error> {
    let (ids, positions) = number_ids(tables);
    // rows[part][id]: the row of the part's table, where it has something there.
    let rows: Vec<Vec<Option<u32>>> = parts
        .iter()
        .map(|part| {
            let mut rows = vec![None; ids.len()];
            for (row, &id) in positions[part.table].iter().enumerate() {
                if part.has_row(row) {
                    rows[id as usize] = Some(row as u32);
                }
            }
            rows
        })
        .collect();
    let modalities_of = |id: usize| rows.iter().filter(|rows| rows[id].is_some()).count();
    let kept: Vec<usize> = (0..ids.len()).filter(|&id| modalities_of(id) >= 2).collect();
    if let Some(error) = lonely(&parts, tables, &positions, &rows, &kept) {
        return Err(error);
    }
    if kept.len() < MIN_ROWS {
        return Err(Error::TooFewRows { rows: kept.len(), ids: ids.len(), needed: MIN_ROWS });
    }
    note_rows(&parts, tables, &rows, &positions, ids.len() - kept.len(), notices);
    let modalities = parts
        .into_iter()
        .zip(&rows)
        .map(|(part, rows)| {
            let rows: Vec<_> = kept.iter().map(|&id| rows[id]).collect();
            let table = &tables[part.table];
            modality(part, table, &rows, notices)
        })
        .collect::<Result<_, _>>()?;
    Ok(Alignment {
        ids: kept.iter().map(|&id| ids[id].to_owned()).collect(),
        distinct_ids: ids.len(),
        modalities,
    })
}

/// All ids in order of first appearance, and for each table the position of each of its rows.
fn number_ids(tables: &[Table]) -> (Vec<&str>, Vec<Vec<u32>>) {
    let mut ids: Vec<&str> = Vec::new();
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut positions = Vec::with_capacity(tables.len());
    for table in tables {
        let mut number = |id| {
            *known.entry(id).or_insert_with(|| {
                ids.push(id);
                ids.len() as u32 - 1
            })
        };
        positions.push(table.ids.iter().map(|id| number(id.as_str())).collect());
    }
    (ids, positions)
}

/// The error for a part none of whose rows is in another.
fn lonely(
    parts: &[Part],
    tables: &[Table],
    positions: &[Vec<u32>],
    rows: &[Vec<Option<u32>>],
    kept: &[usize],
) -> Option<Error> {
    let is_lonely = |part: usize| kept.iter().all(|&id| rows[part][id].is_none());
    let lonely: Vec<usize> = (0..parts.len()).filter(|&part| is_lonely(part)).collect();
    // Where all are lonely, the first is as good as any to compare the second with.
    let one = *lonely.iter().find(|&&part| part > 0).or(lonely.first())?;
    let other = (0..parts.len()).find(|part| *part != one && !lonely.contains(part));
    let other = other.unwrap_or(usize::from(one == 0));
    let (table, other_table) = (parts[one].table, parts[other].table);
    let mut here = vec![false; rows[one].len()];
    for &id in &positions[table] {
        here[id as usize] = true;
    }
    let meets = |id: &u32| here[*id as usize];
    if table == other_table || positions[other_table].iter().any(meets) {
        // The ids meet, only without a cell: too few rows is what is wrong.
        return None;
    }
    Some(Error::NoCommonIds {
        file: tables[table].file.clone(),
        column: tables[table].id_column.clone(),
        other: tables[other_table].file.clone(),
        hint: crate::hints::ids(&tables[table], &parts[one], &tables[other_table]),
    })
}

fn note_rows(
    parts: &[Part],
    tables: &[Table],
    rows: &[Vec<Option<u32>>],
    positions: &[Vec<u32>],
    dropped: usize,
    notices: &mut Vec<Notice>,
) {
    if dropped > 0 {
        let message = format!(
            "{dropped} of {} ids are in one modality only: their rows are not used",
            rows.first().map_or(0, Vec::len)
        );
        notices.push(notice("rows_dropped", None, None, message));
    }
    if tables.len() < 2 {
        return;
    }
    for (part, rows) in parts.iter().zip(rows) {
        let found = rows.iter().filter(|row| row.is_some()).count();
        let empty = positions[part.table].len() - found;
        if empty > 0 {
            let message = format!(
                "{empty} rows have no cell that could be used: the modality is absent there"
            );
            let file = Some(tables[part.table].file.as_str());
            notices.push(notice("empty_rows", file, None, message));
        }
    }
}

/// Puts the columns of a part in the order of the kept rows, and settles which are used.
fn modality(
    mut part: Part,
    table: &Table,
    rows: &[Option<u32>],
    notices: &mut Vec<Notice>,
) -> Result<RawModality, Error> {
    let present: Vec<bool> = rows.iter().map(Option::is_some).collect();
    let (mut constant, mut gaps) = (Vec::new(), Vec::new());
    for column in &mut part.columns {
        *column = column.gather(rows);
        column.relevel();
        if let Some(dropped) = column.settle(&present) {
            constant.push(dropped.column.clone());
            part.dropped.push(dropped);
        }
        if column.used == ColumnUse::Gaps {
            gaps.push(column.name.clone());
        }
    }
    if part.columns.iter().all(|c| c.used == ColumnUse::Dropped) {
        return Err(no_usable_column(&part, table));
    }
    let mut note = |code, columns: Vec<String>, what: &str| {
        if !columns.is_empty() {
            let message = format!("{} {what}: {}", columns.len(), list(&columns));
            notices.push(notice(code, Some(&table.file), None, message));
        }
    };
    note(
        "constant_columns",
        constant,
        "columns are empty or the same in every row and are not used",
    );
    note("gaps_only", gaps, "columns have one value only: used for where they are empty");
    Ok(RawModality {
        name: part.name,
        file: table.file.clone(),
        id_column: table.id_column.clone(),
        id_by_name: table.id_by_name,
        dialect: table.dialect,
        width: part.width,
        keys: raw_keys(&part.columns, &present),
        columns: part.columns,
        dropped: part.dropped,
        present,
        image: None,
    })
}
