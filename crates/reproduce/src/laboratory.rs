//! Where experiments get their runs from.

use crate::FIRST_SEED;
use std::collections::BTreeMap;
use trefoil_data::NamedBytes;
use trefoil_protocol::{ConfigError, DataSource, ObjectiveSpec, Report, RunConfig};

/// Folder by which a configuration names the files that are handed over with it.
pub const WORLD: &str = "world";

/// Runs configurations: a session with somebody around it.
pub trait Laboratory {
    /// Runs `config` to its report. Where its data is the folder [`WORLD`], `files` are what lies
    /// there. `what` says what is being run, for a person who waits. With `embeddings` the outcome
    /// holds them.
    ///
    /// # Errors
    /// In words, where the run fails.
    fn run(
        &mut self,
        what: &str,
        files: &[NamedBytes],
        config: &RunConfig,
        embeddings: bool,
    ) -> Result<Outcome, String>;
}

/// What a run gave.
pub struct Outcome {
    /// Its report.
    pub report: Report,
    /// The exported embeddings of the test rows, CSV, by the positions of the objective and of the seed
    /// among those that did not diverge.
    pub embeddings: BTreeMap<(u32, u32), String>,
}

/// Why an experiment has no table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReproduceError {
    /// A run failed.
    #[error("{what}: {reason}")]
    Run {
        /// Which one.
        what: String,
        /// Why.
        reason: String,
    },
    /// A world could not be made.
    #[error(transparent)]
    Data(#[from] trefoil_data::Error),
    /// A table of a world could not be written.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// A covariance that cannot be fitted.
    #[error(transparent)]
    Factor(#[from] trefoil_factor::FactorError),
    /// A setting of an experiment is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A run did not report what the experiment reads.
    #[error("{0} is not in the report")]
    Absent(String),
}

/// What an experiment works with.
pub struct Context<'a> {
    laboratory: &'a mut dyn Laboratory,
    /// Replicas of each run.
    pub(crate) seeds: u32,
}

impl<'a> Context<'a> {
    pub(crate) fn new(laboratory: &'a mut dyn Laboratory, seeds: u32) -> Self {
        Self { laboratory, seeds }
    }

    pub(crate) fn run(
        &mut self,
        what: &str,
        files: &[NamedBytes],
        config: &RunConfig,
    ) -> Result<Report, ReproduceError> {
        Ok(self.outcome(what, files, config, false)?.report)
    }

    /// With the embeddings of every seed.
    pub(crate) fn run_whole(
        &mut self,
        what: &str,
        files: &[NamedBytes],
        config: &RunConfig,
    ) -> Result<Outcome, ReproduceError> {
        self.outcome(what, files, config, true)
    }

    fn outcome(
        &mut self,
        what: &str,
        files: &[NamedBytes],
        config: &RunConfig,
        embeddings: bool,
    ) -> Result<Outcome, ReproduceError> {
        let failed = |reason| ReproduceError::Run { what: what.to_owned(), reason };
        self.laboratory.run(what, files, config, embeddings).map_err(failed)
    }

    /// The folder [`WORLD`], these objectives as on the command line, and settings as for `--set`.
    pub(crate) fn config(
        &self,
        objectives: &[&str],
        steps: u32,
        set: &[&str],
    ) -> Result<RunConfig, ReproduceError> {
        let folder = DataSource::Folder {
            path: WORLD.to_owned(),
            files: Vec::new(),
            labels: None,
            group: None,
            views: None,
        };
        let specs: Result<Vec<ObjectiveSpec>, ConfigError> =
            objectives.iter().map(|text| text.parse()).collect();
        let mut config = RunConfig {
            data: folder,
            objectives: specs?,
            steps,
            seeds: self.seeds,
            seed: FIRST_SEED,
            ..RunConfig::default()
        };
        for text in set {
            config.assign(text)?;
        }
        Ok(config)
    }
}
