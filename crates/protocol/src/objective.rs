//! What is trained: which objective, with what of its own.

use crate::config::assignment;
use crate::{Activation, ConfigError, Settings, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

#[cfg(feature = "schema")]
use schemars::JsonSchema;

/// An objective that can be trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ObjectiveName {
    /// Pairwise InfoNCE (Radford et al. 2021), summed over pairs.
    Clip,
    /// Symile (Saporta et al. 2024).
    Symile,
    /// Hierarchical contrastive learning (Li et al. 2026).
    Hcl,
    /// `COrAL` (Cissee et al. 2026).
    Coral,
    /// `CoMM` (Dufumier et al. 2025): `COrAL` without masks, orthogonality and unique paths.
    Comm,
    /// CLIP between modalities and `SimCLR` inside each.
    CrossSelf,
}

impl ObjectiveName {
    /// All of them, in the order in which they are shown.
    pub const ALL: &'static [Self] =
        &[Self::Clip, Self::Symile, Self::Hcl, Self::Coral, Self::Comm, Self::CrossSelf];

    /// Those of a run unless others are chosen.
    pub const MAIN: &'static [Self] = &[Self::Clip, Self::Symile, Self::Hcl, Self::Coral];

    /// The name in commands, links and files.
    pub fn key(self) -> &'static str {
        match self {
            Self::Clip => "clip",
            Self::Symile => "symile",
            Self::Hcl => "hcl",
            Self::Coral => "coral",
            Self::Comm => "comm",
            Self::CrossSelf => "cross_self",
        }
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Clip => "CLIP, pairwise",
            Self::Symile => "Symile",
            Self::Hcl => "HCL",
            Self::Coral => "COrAL",
            Self::Comm => "CoMM",
            Self::CrossSelf => "Cross+Self",
        }
    }

    /// Its defaults, chosen on validation rows of the six shipped sets: `docs/defaults.md` has the
    /// measurements.
    pub fn defaults(self) -> Settings {
        let general = Settings::default();
        // Both learn the training rows by heart within a hundred steps unless they are held back.
        let weight_decay = 3.0;
        match self {
            Self::Clip => {
                Settings { weight_decay, scale_lr: 1.0, activation: Activation::Gelu, ..general }
            }
            Self::Symile => Settings { weight_decay, lr: 1e-2, ..general },
            Self::Hcl => general,
            // Faster, the two executors part by more than a thousandth within a hundred steps.
            Self::Coral | Self::Comm => Settings { lr: 1e-3, ..general },
            Self::CrossSelf => Settings { lr: 1e-3, scale_lr: 1.0, ..general },
        }
    }
}

impl fmt::Display for ObjectiveName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// An objective with the settings that are its own in this run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct ObjectiveSpec {
    /// Which objective.
    pub name: ObjectiveName,
    /// Settings for it alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, Value>,
}

impl ObjectiveSpec {
    /// `name` with nothing of its own.
    pub fn new(name: ObjectiveName) -> Self {
        Self { name, set: BTreeMap::new() }
    }

    /// What it is called in the report: `hcl`, or `hcl:form=linear` where it has settings of its
    /// own.
    pub fn label(&self) -> String {
        let mut label = self.name.key().to_owned();
        for (key, value) in &self.set {
            label = format!("{label}:{key}={value}");
        }
        label
    }

    /// [`ObjectiveSpec::label`] with nothing in it that a file system minds.
    pub fn folder(&self) -> String {
        self.label().replace([':', '='], "-")
    }
}

impl FromStr for ObjectiveSpec {
    type Err = ConfigError;

    /// Reads what [`ObjectiveSpec::label`] writes.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let mut parts = text.split(':');
        let word = parts.next().unwrap_or_default().trim();
        let name = ObjectiveName::ALL
            .iter()
            .find(|n| n.key() == word)
            .ok_or_else(|| ConfigError::UnknownObjective { name: word.to_owned() })?;
        let mut spec = Self::new(*name);
        for part in parts {
            let (key, value) = assignment(part)?;
            spec.set.insert(key, value);
        }
        Ok(spec)
    }
}
