//! The one place where the typed errors of the crates become words for the user.

use trefoil_factor::FactorError;
use trefoil_insight::InsightError;
use trefoil_objectives::BuildError;
use trefoil_plan::ExecutorError;
use trefoil_protocol::{ConfigError, Fault, FaultKind, Setting};

/// What a session could not do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// Data that cannot be read.
    #[error(transparent)]
    Data(#[from] trefoil_data::Error),
    /// A configuration that cannot be run.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An objective that does not fit the data.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// An executor that could not do the work.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    /// Embeddings that cannot be measured.
    #[error(transparent)]
    Insight(#[from] InsightError),
    /// Linear theory that does not go through on this data.
    #[error("the linear theory of HCL cannot be used here: {0}")]
    Factor(#[from] FactorError),
    /// A modality in which nothing varies.
    #[error("{modality} does not vary in the training rows, so that nothing can be counted")]
    Constant {
        /// The modality.
        modality: String,
    },
    /// A file that could not be fetched.
    #[error("the file could not be read: {reason}")]
    Fetch {
        /// Its name.
        name: String,
        /// What was said.
        reason: String,
    },
    /// The GPU was asked for and there is none.
    #[error("there is no GPU to run on: {reason}")]
    NoGpu {
        /// Why.
        reason: String,
    },
    /// Nothing to train on yet.
    #[error("no data is loaded")]
    NoData,
    /// No settings that can be run.
    #[error("no settings were accepted that could be run")]
    NotConfigured,
    /// A task that the user gave up.
    #[error("stopped")]
    Cancelled,
}

fn input(message: String, mend: &str) -> Fault {
    fault(FaultKind::Input, message, mend)
}

fn fault(kind: FaultKind, message: String, mend: &str) -> Fault {
    let mend = mend.to_owned();
    Fault { kind, file: None, row: None, column: None, message, mend }
}

impl From<&SessionError> for Fault {
    fn from(error: &SessionError) -> Self {
        let message = capitalised(&error.to_string());
        match error {
            SessionError::Data(error) => error.into(),
            SessionError::Config(_) => input(message, "Change it and try again"),
            SessionError::Build(_) => input(message, "Change the settings"),
            SessionError::Factor(_) => {
                input(message, "Use smaller blocks or more rows, or ranks=equal and start=random")
            }
            SessionError::Constant { .. } => {
                input(message, "Leave this modality out, or use ranks=equal")
            }
            SessionError::Executor(ExecutorError::Memory { .. }) => fault(
                FaultKind::Device,
                message,
                "Use a smaller batch, narrower layers or fewer seeds, or run on the CPU",
            ),
            SessionError::Executor(_) => {
                fault(FaultKind::Device, message, "Run on the CPU instead, or start again")
            }
            SessionError::Insight(_) => {
                fault(FaultKind::Internal, message, "Please report this, with the settings")
            }
            SessionError::Fetch { name, .. } => Self {
                file: Some(name.clone()),
                ..input(message, "Check the connection and the file, and load it again")
            },
            SessionError::NoGpu { .. } => {
                fault(FaultKind::Device, message, "Run on the CPU: executor cpu or auto")
            }
            SessionError::NoData => input(message, "Choose a data set or drop your files"),
            SessionError::NotConfigured => input(message, "Mend the settings that were refused"),
            SessionError::Cancelled => input(message, "Start it again when you like"),
        }
    }
}

/// As a sentence starts; names of settings stay as they are written.
fn capitalised(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default();
    if Setting::find(first).is_some() {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
