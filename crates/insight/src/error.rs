//! What can be wrong with the input.

use thiserror::Error;

/// Why nothing could be computed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InsightError {
    /// Lengths or widths that must agree do not.
    #[error("{what}: expected {expected}, found {found}")]
    Shape {
        /// Of what.
        what: String,
        /// What it should be.
        expected: usize,
        /// What it is.
        found: usize,
    },
    /// A value is NaN or infinite: the replica diverged, or the data were not cleaned.
    #[error("{what} holds a value that is not finite")]
    NotFinite {
        /// Where.
        what: String,
    },
    /// There is nothing to compute on.
    #[error("too few rows: {what}")]
    TooFewRows {
        /// Of what kind, and how many there are.
        what: String,
    },
    /// Cells are negative or not finite, or there is nothing in any.
    #[error("{what} is not a table of probabilities or counts")]
    NotATable {
        /// What should be one.
        what: String,
    },
    /// A table has more cells than can be counted or decomposed.
    #[error("{what}: {found} cells, more than {most}")]
    TooManyCells {
        /// Of what.
        what: String,
        /// How many there may be.
        most: usize,
        /// How many there would be.
        found: usize,
    },
    /// There is none with this position.
    #[error("there is no {what}")]
    Missing {
        /// What was asked for.
        what: String,
    },
}
