//! What can be wrong with the data that came in. `mend` says what to do about each.

use trefoil_protocol::{Fault, FaultKind};

/// Why data cannot be loaded; nothing that was loaded before is touched.
///
/// `row` is as a spreadsheet numbers it: the header is row 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the nouns of the message beside them")]
pub enum Error {
    /// No byte, or nothing but white space.
    #[error("the file is empty")]
    Empty { file: String },
    /// Nothing below the header.
    #[error("the file has a header but no rows")]
    HeaderOnly { file: String },
    /// Refused before it is read whole.
    #[error("the file has {bytes} bytes; the limit is {limit} bytes ({} MiB)", limit >> 20)]
    TooLarge { file: String, bytes: u64, limit: u64 },
    /// A small file that unpacks to a large one.
    #[error("unpacked, the file has more than {limit} bytes ({} MiB), the limit", limit >> 20)]
    TooLargeUnpacked { file: String, limit: u64 },
    /// Each file is small enough, all together are not.
    #[error("the files have {bytes} bytes together; the limit is {limit} bytes ({} MiB)", limit >> 20)]
    TooLargeTogether { bytes: u64, limit: u64 },
    /// Not text at all.
    #[error("this is {what}, not a table in text form")]
    Binary { file: String, what: &'static str },
    /// A NUL character in text.
    #[error("there is a NUL character (a zero byte) in this cell")]
    Nul { file: String, row: u64, column: String },
    /// Text in another encoding.
    #[error("the text is not UTF-8; it looks like {guess}")]
    NotUtf8 { file: String, row: Option<u64>, column: Option<String>, guess: &'static str },
    /// A `.gz` that cannot be unpacked.
    #[error("the file is gzip-compressed and cannot be unpacked ({reason})")]
    Gzip { file: String, reason: String },
    /// A quote that is opened and never closed.
    #[error("a quote that is opened in this cell is never closed")]
    UnclosedQuote { file: String, row: u64, column: String },
    /// A row with too few or too many cells.
    #[error("this row has {found} cells, the header has {expected}")]
    Ragged {
        file: String,
        row: u64,
        /// The first column without a cell, or the last one where there are too many.
        column: String,
        found: usize,
        expected: usize,
        cause: RaggedCause,
    },
    /// Two columns of one name.
    #[error("columns {first} and {second} have the same name \u{201c}{column}\u{201d}")]
    DuplicateColumn {
        file: String,
        column: String,
        /// Position in the header, from 1.
        first: usize,
        second: usize,
    },
    /// No column called `id`, and the first cannot serve.
    #[error("no column is called \u{201c}id\u{201d}, and the first column cannot serve: {why}")]
    NoIdColumn { file: String, row: u64, column: String, why: String },
    /// A row without id.
    #[error("the id is empty")]
    EmptyId { file: String, row: u64, column: String },
    /// An id with a line break: a stray quote has swallowed rows.
    #[error("the id goes on over several lines")]
    BrokenId { file: String, row: u64, column: String },
    /// Two rows with one id.
    #[error("the id \u{201c}{id}\u{201d} is in row {first} already")]
    DuplicateId { file: String, row: u64, column: String, id: String, first: u64 },
    /// A number that is infinite or beyond what 32 bits hold.
    #[error("\u{201c}{cell}\u{201d} is infinite or too large (the limit is 3.4e38)")]
    Infinite { file: String, row: u64, column: String, cell: String },
    /// A modality from which no encoder can read anything.
    #[error("modality \u{201c}{modality}\u{201d} has no usable column{why}")]
    NoUsableColumn { file: String, modality: String, why: String },
    /// One modality or none.
    #[error("modalities found: {found}; at least 2 are needed")]
    TooFewModalities { file: Option<String>, found: usize },
    /// Nine modalities or more.
    #[error("there are {found} modalities; the limit is {limit}")]
    TooManyModalities {
        /// The first one too many.
        file: Option<String>,
        found: usize,
        limit: usize,
    },
    /// Two files that would be one modality.
    #[error("\u{201c}{other}\u{201d} is called \u{201c}{modality}\u{201d} too")]
    DuplicateModality { file: String, other: String, modality: String },
    /// A modality whose ids no other modality has.
    #[error("no id of this file is in another file, \u{201c}{other}\u{201d} for one{hint}")]
    NoCommonIds { file: String, column: String, other: String, hint: String },
    /// Too few rows to split and to learn from.
    #[error(
        "only {rows} of {ids} ids are in two modalities or more; at least {needed} rows are needed"
    )]
    TooFewRows { rows: usize, ids: usize, needed: usize },
    /// Labels for other rows.
    #[error("no id of the labels is an id of the data{hint}")]
    LabelsWithoutMatch { file: String, column: String, hint: String },
    /// A modality that was asked for and is not there.
    #[error("there is no modality \u{201c}{name}\u{201d}; there are {known}")]
    NoSuchModality { name: String, known: String },
    /// A file that was asked for and is not there.
    #[error("the file is not there")]
    NoSuchFile { file: String },
    /// A label that was asked for and is not there.
    #[error("there is no column \u{201c}{column}\u{201d}; there are {known}")]
    NoSuchColumn { file: Option<String>, column: String, known: String },
    /// A group column, and no labels file that could have it.
    #[error("\u{201c}{column}\u{201d} is to keep groups together, but there is no labels file")]
    GroupWithoutLabels { column: String },
    /// A column of views, and no labels file that could have it.
    #[error("\u{201c}{column}\u{201d} is to name views, but there is no labels file")]
    ViewsWithoutLabels { column: String },
    /// A row that is in no split, although a column names the splits.
    #[error("this column says which rows train and test, but not for the row \u{201c}{id}\u{201d}")]
    NoSplit { file: String, column: String, id: String },
    /// A split that no kept row is in.
    #[error("no row that is kept is in \u{201c}{word}\u{201d}")]
    EmptySplit { file: String, column: String, word: &'static str },
    /// Too few groups to fill three splits.
    #[error("this column has {groups} groups; at least {needed} are needed to split by")]
    TooFewGroups { file: String, column: String, groups: usize, needed: usize },
    /// A `dataset.json` that cannot be understood.
    #[error("the description cannot be read: {reason}")]
    Card { file: String, line: u64, reason: String },
    /// A file of the right name with other content.
    #[error("the file has changed: its content is not what the link or run.json names")]
    Changed { file: String },
    /// A generator that cannot make this.
    #[error("{parameter} cannot be {value}; use {expected}")]
    Generator { parameter: String, value: String, expected: String },
}

/// What most likely made a row ragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RaggedCause {
    /// A cell spans lines: a quote was opened and closed in the wrong place.
    QuotedLineBreak,
    /// One cell more than the header, in the first row already: the header lacks the name of the
    /// first column, as R writes it.
    HeaderLacksFirst,
    /// The header has one cell: a title above it, or another delimiter.
    OneColumn,
    /// None of these.
    Unknown,
}

impl Error {
    /// The file, row and column to show.
    pub fn place(&self) -> (Option<&str>, Option<u64>, Option<&str>) {
        match self {
            Self::Empty { file }
            | Self::HeaderOnly { file }
            | Self::TooLarge { file, .. }
            | Self::TooLargeUnpacked { file, .. }
            | Self::Binary { file, .. }
            | Self::Gzip { file, .. }
            | Self::NoUsableColumn { file, .. }
            | Self::DuplicateModality { file, .. }
            | Self::NoSuchFile { file }
            | Self::Changed { file } => (Some(file), None, None),
            Self::Nul { file, row, column }
            | Self::UnclosedQuote { file, row, column }
            | Self::Ragged { file, row, column, .. }
            | Self::NoIdColumn { file, row, column, .. }
            | Self::EmptyId { file, row, column }
            | Self::BrokenId { file, row, column }
            | Self::DuplicateId { file, row, column, .. }
            | Self::Infinite { file, row, column, .. } => (Some(file), Some(*row), Some(column)),
            Self::NotUtf8 { file, row, column, .. } => (Some(file), *row, column.as_deref()),
            Self::DuplicateColumn { file, column, .. } => (Some(file), Some(1), Some(column)),
            Self::NoCommonIds { file, column, .. }
            | Self::LabelsWithoutMatch { file, column, .. }
            | Self::NoSplit { file, column, .. }
            | Self::EmptySplit { file, column, .. }
            | Self::TooFewGroups { file, column, .. } => (Some(file), None, Some(column)),
            Self::TooFewModalities { file, .. } | Self::TooManyModalities { file, .. } => {
                (file.as_deref(), None, None)
            }
            Self::NoSuchColumn { file, column, .. } => (file.as_deref(), None, Some(column)),
            Self::Card { file, line, .. } => (Some(file), Some(*line), None),
            Self::TooLargeTogether { .. }
            | Self::TooFewRows { .. }
            | Self::NoSuchModality { .. }
            | Self::GroupWithoutLabels { .. }
            | Self::ViewsWithoutLabels { .. }
            | Self::Generator { .. } => (None, None, None),
        }
    }
}

impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        let (file, row, column) = error.place();
        Self {
            kind: FaultKind::Input,
            file: file.map(str::to_owned),
            row,
            column: column.map(str::to_owned),
            message: error.to_string(),
            mend: error.mend(),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}
