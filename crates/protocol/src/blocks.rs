//! Parts of the report about what an objective's blocks tell, and which of them a label needs.

use crate::{Cell, ProbeKind};
use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use schemars::JsonSchema;

/// How many bits of a class the whole embedding tells beyond the best single modality, by the same
/// kind of probe. A difference of two estimates on test rows: it can be negative, and it is not
/// the synergy of a decomposition. Each probe is measured on the rows that have what it reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct NeedsSeveral {
    /// Label column.
    pub target: String,
    /// Linear or MLP.
    pub probe: ProbeKind,
    /// Bits from the whole embedding.
    pub all: Cell,
    /// The single modality that told most on validation rows, mean over seeds; null where none told
    /// more there than the shares of the classes do.
    pub best: Option<String>,
    /// Bits from that modality alone; 0 where there is none.
    pub best_single: Cell,
    /// `all` − `best_single`, seed by seed.
    pub needs_several: Cell,
}

/// How far the heads that an orthogonality penalty holds apart are apart, on test rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Orthogonality {
    /// Every two heads.
    pub pairs: Vec<HeadPair>,
    /// What independent random directions have, √(2/(πd)) in d dimensions: a pair is orthogonal as
    /// far as it lies below this, not as far as it is near zero.
    pub random: f64,
}

/// Two heads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct HeadPair {
    /// The two blocks.
    pub blocks: Vec<String>,
    /// Mean over rows of |cos| between their heads.
    pub mean_abs_cosine: Cell,
}

/// Which of HCL's blocks a target needs: group lasso on the training rows, the size of the
/// penalty by our rule, least squares on the blocks that it keeps. Linear in the blocks, of rows
/// that have every modality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct BlockSelection {
    /// Label column.
    pub target: String,
    /// The class that is told from all others (1 against 0); null for a number.
    pub class: Option<String>,
    /// Training rows of the regression.
    pub fit_rows: u32,
    /// Every block, in the order of the objective.
    pub blocks: Vec<SelectedBlock>,
    /// Share of the test rows' variance that least squares on the selected blocks explains; 0 or a
    /// little less where none is selected. Of a class it is that of the 0/1 variable.
    pub r2: Cell,
    /// The same by least squares on all blocks.
    pub r2_all: Cell,
}

/// A block in a [`BlockSelection`]. Norms are of coefficients for standardised columns and a
/// standardised target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct SelectedBlock {
    /// Name.
    pub name: String,
    /// Seeds that keep it.
    pub seeds: u32,
    /// Norm of its coefficients in the group lasso, which shrinks them; 0 in a seed that drops it.
    pub shrunk: Cell,
    /// The same after least squares on the blocks kept.
    pub norm: Cell,
}
