//! What can be wrong with the input.

use crate::structure::Subset;
use thiserror::Error;

/// Why nothing could be computed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FactorError {
    /// There is no modality, or one without columns.
    #[error("modality {modality} has no columns")]
    NoColumns {
        /// Counted from one.
        modality: usize,
    },
    /// Sets of more modalities than this are not counted through.
    #[error("{found} modalities, of at most {most}")]
    TooManyModalities {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// A block of no modality.
    #[error("a block belongs to no modality")]
    EmptySet,
    /// A block names a modality that is not there.
    #[error("block {subset} names a modality that is not there")]
    UnknownModality {
        /// The block.
        subset: Subset,
    },
    /// Two blocks of one set: their columns could be split in any way.
    #[error("block {subset} is given twice")]
    Repeated {
        /// The block.
        subset: Subset,
    },
    /// A block with more factors than rows.
    #[error("block {subset} has {rank} factors on {rows} columns")]
    TooLarge {
        /// The block.
        subset: Subset,
        /// Its factors.
        rank: usize,
        /// The columns of its modalities.
        rows: usize,
    },
    /// Lengths or widths that must agree do not.
    #[error("{what}: expected {expected}, found {found}")]
    Shape {
        /// Of what.
        what: &'static str,
        /// What it should be.
        expected: usize,
        /// What it is.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error("{what} holds a value that is not finite")]
    NotFinite {
        /// Where.
        what: &'static str,
    },
    /// There is nothing to compute on.
    #[error("{found} rows {what}, at least {needed} are needed")]
    TooFewRows {
        /// Of which kind.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there must be.
        needed: usize,
    },
    /// All dimensions are taken by factors, so that none shows the noise alone.
    #[error("{factors} factors on {dimensions} columns leave none to estimate the noise from")]
    NoNoiseDimensions {
        /// R.
        factors: usize,
        /// d.
        dimensions: usize,
    },
    /// A system of equations has no unique solution.
    #[error("{what} is singular")]
    Singular {
        /// Which matrix.
        what: &'static str,
    },
}
