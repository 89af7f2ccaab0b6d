use crate::{
    DataSource, DataSummary, ExecutorInfo, FactorCounts, Fault, ProbeResult, Report,
    RetrievalResult, RunConfig, Sharing, StopReason,
};
use serde::{Deserialize, Serialize};

/// Numbers runs, so that what arrives late from an old one is dropped.
pub type RunId = u32;

/// What happened. Goes from the session to the page or the command line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The worker listens; commands sent before it may be lost.
    Ready {
        /// Version of the worker, to be the page's own.
        version: String,
    },
    /// Where runs will run, and why.
    Executor {
        /// The choice.
        info: ExecutorInfo,
    },
    /// Data was read and found good.
    Data {
        /// What is in it.
        summary: Box<DataSummary>,
        /// Where it came from; the user's files by their hashes.
        source: DataSource,
        /// Id of each kept row.
        ids: Vec<String>,
    },
    /// What the configured run would cost.
    Forecast {
        /// The cost.
        forecast: Forecast,
    },
    /// The factors of the data that is loaded were counted.
    Factors {
        /// The counts.
        counts: Box<FactorCounts>,
    },
    /// Something that the user can mend; nothing was lost.
    Fault {
        /// What.
        fault: Fault,
    },
    /// A run was set up.
    Started {
        /// Its number.
        run: RunId,
        /// Its configuration.
        config: Box<RunConfig>,
        /// Its objectives.
        objectives: Vec<ObjectiveStart>,
        /// Seed of each replica.
        seeds: Vec<u64>,
    },
    /// Training went on.
    Progress {
        /// Which run.
        run: RunId,
        /// By how much.
        progress: Progress,
    },
    /// The run does something else now.
    Phase {
        /// Which run.
        run: RunId,
        /// What it does.
        phase: Phase,
    },
    /// Something that takes longer than a second; none: it is over.
    Task {
        /// What and how far.
        task: Option<Task>,
    },
    /// A look at one objective on validation rows.
    Snapshot {
        /// Which run.
        run: RunId,
        /// The look.
        snapshot: Box<Snapshot>,
    },
    /// The run is evaluated, on test rows.
    Report {
        /// Which run.
        run: RunId,
        /// Everything.
        report: Box<Report>,
        /// The test rows as points: of each objective, then of the baselines `raw` and
        /// `untrained`.
        points: Vec<Points>,
    },
    /// Values to colour points by.
    Colour {
        /// The values.
        values: ColourValues,
    },
    /// A file is ready.
    Export {
        /// File name.
        name: String,
        /// Media type.
        mime: String,
        /// Content.
        text: String,
    },
}

/// What a run would cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Memory on the executor, in bytes.
    pub bytes: u64,
    /// Floating-point operations of one step of all objectives and seeds.
    pub flops_per_step: f64,
    /// Seconds to train all steps, from the measured speed of the executor.
    pub seconds: f64,
    /// Rows in each batch, after it was lowered to what the split holds.
    pub batch: u32,
    /// What to know before pressing Train.
    pub notes: Vec<String>,
}

/// One objective of a run that was set up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectiveStart {
    /// As in the report.
    pub name: String,
    /// Names of the recorded values, the total loss first; then loss terms, then the rest.
    pub terms: Vec<String>,
    /// How many of `terms` are losses.
    pub losses: u32,
    /// Loss of embeddings that tell nothing on a training batch, where it is known.
    pub chance: Option<f64>,
    /// The same on a validation batch, which may hold fewer rows.
    pub validation_chance: Option<f64>,
    /// Weights of one seed.
    pub parameters: u64,
    /// Dispatches of one step.
    pub dispatches: u32,
}

/// How far training has come since the last one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// New records, oldest first.
    pub records: Vec<StepRecord>,
    /// Steps that every running objective has done.
    pub step: u32,
    /// Steps a second, all objectives and seeds taken as one step.
    pub rate: f64,
    /// Seconds to the last step.
    pub seconds_left: Option<f64>,
    /// Seeds that stopped: objective, seed, why, after how many steps.
    pub stopped: Vec<(u32, u32, StopReason, u32)>,
}

/// What was recorded of one objective at one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Position of the objective.
    pub objective: u32,
    /// Steps done, this one included.
    pub step: u32,
    /// On which rows.
    pub split: Split,
    /// `values[term · seeds + seed]`; NaN where a seed has stopped.
    pub values: Vec<f32>,
}

/// Which rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// Rows that weights are fitted on.
    Train,
    /// Rows that choices are made on.
    Validation,
    /// Rows that the report is computed on.
    Test,
}

impl Split {
    /// The name in files.
    pub fn key(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// What a run does now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No run yet.
    #[default]
    Idle,
    /// Plans are recorded and compiled.
    Preparing,
    /// Steps are submitted.
    Training,
    /// The user paused it.
    Paused,
    /// The report is being computed.
    Evaluating,
    /// The report is there.
    Finished,
}

/// A long task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// What is being done, in words.
    pub name: String,
    /// From 0 to 1.
    pub done: f32,
    /// Seconds left, once they can be told.
    pub seconds_left: Option<f64>,
}

/// A look at one objective during training, on validation rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Position of the objective; after the objectives come the baselines `raw` and `untrained`.
    pub objective: u32,
    /// Steps done.
    pub step: u32,
    /// The sharing map.
    pub sharing: Sharing,
    /// The joint embedding of the first seed.
    pub points: Points,
    /// Linear probes from `all`.
    pub probes: Vec<ProbeResult>,
    /// Retrieval from single modalities and from all others.
    pub retrieval: Vec<RetrievalResult>,
}

/// A plane of an embedding.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Points {
    /// Kept rows, by position.
    pub rows: Vec<u32>,
    /// x, y of each.
    pub xy: Vec<f32>,
    /// Share of the variance on each axis.
    pub explained: [f32; 2],
}

/// Values to colour points by, one a kept row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColourValues {
    /// What was asked for.
    pub by: crate::Colour,
    /// Names of the classes; empty for a number.
    pub classes: Vec<String>,
    /// Class index or number; NaN where it is missing.
    pub values: Vec<f32>,
}
