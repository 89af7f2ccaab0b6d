//! Columns of the labels file that are not there to be probed: which rows stay in one split, which
//! are views of one thing, and which train, choose and test. Comes after `labels`.

use crate::Error;
use crate::column::{Column, ColumnKind};
use crate::labels::RawLabel;
use crate::notices::{list, notice};
use trefoil_protocol::{LabelKind, Notice, Split};

/// Fewest groups from which three splits can be filled.
const MIN_GROUPS: usize = 3;

/// Columns that somebody asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) group: Option<String>,
    pub(crate) views: Option<String>,
}

/// What such columns say of the kept rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roles {
    pub(crate) groups: Option<Groups>,
    /// What each kept row is a view of; none: of nothing else.
    pub(crate) views: Option<Vec<Option<u32>>>,
    pub(crate) split: Option<Vec<Split>>,
}

/// Rows that stay in one split.
#[derive(Clone, Debug)]
pub(crate) struct Groups {
    /// Name of the group of each kept row; none: a group of its own.
    pub(crate) of: Vec<Option<u32>>,
    pub(crate) names: Vec<String>,
}

impl Wanted {
    pub(crate) fn kind_of(&self, column: &str) -> Option<LabelKind> {
        let is = |wanted: &Option<String>| wanted.as_deref() == Some(column);
        if is(&self.group) {
            Some(LabelKind::Group)
        } else {
            is(&self.views).then_some(LabelKind::Views)
        }
    }

    /// A column that somebody asked for although there are no labels.
    pub(crate) fn without_labels(&self) -> Option<Error> {
        let group = self.group.clone().map(|column| Error::GroupWithoutLabels { column });
        group.or_else(|| self.views.clone().map(|column| Error::ViewsWithoutLabels { column }))
    }
}

impl Roles {
    pub(crate) fn of(
        file: &str,
        ids: &[String],
        labels: &[RawLabel],
        wanted: &Wanted,
        notices: &mut Vec<Notice>,
    ) -> Result<Self, Error> {
        let groups = column(file, labels, wanted.group.as_deref(), LabelKind::Group)?
            .map(|label| groups(file, label))
            .transpose()?;
        if let Some(groups) = &groups {
            note_lone_rows(file, groups, notices);
        }
        let views = column(file, labels, wanted.views.as_deref(), LabelKind::Views)?.map(codes);
        let split = labels
            .iter()
            .find(|label| label.kind == LabelKind::Split)
            .map(|label| split(file, ids, label))
            .transpose()?;
        if split.is_some() {
            let message = "train, validation and test rows are those that the column split names";
            notices.push(notice("split_given", Some(file), None, message.to_owned()));
        }
        Ok(Self { groups, views, split })
    }
}

/// The column that was asked for by name, or else the one that the card says.
fn column<'a>(
    file: &str,
    labels: &'a [RawLabel],
    name: Option<&str>,
    kind: LabelKind,
) -> Result<Option<&'a RawLabel>, Error> {
    let Some(name) = name else {
        return Ok(labels.iter().find(|label| label.kind == kind));
    };
    let known: Vec<_> = labels.iter().map(|label| &label.name).collect();
    let label = labels.iter().find(|label| label.name == name);
    label.map(Some).ok_or_else(|| Error::NoSuchColumn {
        file: Some(file.to_owned()),
        column: name.to_owned(),
        known: list(&known),
    })
}

fn codes(label: &RawLabel) -> Vec<Option<u32>> {
    label.values.iter().map(|value| (!value.is_nan()).then_some(*value as u32)).collect()
}

fn groups(file: &str, label: &RawLabel) -> Result<Groups, Error> {
    let of = codes(label);
    let lone = of.iter().filter(|group| group.is_none()).count();
    let groups = label.classes.len() + lone;
    if groups < MIN_GROUPS {
        return Err(Error::TooFewGroups {
            file: file.to_owned(),
            column: label.name.clone(),
            groups,
            needed: MIN_GROUPS,
        });
    }
    Ok(Groups { of, names: label.classes.clone() })
}

fn note_lone_rows(file: &str, groups: &Groups, notices: &mut Vec<Notice>) {
    let lone = groups.of.iter().filter(|group| group.is_none()).count();
    if lone > 0 {
        let message = format!("{lone} rows have no group: each is a group of its own");
        notices.push(notice("rows_without_group", Some(file), None, message));
    }
}

fn split_of(word: &str) -> Option<Split> {
    match word.to_lowercase().as_str() {
        "train" | "training" => Some(Split::Train),
        "validation" | "valid" | "val" | "dev" => Some(Split::Validation),
        "test" => Some(Split::Test),
        _ => None,
    }
}

/// Whether a column says which rows train, choose and test: it is called `split`, has these words
/// and no others, and each of them.
pub(crate) fn is_split(column: &Column) -> bool {
    if column.kind != ColumnKind::Category || !column.name.eq_ignore_ascii_case("split") {
        return false;
    }
    let found: Option<Vec<Split>> = column.levels.iter().map(|level| split_of(level)).collect();
    let all = [Split::Train, Split::Validation, Split::Test];
    found.is_some_and(|found| all.iter().all(|split| found.contains(split)))
}

fn split(file: &str, ids: &[String], label: &RawLabel) -> Result<Vec<Split>, Error> {
    let words: Vec<Option<Split>> = label.classes.iter().map(|word| split_of(word)).collect();
    let of = |(id, value): (&String, &f32)| {
        let word = (!value.is_nan()).then(|| words.get(*value as usize).copied().flatten());
        word.flatten().ok_or_else(|| Error::NoSplit {
            file: file.to_owned(),
            column: label.name.clone(),
            id: id.clone(),
        })
    };
    let split: Vec<Split> = ids.iter().zip(&label.values).map(of).collect::<Result<_, _>>()?;
    for (part, word) in
        [(Split::Train, "train"), (Split::Validation, "validation"), (Split::Test, "test")]
    {
        if !split.contains(&part) {
            let (file, column) = (file.to_owned(), label.name.clone());
            return Err(Error::EmptySplit { file, column, word });
        }
    }
    Ok(split)
}
