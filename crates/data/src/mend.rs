//! What to do about each [`Error`]: apart from it, so that the words can be read in one go.

use crate::Error;
use crate::error::RaggedCause;

impl Error {
    /// What the person can do about it, as one or two sentences.
    pub fn mend(&self) -> String {
        match self {
            Self::Empty { .. } | Self::HeaderOnly { .. } => {
                "Choose a table with a header and at least 20 rows.".to_owned()
            }
            Self::TooLarge { limit, .. }
            | Self::TooLargeUnpacked { limit, .. }
            | Self::TooLargeTogether { limit, .. } => format!(
                "Leave out columns or rows, or write fewer digits, until it is below {} MiB.",
                limit >> 20
            ),
            Self::Binary { .. } => {
                "Save the table as CSV (in a spreadsheet: File, Save as, CSV UTF-8), and choose that file."
                    .to_owned()
            }
            Self::Nul { .. } => "Remove the character, or export the table again.".to_owned(),
            Self::NotUtf8 { .. } => {
                "Save it again as UTF-8 (in a spreadsheet: Save as, CSV UTF-8; in an editor: Save with encoding)."
                    .to_owned()
            }
            Self::Gzip { .. } => {
                "Compress or download the file again, or choose it unpacked.".to_owned()
            }
            Self::UnclosedQuote { .. } => {
                "Close the quote, or remove it; a quote inside a quoted cell is written twice (\"\")."
                    .to_owned()
            }
            Self::Ragged { cause, row, .. } => ragged(*cause, *row),
            Self::DuplicateColumn { column, .. } => {
                let hint = if column.parse::<f64>().is_ok() {
                    " If the file has no header, add one."
                } else {
                    ""
                };
                format!("Rename or remove one of the two.{hint}")
            }
            Self::NoIdColumn { .. } => {
                "Name the column that tells the rows apart \u{201c}id\u{201d}, with the same ids in every file."
                    .to_owned()
            }
            Self::BrokenId { .. } => {
                "Look for a quote that is not closed in this row or before it.".to_owned()
            }
            Self::EmptyId { .. } => "Give the row an id, or remove it.".to_owned(),
            Self::DuplicateId { .. } => {
                "Remove one of the two rows, or give them different ids; one row stands for one sample."
                    .to_owned()
            }
            Self::Infinite { .. } => {
                "Leave the cell empty if the value is not known, or write a finite number.".to_owned()
            }
            Self::NoUsableColumn { .. } => {
                "Give it a column with at least two different numbers or categories, or leave the file out."
                    .to_owned()
            }
            _ => self.mend_whole(),
        }
    }

    /// Of what concerns files as wholes, and the choices around them.
    fn mend_whole(&self) -> String {
        match self {
            Self::TooFewModalities { .. } => {
                "Add a table, one a modality; or name the columns of one table modality.feature, with two different modalities before the dot."
                    .to_owned()
            }
            Self::TooManyModalities { limit, .. } => {
                format!("Leave out tables until {limit} are left, or join some into one.")
            }
            Self::DuplicateModality { .. } => {
                "Rename one of the two files, or leave it out.".to_owned()
            }
            Self::NoCommonIds { .. } => {
                "Write the ids in the same way in every file; they are compared as text, letter by letter."
                    .to_owned()
            }
            Self::TooFewRows { .. } => {
                "Add rows, or check that the ids are written in the same way in every file; they are compared as text."
                    .to_owned()
            }
            Self::LabelsWithoutMatch { .. } => {
                "Use the same ids as in the tables of features, or go on without labels.".to_owned()
            }
            Self::NoSuchModality { .. } => "Choose among these.".to_owned(),
            Self::NoSuchFile { .. } => {
                "Put it beside the others, or correct its name in dataset.json.".to_owned()
            }
            Self::NoSuchColumn { .. } => "Choose one of these.".to_owned(),
            Self::GroupWithoutLabels { .. } => {
                "Add the labels file that has this column, or go on without groups.".to_owned()
            }
            Self::ViewsWithoutLabels { .. } => {
                "Add the labels file that has this column, or go on without views.".to_owned()
            }
            Self::NoSplit { .. } | Self::EmptySplit { .. } => {
                "Write train, validation or test in every row and each of them at least once, or \
                 give the column another name to have the rows drawn."
                    .to_owned()
            }
            Self::TooFewGroups { .. } => {
                "Choose a column with more groups, or go on without groups.".to_owned()
            }
            Self::Card { .. } => {
                "Correct the file, or remove it: without it every table of the folder is a modality."
                    .to_owned()
            }
            Self::Changed { .. } => {
                "Choose the file as it was, or start a new experiment with this one.".to_owned()
            }
            _ => "Change the parameter.".to_owned(),
        }
    }
}

fn ragged(cause: RaggedCause, row: u64) -> String {
    match cause {
        RaggedCause::QuotedLineBreak => format!(
            "A cell of this row goes on over several lines: look for a quote that is not closed in or before row {row}."
        ),
        RaggedCause::HeaderLacksFirst => {
            "Give the first column a name, \u{201c}id\u{201d} for one; R leaves it out unless told col.names = NA."
                .to_owned()
        }
        RaggedCause::OneColumn => {
            "The first row must be the header: remove titles above it; and separate cells by comma, semicolon, tab or bar."
                .to_owned()
        }
        RaggedCause::Unknown => {
            "Give every row as many cells as the header has; quote cells that contain the delimiter."
                .to_owned()
        }
    }
}
