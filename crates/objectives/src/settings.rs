//! From the settings of a run to the sizes of its plan.

use crate::Shape;
use trefoil_plan::{Optimiser, Training};
use trefoil_protocol::{Schedule, Settings};

/// Sizes of the data that a plan is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Kept rows.
    pub rows: u32,
    /// Training rows.
    pub train: u32,
    /// Validation rows.
    pub validation: u32,
    /// How many rows are views of something, where a column says what rows are views of.
    pub views: Option<u32>,
    /// Steps of the run.
    pub steps: u32,
}

/// Rows of a batch of embeddings.
const EMBED_ROWS: u32 = 256;
/// Steps that the ring of records holds: more than are ever under way at once.
const RING: u32 = 1024;

impl Sizes {
    /// Rows of a training batch: no more than the training split holds.
    pub fn batch(&self, settings: &Settings) -> u32 {
        settings.batch.min(self.train).max(2)
    }
}

/// The training that these settings ask for.
pub fn training(settings: &Settings, shape: &Shape, sizes: Sizes) -> Training {
    let batch = sizes.batch(settings);
    Training {
        rows: sizes.rows,
        inputs: shape.modalities.iter().map(|m| m.inputs).collect(),
        complete: shape.is_complete(),
        train_rows: sizes.train,
        validation_rows: sizes.validation,
        batch,
        validation_batch: batch.min(sizes.validation).max(1),
        contiguous: false,
        views: sizes.views,
        embed_rows: EMBED_ROWS.min(sizes.rows),
        optimiser: Optimiser {
            rate: settings.lr,
            scale_factor: settings.scale_lr,
            warmup: settings.warmup.min(sizes.steps / 2),
            steps: sizes.steps,
            cosine: settings.schedule == Schedule::Cosine,
            decay: settings.weight_decay,
        },
        patience: settings.patience,
        ring: RING,
    }
}
