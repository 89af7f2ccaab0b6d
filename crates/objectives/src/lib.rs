//! The objectives: CLIP, Symile, HCL and COrAL, and what COrAL is compared with, `CoMM` and
//! Cross+Self, each one a forward graph in a file of its own.
//!
//! An objective records what it minimises and what its embeddings are ([`trefoil_plan::Model`]),
//! and says how to read them ([`Objective`]): what it makes of a modality alone, which blocks it
//! has, and which inner product scores a retrieval. Gradients, optimiser, validation, replicas and
//! devices are not its concern.
//!
//! To add one, write its file, name it in `protocol::ObjectiveName` and in [`build`].
//!
//! Before this crate stands `trefoil-data`, after it `trefoil-plan`.

mod blocks;
mod clip;
mod comm;
mod coral;
mod cross_self;
mod encoder;
mod fusion;
mod hcl;
mod hcl_linear;
mod hcl_official;
mod readout;
mod settings;
mod shape;
mod subsets;
mod symile;

pub use clip::Clip;
pub use comm::Comm;
pub use coral::{Coral, Views};
pub use cross_self::CrossSelf;
pub use hcl::Hcl;
pub use hcl_linear::{HclLinear, loadings_name, noise_name};
pub use hcl_official::HclOfficial;
pub use readout::{Block, Head, Objective, Outputs, Readout, Score};
pub use settings::{Sizes, training};
pub use shape::{ModalityShape, Shape};
pub use symile::Symile;

use trefoil_protocol::{HclForm, HclLoss, ObjectiveName, Settings};

/// A combination of data and settings that an objective cannot be trained on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Too many combinations for a loss over all of them.
    #[error(
        "Symile with every combination as a negative would compare {rows} rows with {combinations} \
         combinations each; use negatives=n, or a smaller batch"
    )]
    Combinations {
        /// Rows of a batch.
        rows: u32,
        /// Combinations of the other modalities' rows.
        combinations: u64,
    },
    /// A given block that no set of modalities is called.
    #[error(
        "ranks has a block {name}, and the modalities are {}; name a block by its modalities, in \
         this order, as in {}=2",
        .modalities.join(", "),
        .modalities[..2].join("+")
    )]
    UnknownBlock {
        /// What was given.
        name: String,
        /// The modalities.
        modalities: Vec<String>,
    },
    /// Given blocks without one for some modality.
    #[error("ranks leaves {modality} without any block; add {modality}=1")]
    NoBlock {
        /// The modality.
        modality: String,
    },
    /// More columns than there may be tokens.
    #[error(
        "COrAL and CoMM with a token for each column (tokenizer=feature) take {most} columns of a \
         modality at most, and {modality} has {columns}; let tokens come from the encoder \
         (tokenizer=encoder), or switch {modality} off"
    )]
    TooManyFeatures {
        /// The modality.
        modality: String,
        /// Its encoder inputs.
        columns: u32,
        /// What it may have.
        most: u32,
    },
    /// More columns than square matrices over them are held for.
    #[error(
        "the blocks of all modalities are {columns} columns wide together, more than {most}; make \
         some of them smaller"
    )]
    BlocksTooWide {
        /// Their columns.
        columns: u32,
        /// What they may have.
        most: u32,
    },
    /// The official loss takes one encoder a level, so that all blocks have one size here.
    #[error("the official loss needs blocks of one size; use ranks=equal, or loss=decorrelated")]
    UnequalBlocks,
    /// A width that cannot be divided into heads.
    #[error("token_width is {width}; use a multiple of 4")]
    TokenWidth {
        /// The width.
        width: u32,
    },
}

/// The objective of this name on data of this shape.
///
/// # Errors
/// Where the settings do not fit the data.
pub fn build(
    name: ObjectiveName,
    settings: &Settings,
    shape: &Shape,
) -> Result<Box<dyn Objective>, BuildError> {
    Ok(match name {
        ObjectiveName::Clip => Box::new(Clip::new(settings, shape)),
        ObjectiveName::Symile => Box::new(Symile::new(settings, shape)?),
        ObjectiveName::Hcl if settings.form == HclForm::Linear => {
            Box::new(HclLinear::new(settings, shape)?)
        }
        ObjectiveName::Hcl if settings.loss == HclLoss::Official => {
            Box::new(HclOfficial::new(settings, shape)?)
        }
        ObjectiveName::Hcl => Box::new(Hcl::new(settings, shape)?),
        ObjectiveName::Coral => Box::new(Coral::new(settings, shape)?),
        ObjectiveName::Comm => Box::new(Comm::new(settings, shape)?),
        ObjectiveName::CrossSelf => Box::new(CrossSelf::new(settings, shape)),
    })
}
