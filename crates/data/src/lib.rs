//! Bytes to a validated, aligned, split data set.
//!
//! Two stages, because the split follows the seed and the reading does not:
//!
//! 1. [`Layout`] says which files make a data set and in which role (a folder, a shipped set, the
//!    files on a page); [`Layout::read`] parses them, joins their rows by id and gives [`Aligned`].
//!    [`generated`] gives the same for data with known truth.
//! 2. [`Aligned::prepare`] splits the rows by a seed, imputes and standardises on the training
//!    rows and gives the [`Dataset`] that objectives train on and `trefoil-insight` measures.
//!
//! What is wrong with an input is an [`Error`], which becomes a `protocol::Fault` with the file,
//! the row, the column and the mend. Nothing here reads files or the clock, so that it is the same
//! in a browser.

mod align;
mod bytes;
mod cell;
mod column;
mod dataset;
mod draft;
mod encode;
mod error;
mod generate;
mod hints;
mod ids;
mod keys;
mod labels;
mod layout;
mod mend;
mod notices;
mod parts;
mod reading;
mod records;
mod roles;
mod sniff;
mod split;
mod summary;
mod table;
mod targets;
mod truth;

pub use align::{Aligned, MIN_ROWS, RawModality};
pub use bytes::{MAX_FILE_BYTES, MAX_TOTAL_BYTES, check_digest, check_size, check_sizes, digest};
pub use column::{Column, ColumnKind, ColumnUse};
pub use dataset::{Dataset, Modality};
pub use encode::{FARTHEST, InputColumn, InputKind};
pub use error::{Error, RaggedCause};
pub use generate::{MAX_GENERATED_ROWS, generate, generated};
pub use keys::ABSENT;
pub use labels::MAX_CLASSES;
pub use layout::{
    CARD_FILE, Layout, NamedBytes, TRUTH_FILE, is_labels, is_table, modality_name, parse_card,
};
pub use parts::{MAX_MODALITIES, MIN_MODALITIES};
pub use reading::Reading;
pub use split::Splits;
pub use table::MAX_LEVELS;
pub use targets::{Label, MIN_CLASS_ROWS, Target};
pub use truth::{Factor, Truth, TruthFile};
