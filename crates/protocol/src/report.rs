//! `report.json`: what a finished run found. Its schema is in `docs/report.schema.json`.

use crate::{BlockSelection, NeedsSeveral, Notice, Orthogonality, RunConfig, SynergyControl};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[cfg(feature = "schema")]
use schemars::JsonSchema;

/// A number with its spread over seeds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Cell {
    /// In seed order; null for a seed that failed or to which the number does not apply.
    pub per_seed: Vec<Option<f64>>,
    /// Mean over the seeds that have a value.
    pub mean: Option<f64>,
    /// mean − t·sd/√n, 95 %; null with fewer than two values.
    pub low: Option<f64>,
    /// mean + t·sd/√n, 95 %; null with fewer than two values.
    pub high: Option<f64>,
}

/// Everything a run found, on test rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Report {
    /// What was run.
    pub run: RunInfo,
    /// Where it ran.
    pub executor: ExecutorInfo,
    /// What it ran on.
    pub data: DataReport,
    /// The raw features ("raw") and an untrained encoder ("untrained"), measured the same way.
    pub baselines: Vec<ObjectiveReport>,
    /// One entry an objective, in the order of the configuration.
    pub objectives: Vec<ObjectiveReport>,
    /// What every two modalities tell of each label, in the data themselves; at most 60 entries.
    pub decompositions: Vec<Decomposition>,
    /// What no pair of modalities shows; null unless Symile (with `negatives=n`) and CLIP both trained
    /// on three or four modalities that every row has.
    pub beyond_pairs: Option<BeyondPairs>,
}

/// Total correlation by Symile's loss, and by CLIP's what pairs show of it: nats, from the best
/// validation of each seed, `ln N − loss`. Each is too low by an unknown amount.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct BeyondPairs {
    /// ln N, which no estimate exceeds, N being the rows of a validation batch.
    pub ceiling: f64,
    /// Of the total correlation.
    pub total: Cell,
    /// Of the information of each pair.
    pub pairs: Vec<PairInformation>,
    /// Sum over a maximum spanning tree of the pairs, not over all of them: three copies of a bit
    /// share 2 H, and their pairs 3 H.
    pub shown: Cell,
    /// `total` − `shown`: an estimate, not a bound.
    pub beyond: Cell,
    /// The same by counting; null where there are fewer than twenty rows for each combination of
    /// values that occurs.
    pub exact: Option<ExactShared>,
}

/// What two modalities share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct PairInformation {
    /// The two.
    pub given: Vec<String>,
    /// Nats.
    pub value: Cell,
}

/// Counted on all rows, nats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ExactShared {
    /// Total correlation.
    pub total: f64,
    /// Of a maximum spanning tree of pairs.
    pub shown: f64,
    /// The difference.
    pub beyond: f64,
}

/// Partial information decomposition (BROJA) of a label by two modalities, each of which was cut to
/// one discrete variable: its first principal component in quantile bins. What the cut loses is
/// not in these numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Decomposition {
    /// Label column.
    pub target: String,
    /// The two modalities.
    pub given: Vec<String>,
    /// Rows that have both and the label; all splits.
    pub rows: u32,
    /// Values of the two variables and of the label.
    pub values: Vec<u32>,
    /// Share of each modality's variance in the component that was cut.
    pub kept: Vec<f64>,
    /// Information of both together about the label, bits: the sum of the parts.
    pub total: f64,
    /// The parts.
    pub bits: Bits,
    /// Each part is known to within this, bits.
    pub gap: f64,
    /// The same of shuffled labels: their mean, which is what counting alone gives.
    pub shuffled: Option<Bits>,
    /// And their 95 % points.
    pub shuffled_high: Option<Bits>,
}

/// Parts of an information, in bits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Bits {
    /// Told by either modality.
    pub redundant: f64,
    /// Told by one of them only, in their order.
    pub unique: Vec<f64>,
    /// Told only by both together.
    pub synergistic: f64,
}

/// What was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct RunInfo {
    /// Version of Trefoil.
    pub version: String,
    /// When it was started, RFC 3339, UTC.
    pub started: String,
    /// Settings and data, as `run.json` has them.
    pub config: RunConfig,
    /// The settings each objective had in the end, defaults included.
    pub settings: BTreeMap<String, BTreeMap<String, String>>,
    /// The seed of each replica, in the order of every `per_seed`.
    pub seeds: Vec<u64>,
    /// The link that restores the experiment, without its host.
    pub link: String,
}

/// Where it ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ExecutorInfo {
    /// GPU or CPU.
    pub kind: ExecutorKind,
    /// Name of the adapter, or of the CPU executor's flavour.
    pub adapter: String,
    /// Whether the adapter is a software one.
    pub software: bool,
    /// Why this one.
    pub reason: String,
}

/// Which executor ran the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExecutorKind {
    /// WebGPU, in the browser or through wgpu natively.
    Gpu,
    /// The ndarray executor.
    Cpu,
}

/// What it ran on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct DataReport {
    /// Kept rows.
    pub rows: u32,
    /// Rows of the train, validation and test split.
    pub split: [u32; 3],
    /// One entry a modality.
    pub modalities: Vec<ModalityReport>,
    /// Each combination of present modalities.
    pub patterns: Vec<PatternReport>,
    /// What was dropped or changed.
    pub warnings: Vec<Notice>,
}

/// One modality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ModalityReport {
    /// Name.
    pub name: String,
    /// Feature columns in the file, without the id.
    pub columns: u32,
    /// Kept rows that have it.
    pub rows: u32,
    /// Empty cells in those rows.
    pub missing_cells: u64,
}

/// One combination of present modalities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct PatternReport {
    /// Names of the present modalities.
    pub present: Vec<String>,
    /// Kept rows that have exactly these.
    pub rows: u32,
}

/// One column of the comparison: an objective or a baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ObjectiveReport {
    /// `clip`, `symile`, `hcl`, `coral`, `raw`, `untrained`.
    pub name: String,
    /// Steps each seed trained.
    pub steps: Vec<u64>,
    /// Why each seed stopped.
    pub stopped: Vec<StopReason>,
    /// Wall-clock seconds of training, of all seeds together.
    pub seconds: f64,
    /// Lowest validation loss of each seed, by which its weights were chosen; of a baseline null.
    /// Losses of different objectives cannot be compared.
    #[serde(default)]
    pub validation: Option<Cell>,
    /// Zero-shot retrieval.
    pub retrieval: Vec<RetrievalResult>,
    /// Probes of each label from each block.
    pub probes: Vec<ProbeResult>,
    /// The sharing map.
    pub sharing: Sharing,
    /// The objective's own blocks.
    pub structure: Structure,
    /// Known factors from each block; null where the truth is not known.
    pub recovery: Option<Recovery>,
    /// Bits beyond the best single modality, for each label that is a class.
    #[serde(default)]
    pub needs_several: Vec<NeedsSeveral>,
    /// COrAL's heads; null for the others.
    #[serde(default)]
    pub orthogonality: Option<Orthogonality>,
    /// Blocks that each label needs; of HCL alone.
    #[serde(default)]
    pub selection: Vec<BlockSelection>,
    /// Whether the setting sees an exclusive or planted in noise of the same shapes; null where the
    /// objective does not train on views, where it was switched off or could not be measured.
    #[serde(default)]
    pub synergy_control: Option<SynergyControl>,
}

/// Why a seed stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// It trained all steps asked for.
    Limit,
    /// Validation loss had not improved for the set patience.
    Patience,
    /// A loss was not finite.
    Diverged,
    /// The user stopped it.
    Stopped,
    /// Nothing to train (baselines).
    None,
}

/// Retrieval of one modality from others, test rows only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct RetrievalResult {
    /// What is looked for.
    pub target: String,
    /// What the query is made of.
    pub given: Vec<String>,
    /// Test rows that have the target and all that is given.
    pub queries: u32,
    /// Distinct raw target rows of the test split.
    pub candidates: u32,
    /// Expected top-1 of a random order.
    pub chance: f64,
    /// Share of queries whose best candidate is right.
    pub top1: Cell,
    /// Share of queries with a right candidate among the best five.
    pub top5: Cell,
    /// Top-1 in pools of 100 candidates; null where there are fewer than 100.
    pub pool100: Cell,
    /// The same pools by ridge CCA on the raw features.
    pub cca_pool100: Option<f64>,
    /// Whether the score lacks a factor: its learned missing embedding stands in for it, or, where
    /// the data has taught none, it is left out.
    pub filled: bool,
}

/// One probe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ProbeResult {
    /// Label column.
    pub target: String,
    /// `all`, a block of the objective, or `modality:<m>`.
    pub block: String,
    /// Linear or MLP.
    pub probe: ProbeKind,
    /// What `value` is.
    pub metric: Metric,
    /// Training rows that it was fitted on; an MLP takes fewer of a long table.
    pub fit_rows: u32,
    /// What guessing gives.
    pub chance: f64,
    /// The same probe on the raw features of the same modalities.
    pub baseline: Option<f64>,
    /// On test rows.
    pub value: Cell,
    /// Bits that the probe tells of a class on the same rows: cross-entropy of the training shares
    /// minus that of the probe, whose class weights are undone. Negative where it is worse than the
    /// shares; null for R².
    pub information: Cell,
}

/// Kind of probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProbeKind {
    /// Ridge or logistic regression.
    Linear,
    /// One hidden layer.
    Mlp,
}

/// What a probe's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Balanced accuracy.
    Accuracy,
    /// Area under the ROC curve.
    Auroc,
    /// Share of variance explained.
    R2,
}

/// The sharing map, as `docs/sharing-map.md` defines it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Sharing {
    /// Readability that permuted rows reach: the 97.5 % point of its maximum; mean over seeds.
    pub null: f64,
    /// Eigenvalue above which a direction counts as shared; mean over seeds.
    pub tau: f64,
    /// Rows used to fit directions.
    pub fit_rows: u32,
    /// Rows on which every number was computed.
    pub held_out_rows: u32,
    /// Modalities of the rows that were used; all, unless too few rows have all.
    pub modalities: Vec<String>,
    /// What to know before reading it: too few rows, a modality left out.
    pub warnings: Vec<String>,
    /// Components, those shared by most modalities first.
    pub components: Vec<Component>,
    /// Totals for each subset that has a component.
    pub subsets: Vec<SubsetWeight>,
    /// Held-out R² that products of the others' components add, for each modality.
    pub needs_both: BTreeMap<String, Cell>,
}

/// One direction of the representation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Component {
    /// Modalities from which it can be read, by the first seed that has it.
    pub subset: Vec<String>,
    /// How many seeds have it.
    pub seeds: u32,
    /// Held-out R² of the component from each modality.
    pub readability: BTreeMap<String, Cell>,
    /// Held-out R² of each modality's raw features from the component.
    pub weight: BTreeMap<String, Cell>,
}

/// Share of each modality that the components of one subset explain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct SubsetWeight {
    /// The subset.
    pub subset: Vec<String>,
    /// Summed over its components.
    pub weight: BTreeMap<String, Cell>,
}

/// Blocks that the objective itself has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Structure {
    /// In the order of the objective.
    pub blocks: Vec<BlockInfo>,
    /// What to doubt in them, in words: blocks that correlate, modalities without a part in a block
    /// that names them. Of HCL, on test rows.
    #[serde(default)]
    pub doubts: Vec<String>,
}

/// One block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct BlockInfo {
    /// Name as probes and recovery use it.
    pub name: String,
    /// Modalities that write into it.
    pub subset: Vec<String>,
    /// Dimensions.
    pub rank: u32,
}

/// R² of each known factor from each block, held out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Recovery {
    /// Rows.
    pub factors: Vec<String>,
    /// Columns.
    pub blocks: Vec<String>,
    /// `r2[factor][block]`.
    pub r2: Vec<Vec<Cell>>,
}
