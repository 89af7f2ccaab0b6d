//! Explanations of the terms outside the pictures, each in one or two sentences.

/// Where it runs.
pub(crate) const EXECUTOR: &str = "The same steps run on either; the numbers agree to rounding. Once something was trained, the link names what it ran on, so that it gives the same numbers again. A change applies when you train again.";
/// No adapter.
pub(crate) const NO_GPU: &str = "Everything works without a GPU, only slower. Current versions of Chrome, Edge and Safari have WebGPU on most machines; a graphics driver that the browser does not trust is the usual reason where it is missing.";
/// Modality.
pub(crate) const MODALITY: &str = "One kind of measurement of the same things, in a table of its own: pictures, texts, lab values. Rows of different tables that have the same id belong together.";
/// Rows.
pub(crate) const ROWS: &str = "Rows that are in two tables or more; a row of one table alone has nothing to be compared with. Rows are matched by their id, never by their position.";
/// Presence patterns.
pub(crate) const PATTERNS: &str = "Which modalities a row has. Trefoil trains on rows with holes too: what is missing is masked, never made up.";
/// Split.
pub(crate) const SPLIT: &str = "Models are fitted on the training rows, choices are made on the validation rows, and the final numbers come from the test rows, which nothing else ever sees. The seed decides which row goes where.";
/// Inputs.
pub(crate) const INPUTS: &str = "Numbers that the encoder of this modality sees for each row: standardised numbers, one for each value of a category, and one that says \u{201c}missing\u{201d} for columns with empty cells.";
/// Id.
pub(crate) const ID: &str = "The column that says which rows belong together. It is the one called id; where there is none, the first column if its cells are unique, filled and not fractional.";
/// Labels.
pub(crate) const LABELS: &str = "Columns that are never trained on. They colour the points and are what probes try to read from the embeddings.";
/// Group.
pub(crate) const GROUP: &str = "Rows of one group, such as visits of one patient, stay in the same split, so that a test row has no twin among the training rows.";
/// Views.
pub(crate) const VIEWS: &str = "Two rows of the same thing, such as two photographs of one animal, are compared as its views by COrAL, CoMM and Cross+Self, instead of a row with itself. They are not kept in one split: choose the same column above for that.";
/// Forecast.
pub(crate) const FORECAST: &str = "From the size of the models and a short measurement of this machine. The time is that of training; measuring what is shared comes on top.";
/// Generated data.
pub(crate) const WORLD: &str = "Made from a known recipe and the seed, so that what the models find can be checked against the truth.";
/// Objective.
pub(crate) const OBJECTIVE: &str = "What training makes the encoders do (the loss function). All chosen objectives train on the same rows, split, batches and seeds, so that only the objective differs.";
/// Steps.
pub(crate) const STEPS: &str = "Updates of the weights, each from one batch of rows. A seed may stop earlier: see Patience in all settings.";
/// Seeds.
pub(crate) const SEEDS: &str = "Models trained at once that differ only in their random start and batches. Their spread is the interval around every number; one seed has none.";
/// Seed.
pub(crate) const SEED: &str = "Where random numbers start: the split, the initial weights, generated data. The same seed gives the same numbers on the same executor.";
/// CLIP.
pub(crate) const CLIP: &str = "Pulls matching rows of every pair of modalities together and pushes other rows apart (pairwise InfoNCE; Radford et al. 2021). Sees what any two modalities share, pair by pair.";
/// Symile.
pub(crate) const SYMILE: &str = "Scores all modalities at once by their multilinear inner product (Saporta et al. 2024), so that it can see what only shows when three are taken together.";
/// HCL.
pub(crate) const HCL: &str = "Gives every set of modalities a block of its own, so that what all share, what some share and what one keeps come apart (hierarchical contrastive learning; Li et al. 2026). The deep, decorrelated form is our extension.";
/// `COrAL`.
pub(crate) const CORAL: &str = "Masks part of each view and keeps a shared and a unique embedding orthogonal, so that what is shared, what one has alone and what only several tell together are kept (Cissee et al. 2026).";
/// `CoMM`.
pub(crate) const COMM: &str = "Fuses all modalities and pulls each one's own embedding towards the fused one of another view (Dufumier et al. 2025): COrAL without masks, orthogonality and unique paths.";
/// Cross+Self.
pub(crate) const CROSS_SELF: &str = "CLIP between modalities and SimCLR inside each, on views of the same rows. A self weight of 0 leaves CLIP on a linear projection.";
/// Train.
pub(crate) const TRAIN: &str = "All objectives and seeds train together, step by step. Keys, while a run is under way: space pauses and goes on, a full stop makes one step.";
/// Stop.
pub(crate) const STOP: &str =
    "Ends training here and measures the best weights so far on the test rows.";
/// Reset.
pub(crate) const RESET: &str =
    "Back to step 0 with the same initial weights, with the settings as they stand now.";

/// How factors are counted.
pub(crate) const FACTORS: &str = "Each modality is reduced to principal components and whitened. The singular values of the covariance between two modalities are then their canonical correlations; a value counts where it is larger than what permuted rows reach in 95 of 100 draws (parallel analysis). From the counts of all sets follows what every set shares that no larger one does: the rank-M\u{f6}bius rule, ours. It sees linear sharing only, and weak factors only with many rows.";
