use crate::{DataSource, RunConfig, Split};
use serde::{Deserialize, Serialize};

/// What a person asks for. Goes from the page to the worker, and from the command line to the
/// same session.
///
/// The bytes of files do not travel in a command: the worker reads them where they are (a `File`
/// of the page, a same-origin asset, a path), and hands them to the session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Read data; what is loaded stays until the new data is found good.
    Load {
        /// What to read.
        data: DataSource,
        /// The split and generated data follow it.
        seed: u64,
    },
    /// Settings for the next run; answered with a forecast or a fault.
    Configure {
        /// The whole configuration.
        config: RunConfig,
    },
    /// Start, or go on.
    Play,
    /// Stop submitting; everything stays.
    Pause,
    /// One step of every objective.
    Step,
    /// End training here and evaluate.
    Stop,
    /// Back to the same initial weights.
    Reset,
    /// Give up the task in progress (reading, counting factors, evaluating).
    Cancel,
    /// Count the factors that the modalities share, on the training rows.
    CountFactors,
    /// Send the values of a column, to colour points by.
    Colour {
        /// Which.
        by: Colour,
    },
    /// Make a file.
    Export {
        /// Which.
        what: Export,
    },
}

/// A column to colour points by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// A column of the labels file.
    Label {
        /// Its name.
        column: String,
    },
    /// A column of a modality.
    Feature {
        /// The modality.
        modality: String,
        /// Its column.
        column: String,
    },
}

/// A file that the worker can make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Export {
    /// `losses.csv`
    Losses,
    /// `embeddings/<objective>/<seed>.csv`
    Embeddings {
        /// Position of the objective in the configuration.
        objective: u32,
        /// Position of the seed; none for every seed that did not diverge, a file each.
        seed: Option<u32>,
        /// The rows of one split; none for all rows.
        rows: Option<Split>,
    },
}
