//! Labels and groups: the columns of the labels file in the order of the kept rows. Comes after
//! `align`; `targets` makes of them what probes predict, once the split is known.

use crate::Error;
use crate::column::{Column, ColumnKind};
use crate::hints::nearly;
use crate::notices::{list, notice};
use crate::roles::{Roles, Wanted, is_split};
use crate::table::Table;
use std::collections::HashMap;
use trefoil_protocol::{DatasetCard, LabelKind, Notice};

/// Most classes that are probed.
pub const MAX_CLASSES: usize = 30;
/// Most distinct whole numbers that are taken as classes.
const MAX_INTEGER_CLASSES: usize = 20;

/// One column of the labels file, as it was read.
#[derive(Clone, Debug)]
pub(crate) struct RawLabel {
    pub(crate) name: String,
    pub(crate) kind: LabelKind,
    /// One a kept row: the class or the number; NaN where missing.
    pub(crate) values: Vec<f32>,
    /// Names of the classes or texts; empty for a number.
    pub(crate) classes: Vec<String>,
}

/// The labels of the kept rows `ids`.
pub(crate) fn labels(
    table: Table,
    ids: &[String],
    card: Option<&DatasetCard>,
    wanted: &Wanted,
    notices: &mut Vec<Notice>,
) -> Result<(Vec<RawLabel>, Roles), Error> {
    let known: HashMap<&str, u32> = (0..).zip(&table.ids).map(|(r, id)| (id.as_str(), r)).collect();
    let rows: Vec<Option<u32>> = ids.iter().map(|id| known.get(id.as_str()).copied()).collect();
    let found = rows.iter().flatten().count();
    if found == 0 {
        let near = nearly(&table.ids, ids).or(table.ids.first().zip(ids.first()).map(both));
        let hint =
            near.map(|(a, b)| format!(", such as \u{201c}{a}\u{201d} and \u{201c}{b}\u{201d}"));
        return Err(Error::LabelsWithoutMatch {
            file: table.file,
            column: table.id_column,
            hint: hint.unwrap_or_default(),
        });
    }
    if found < ids.len() {
        let message = format!("{} of {} rows have no labels", ids.len() - found, ids.len());
        notices.push(notice("rows_without_labels", Some(&table.file), None, message));
    }
    let mut labels = Vec::with_capacity(table.columns.len());
    let mut overruled = Vec::new();
    for column in &table.columns {
        let column = column.gather(&rows);
        let wanted = wanted
            .kind_of(&column.name)
            .or_else(|| kind_of(card, &column.name))
            .or_else(|| is_split(&column).then_some(LabelKind::Split));
        let label = label(column, wanted);
        if wanted.is_none() && label.kind == LabelKind::Text {
            let message = format!(
                "not probed: {} values, most of them in one row only, name rows rather than \
                 classes",
                label.classes.len()
            );
            notices.push(notice("label_skipped", Some(&table.file), Some(&label.name), message));
        }
        if wanted.is_some_and(|wanted| wanted != label.kind) {
            overruled.push(label.name.clone());
        }
        labels.push(label);
    }
    if !overruled.is_empty() {
        let message =
            format!("text is not a number, whatever dataset.json says: {}", list(&overruled));
        notices.push(notice("label_kind", Some(&table.file), None, message));
    }
    let roles = Roles::of(&table.file, ids, &labels, wanted, notices)?;
    Ok((labels, roles))
}

fn both<'a>((a, b): (&'a String, &'a String)) -> (&'a str, &'a str) {
    (a, b)
}

fn kind_of(card: Option<&DatasetCard>, column: &str) -> Option<LabelKind> {
    let mut labels = card?.labels.iter();
    labels.find(|label| label.name == column).map(|l| l.kind)
}

/// A class if it is text or has at most 20 distinct whole numbers, else a number; what the card
/// says goes before.
fn label(mut column: Column, wanted: Option<LabelKind>) -> RawLabel {
    if column.kind == ColumnKind::Category {
        column.relevel();
        let filled = column.cells.iter().filter(|cell| !cell.is_nan()).count();
        // More than half of the values are there once: they name rows.
        let names_rows = column.levels.len() > MAX_CLASSES && 2 * column.levels.len() > filled;
        let kind = match wanted {
            Some(wanted) if wanted != LabelKind::Number => wanted,
            _ if names_rows => LabelKind::Text,
            _ => LabelKind::Class,
        };
        return RawLabel { name: column.name, kind, values: column.cells, classes: column.levels };
    }
    // Without the offset, to which 32 bits would round ids of eight digits.
    let mut distinct: Vec<f32> = column.cells.iter().copied().filter(|v| !v.is_nan()).collect();
    distinct.sort_by(f32::total_cmp);
    distinct.dedup();
    let written: Vec<f64> = distinct.iter().map(|v| column.offset + f64::from(*v)).collect();
    let few = distinct.len() <= MAX_INTEGER_CLASSES && written.iter().all(|v| v.fract() == 0.0);
    let kind = wanted.unwrap_or(if few { LabelKind::Class } else { LabelKind::Number });
    if kind == LabelKind::Number {
        let values = column.values();
        return RawLabel { name: column.name, kind, values, classes: Vec::new() };
    }
    let class = |value: f32| distinct.partition_point(|v| *v < value) as f32;
    let code = |value: &f32| if value.is_nan() { *value } else { class(*value) };
    RawLabel {
        name: column.name,
        kind,
        values: column.cells.iter().map(code).collect(),
        classes: written.iter().map(f64::to_string).collect(),
    }
}
