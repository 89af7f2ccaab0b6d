//! What a run is: data, objectives, settings, seeds.

use crate::{ObjectiveName, ObjectiveSpec, Setting, Settings, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[cfg(feature = "schema")]
use schemars::JsonSchema;

/// A run, complete: the same configuration gives the same numbers on the same executor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct RunConfig {
    /// What to train on.
    pub data: DataSource,
    /// Objectives to compare, in the order of the columns.
    pub objectives: Vec<ObjectiveSpec>,
    /// Settings that differ from their defaults, for every objective that looks at them.
    #[serde(default)]
    pub set: BTreeMap<String, Value>,
    /// Steps each seed trains at most.
    pub steps: u32,
    /// Seeds trained at once.
    pub seeds: u32,
    /// First seed; the split and generated data follow it too.
    pub seed: u64,
    /// Where to run.
    #[serde(default)]
    pub executor: ExecutorChoice,
}

/// Most seeds of one run.
pub const MAX_SEEDS: u32 = 32;
/// Most steps of one run.
pub const MAX_STEPS: u32 = 1_000_000;

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            data: DataSource::Shipped { name: "emoji".to_owned(), modalities: None },
            objectives: ObjectiveName::MAIN.iter().map(|&n| ObjectiveSpec::new(n)).collect(),
            set: BTreeMap::new(),
            steps: 500,
            seeds: 5,
            seed: 0,
            executor: ExecutorChoice::Auto,
        }
    }
}

impl RunConfig {
    /// The settings of `spec`: general defaults, then the objective's own, then the run's `set`,
    /// then the spec's.
    pub fn settings(&self, spec: &ObjectiveSpec) -> Settings {
        let mut settings = spec.name.defaults();
        for (key, value) in self.set.iter().chain(&spec.set) {
            settings.set(key, value);
        }
        settings
    }

    /// Checks everything that can be checked without the data.
    ///
    /// # Errors
    /// The first setting, count or combination that cannot be run.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if self.objectives.is_empty() {
            return Err(ConfigError::NoObjective);
        }
        let bounded = |key: &str, value: u32, max: u32| {
            if (1..=max).contains(&value) {
                Ok(())
            } else {
                Err(ConfigError::Value {
                    key: key.to_owned(),
                    value: value.to_string(),
                    expected: format!("a whole number from 1 to {max}"),
                })
            }
        };
        bounded("seeds", self.seeds, MAX_SEEDS)?;
        bounded("steps", self.steps, MAX_STEPS)?;
        let sets = std::iter::once(&self.set).chain(self.objectives.iter().map(|o| &o.set));
        for (key, value) in sets.flatten() {
            let setting = Setting::find(key).ok_or_else(|| ConfigError::UnknownKey {
                key: key.clone(),
                known: crate::SETTINGS.iter().map(|s| s.key).collect::<Vec<_>>().join(", "),
            })?;
            let parsed = setting.parse(&value.to_string())?;
            // A number written as a word would be passed over in silence.
            if !Settings::default().set(key, value) {
                return Err(ConfigError::Value {
                    key: key.clone(),
                    value: format!("the word {value}"),
                    expected: format!("{parsed} without quotation marks"),
                });
            }
        }
        let mut labels: Vec<_> = self.objectives.iter().map(ObjectiveSpec::label).collect();
        labels.sort();
        if let Some(pair) = labels.windows(2).find(|w| w[0] == w[1]) {
            return Err(ConfigError::Duplicate { objective: pair[0].clone() });
        }
        Ok(())
    }
}

/// What to train on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DataSource {
    /// A set that comes with Trefoil.
    Shipped {
        /// Its name.
        name: String,
        /// Modalities in use; absent: those that its card has on.
        modalities: Option<Vec<String>>,
    },
    /// Data with known truth.
    Generated(Generator),
    /// A folder of the user's, on the command line.
    Folder {
        /// Its path.
        path: String,
        /// What was read of it.
        files: Vec<FileRef>,
        /// Labels that are not its own.
        labels: Option<String>,
        /// Column of the labels whose groups stay in one split, where its card has no other.
        group: Option<String>,
        /// Column of the labels whose rows of one value are views of one thing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        views: Option<String>,
    },
    /// The user's own files: known by name and hash, never carried in a link.
    Files {
        /// One file a modality, or one file whose columns are named `modality.feature`; and the
        /// labels.
        files: Vec<FileRef>,
        /// Column of the labels whose groups stay in one split.
        group: Option<String>,
        /// Column of the labels whose rows of one value are views of one thing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        views: Option<String>,
    },
}

/// One of the user's files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct FileRef {
    /// What it is used for.
    pub role: FileRole,
    /// Its name, or its path on the command line.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// What a file is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FileRole {
    /// A table of features, or several named `modality.feature`.
    Modality,
    /// The table of labels.
    Labels,
    /// `dataset.json`.
    Card,
    /// `truth.json`.
    Truth,
}

/// Data with known truth. The generator's seed is the run's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(tag = "generator", rename_all = "snake_case")]
pub enum Generator {
    /// c = a ⊕ b with probability p, else c = a, on every bit of a row alike (Symile §5.1).
    Xor {
        /// Bits of each modality.
        bits: u32,
        /// Probability that a row is an exclusive or.
        p: f64,
        /// Rows.
        rows: u32,
    },
    /// Linear factors for chosen sets of modalities (HCL's latent model).
    Hierarchy {
        /// Features of each modality; its length is the number of modalities.
        dims: Vec<u32>,
        /// Factors for each subset, written `a+b`: modalities are called a, b, c, ….
        ranks: BTreeMap<String, u32>,
        /// Standard deviation of the noise on each feature.
        noise: f64,
        /// Rows.
        rows: u32,
    },
    /// Two modalities with redundant, unique and synergistic labels (ours, after `COrAL`'s tasks).
    Rus {
        /// Whether each group of features also has a random sign in each row, so that no label
        /// can be read linearly from the raw features.
        #[serde(default)]
        flips: bool,
        /// Standard deviation of the noise on each feature.
        noise: f64,
        /// Rows.
        rows: u32,
    },
}

/// Which executor to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExecutorChoice {
    /// WebGPU where there is an adapter, else the CPU.
    #[default]
    Auto,
    /// WebGPU, or an error.
    Gpu,
    /// The ndarray executor.
    Cpu,
}

/// Reads `key=value` against [`crate::SETTINGS`].
pub(crate) fn assignment(text: &str) -> Result<(String, Value), ConfigError> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| ConfigError::NotAnAssignment { text: text.to_owned() })?;
    let setting = Setting::find(key.trim()).ok_or_else(|| ConfigError::UnknownKey {
        key: key.trim().to_owned(),
        known: crate::SETTINGS.iter().map(|s| s.key).collect::<Vec<_>>().join(", "),
    })?;
    Ok((setting.key.to_owned(), setting.parse(value)?))
}

impl RunConfig {
    /// Applies one `--set key=value`; `objective.key=value` changes that objective alone.
    ///
    /// # Errors
    /// Where there is no such key, objective or value.
    pub fn assign(&mut self, text: &str) -> Result<(), ConfigError> {
        let prefix = text.split('=').next().and_then(|key| key.split_once('.'));
        let Some((objective, _)) = prefix else {
            let (key, value) = assignment(text)?;
            self.set.insert(key, value);
            return Ok(());
        };
        let (key, value) = assignment(&text[objective.len() + 1..])?;
        let mut found = false;
        for spec in self.objectives.iter_mut().filter(|o| o.name.key() == objective.trim()) {
            spec.set.insert(key.clone(), value.clone());
            found = true;
        }
        if found {
            Ok(())
        } else {
            Err(ConfigError::UnknownObjective { name: objective.trim().to_owned() })
        }
    }
}

/// A configuration that cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No objective at all.
    #[error(
        "no objective is chosen; choose at least one of clip, symile, hcl, coral, comm, cross_self"
    )]
    NoObjective,
    /// An objective twice with the same settings.
    #[error("{objective} is there twice with the same settings; remove one or change a setting")]
    Duplicate {
        /// Its label.
        objective: String,
    },
    /// No objective of this name.
    #[error(
        "there is no objective \u{201c}{name}\u{201d} in this run; use clip, symile, hcl, coral, comm or \
         cross_self"
    )]
    UnknownObjective {
        /// The word.
        name: String,
    },
    /// No setting of this name.
    #[error("there is no setting \u{201c}{key}\u{201d}; use one of {known}")]
    UnknownKey {
        /// The word.
        key: String,
        /// The words that are known.
        known: String,
    },
    /// A value that the setting does not accept.
    #[error("{key} cannot be \u{201c}{value}\u{201d}; use {expected}")]
    Value {
        /// The setting.
        key: String,
        /// What was given.
        value: String,
        /// What it accepts.
        expected: String,
    },
    /// Not `key=value`.
    #[error("\u{201c}{text}\u{201d} is not a setting; write key=value")]
    NotAnAssignment {
        /// What was given.
        text: String,
    },
}
