use serde::{Deserialize, Serialize};
use std::fmt;

/// What went wrong, in words for the person who can mend it.
///
/// Built in one place from the typed errors of the crates (`train::Session`), shown as it is by
/// the page and by the command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Whose turn it is to act.
    pub kind: FaultKind,
    /// File concerned, by the name that the user gave it.
    pub file: Option<String>,
    /// Row of the file as a spreadsheet numbers it: the header is row 1.
    pub row: Option<u64>,
    /// Column concerned, by its name in the header.
    pub column: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub mend: String,
}

/// Who can mend a [`Fault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A file, a setting or an argument: the user's to mend (exit status 2).
    Input,
    /// No adapter, a lost device, too little memory (exit status 1).
    Device,
    /// Our mistake (exit status 1).
    Internal,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}")?;
            if let Some(row) = self.row {
                write!(f, ", row {row}")?;
            }
            if let Some(column) = &self.column {
                write!(f, ", column \u{201c}{column}\u{201d}")?;
            }
            write!(f, ": ")?;
        }
        write!(f, "{}. {}", self.message, self.mend)
    }
}
