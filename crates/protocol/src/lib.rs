//! The words that page, worker and command line share.
//!
//! Nothing here computes: configuration goes in ([`RunConfig`], [`Command`]), events come out
//! ([`Event`], [`Report`]), and [`RunView`] is the pure fold of events into what a page shows.
//! The next station is `trefoil-data` on the way in and `trefoil-app` on the way out.

mod blocks;
mod command;
mod config;
mod dataset;
mod event;
mod factors;
mod fault;
#[cfg(feature = "js")]
pub mod js;
mod link;
mod objective;
mod ranks;
mod report;
mod run_view;
mod settings;
mod synergy_control;

pub use blocks::{BlockSelection, HeadPair, NeedsSeveral, Orthogonality, SelectedBlock};
pub use command::{Colour, Command, Export};
pub use config::{
    ConfigError, DataSource, ExecutorChoice, FileRef, FileRole, Generator, MAX_SEEDS, MAX_STEPS,
    RunConfig,
};
pub use dataset::{
    DataSummary, DatasetCard, DatasetIndex, Dropped, ImageShape, LabelCard, LabelKind,
    LabelSummary, ModalityCard, ModalitySummary, Notice, Pattern, SplitSizes,
};
pub use event::{
    ColourValues, Event, Forecast, ObjectiveStart, Phase, Points, Progress, RunId, Snapshot, Split,
    StepRecord, Task,
};
pub use factors::{BlockCount, FactorCounts, FactorEvidence};
pub use fault::{Fault, FaultKind};
pub use link::LinkError;
pub use objective::{ObjectiveName, ObjectiveSpec};
pub use ranks::{BlockRanks, LARGEST_BLOCK};
pub use report::{
    BeyondPairs, Bits, BlockInfo, Cell, Component, DataReport, Decomposition, ExactShared,
    ExecutorInfo, ExecutorKind, Metric, ModalityReport, ObjectiveReport, PairInformation,
    PatternReport, ProbeKind, ProbeResult, Recovery, Report, RetrievalResult, RunInfo, Sharing,
    StopReason, Structure, SubsetWeight,
};
pub use run_view::{Curve, ObjectiveView, RunView};
pub use settings::{
    Activation, ControlRun, HclForm, HclLoss, Kind, MaskSchedule, Negatives, Norm, Penalty,
    RotationOf, SETTINGS, ScaleRecipe, Schedule, Setting, Settings, Start,
    Structure as HclStructure, Tokenizer, Value,
};
pub use synergy_control::{ControlReading, SynergyControl};
