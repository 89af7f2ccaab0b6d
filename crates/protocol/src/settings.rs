//! Every setting of a run, once: its type, default, bounds, and the words that explain it.
//!
//! The page builds its controls from [`SETTINGS`], the command line its `--set`, a link its
//! query; so a setting that is added here is in all of them.

use crate::{BlockRanks, ConfigError, ObjectiveName};
use serde::{Deserialize, Serialize};
use std::fmt;

mod choices;
mod idle;

pub use choices::{
    Activation, ControlRun, HclForm, HclLoss, MaskSchedule, Negatives, Norm, Penalty, RotationOf,
    ScaleRecipe, Schedule, Start, Structure, Tokenizer,
};

/// What a setting accepts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A whole number between the bounds, both included.
    Count {
        /// Smallest.
        min: u32,
        /// Largest.
        max: u32,
    },
    /// A number between the bounds, both included.
    Number {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// See [`BlockRanks`].
    Ranks,
}

/// A value of a setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Value {
    /// Of a `Count` or a `Number`.
    Number(f64),
    /// Of a `Choice` or of `Ranks`.
    Word(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(n) => write!(f, "{n}"),
            Self::Word(w) => f.write_str(w),
        }
    }
}

/// One setting: its name and its explanation.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Name in `--set`, in links and in `run.json`.
    pub key: &'static str,
    /// Plain words, for a control.
    pub label: &'static str,
    /// One or two sentences: what it does and what to expect of changing it.
    pub help: &'static str,
    /// What it accepts.
    pub kind: Kind,
    /// Objectives that look at it; empty: all.
    pub only: &'static [ObjectiveName],
}

impl Setting {
    /// The setting called `key`.
    pub fn find(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|s| s.key == key)
    }

    /// Whether `objective` looks at it.
    pub fn applies_to(&self, objective: ObjectiveName) -> bool {
        self.only.is_empty() || self.only.contains(&objective)
    }

    /// `text` as a value of this setting.
    ///
    /// # Errors
    /// Where the text is not of the setting's kind or lies outside its bounds.
    pub fn parse(&self, text: &str) -> Result<Value, ConfigError> {
        let wrong = |expected: String| ConfigError::Value {
            key: self.key.to_owned(),
            value: text.to_owned(),
            expected,
        };
        let number = || text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
        match self.kind {
            Kind::Count { min, max } => number()
                .filter(|n| n.fract() == 0.0 && *n >= f64::from(min) && *n <= f64::from(max))
                .map(Value::Number)
                .ok_or_else(|| wrong(format!("a whole number from {min} to {max}"))),
            Kind::Number { min, max } => number()
                .filter(|n| *n >= min && *n <= max)
                .map(Value::Number)
                .ok_or_else(|| wrong(format!("a number from {min} to {max}"))),
            Kind::Choice(words) => words
                .iter()
                .find(|w| **w == text.trim())
                .map(|w| Value::Word((*w).to_owned()))
                .ok_or_else(|| wrong(format!("one of {}", words.join(", ")))),
            Kind::Ranks => text
                .parse::<BlockRanks>()
                .map(BlockRanks::to_value)
                .map_err(|error| wrong(error.to_string())),
        }
    }
}

/// How a field of [`Settings`] becomes a [`Value`] and back.
trait SettingType: Sized {
    fn from_value(value: &Value) -> Option<Self>;
    fn to_value(self) -> Value;
}

impl SettingType for u32 {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Number(n) if n.fract() == 0.0 && *n >= 0.0 && *n <= f64::from(u32::MAX) => {
                Some(*n as u32)
            }
            _ => None,
        }
    }
    fn to_value(self) -> Value {
        Value::Number(f64::from(self))
    }
}

impl SettingType for f64 {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Number(n) => Some(*n),
            Value::Word(_) => None,
        }
    }
    fn to_value(self) -> Value {
        Value::Number(self)
    }
}

impl SettingType for BlockRanks {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Number(_) => None,
            Value::Word(word) => word.parse().ok(),
        }
    }
    fn to_value(self) -> Value {
        Value::Word(self.to_string())
    }
}

macro_rules! settings {
    ($($key:ident: $ty:ty = $default:expr, $kind:expr, $only:expr, $label:literal, $help:literal;)+) => {
        /// Every setting, resolved for one objective: see [`SETTINGS`] for what each one means.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "SETTINGS holds the words, field by field")]
        pub struct Settings { $(pub $key: $ty),+ }

        impl Default for Settings {
            fn default() -> Self { Self { $($key: $default),+ } }
        }

        /// All settings, in the order in which a page shows them.
        pub const SETTINGS: &[Setting] = &[$(
            Setting { key: stringify!($key), label: $label, help: $help, kind: $kind, only: $only }
        ),+];

        impl Settings {
            /// The value of `key`.
            pub fn get(&self, key: &str) -> Option<Value> {
                match key { $(stringify!($key) => Some(self.$key.clone().to_value()),)+ _ => None }
            }

            /// Changes `key`; false where there is no such key or the value is not of its type.
            pub fn set(&mut self, key: &str, value: &Value) -> bool {
                match key {
                    $(stringify!($key) => match SettingType::from_value(value) {
                        Some(v) => { self.$key = v; true }
                        None => false,
                    },)+
                    _ => false,
                }
            }
        }
    };
}

use ObjectiveName::{Clip, Comm, Coral, CrossSelf, Hcl, Symile};

settings! {
    batch: u32 = 256, Kind::Count { min: 4, max: 8192 }, &[],
        "Batch size",
        "Rows drawn for each step. Every other row of the batch is a negative, so a larger batch makes the task harder and the loss higher. It is lowered to what the training split holds.";
    embedding: u32 = 64, Kind::Count { min: 1, max: 512 }, &[Clip, Symile, CrossSelf],
        "Embedding size",
        "Dimensions of the vector that an encoder makes of a row.";
    norm: Norm = Norm::Unit, Kind::Choice(Norm::WORDS), &[Clip, Symile],
        "Normalisation",
        "unit: embeddings of length one. layer: a layer norm, as in Symile's larger experiments; its products grow fast beyond four modalities.";
    depth: u32 = 1, Kind::Count { min: 0, max: 4 }, &[],
        "Hidden layers",
        "Hidden layers of each encoder; 0 makes it linear.";
    width: u32 = 128, Kind::Count { min: 4, max: 2048 }, &[],
        "Hidden width",
        "Units in each hidden layer.";
    activation: Activation = Activation::Relu, Kind::Choice(Activation::WORDS), &[],
        "Activation",
        "Non-linearity between layers.";
    lr: f64 = 3e-3, Kind::Number { min: 1e-6, max: 1.0 }, &[],
        "Learning rate",
        "Size of AdamW's steps.";
    schedule: Schedule = Schedule::Cosine, Kind::Choice(Schedule::WORDS), &[],
        "Learning-rate schedule",
        "Constant, or half a cosine down to a hundredth of the learning rate at the last step.";
    warmup: u32 = 20, Kind::Count { min: 0, max: 10_000 }, &[],
        "Warm-up steps",
        "Steps over which the learning rate rises from zero.";
    weight_decay: f64 = 1e-2, Kind::Number { min: 0.0, max: 10.0 }, &[],
        "Weight decay",
        "AdamW's decoupled decay of weight matrices; biases, norms and the logit scale have none, but for Symile's published recipe.";
    eval_every: u32 = 20, Kind::Count { min: 1, max: 10_000 }, &[],
        "Validate every",
        "Steps between two looks at the validation split.";
    patience: u32 = 10, Kind::Count { min: 0, max: 10_000 }, &[],
        "Patience",
        "Validations without a better loss after which a seed stops; 0: never.";
    scale_lr: f64 = 10.0, Kind::Number { min: 0.0, max: 1000.0 }, &[Clip, Symile, CrossSelf],
        "Logit-scale rate",
        "How many times faster the logit scale learns than the weights; 0 freezes it. Ours: the \
         published rate is that of the weights, 1.";
    scale_recipe: ScaleRecipe = ScaleRecipe::Rule, Kind::Choice(ScaleRecipe::WORDS), &[Symile],
        "Logit scale",
        "rule: starts where the logits of random embeddings spread by a tenth, and has no decay (ours). published: starts at \u{2212}0.3 and decays as the weights do, as in the authors' experiments with exclusive or.";
    negatives: Negatives = Negatives::Linear, Kind::Choice(Negatives::WORDS), &[Symile],
        "Negatives",
        "n: one random combination of the other modalities for each row of the batch. n_squared: every combination, N\u{b2} for three modalities and N to the M\u{2212}1 in general.";
    form: HclForm = HclForm::Deep, Kind::Choice(HclForm::WORDS), &[Hcl],
        "Form",
        "deep: an encoder for each modality and block (our decorrelated extension). linear: the paper's masked linear objective.";
    loss: HclLoss = HclLoss::Decorrelated, Kind::Choice(HclLoss::WORDS), &[Hcl],
        "Loss of the deep form",
        "decorrelated: our extension. official: as in the authors' code, where the blocks of a modality tend to become copies of each other.";
    structure: Structure = Structure::Every, Kind::Choice(Structure::WORDS), &[Hcl],
        "Structure",
        "Which sets of modalities have a block. all: every one. no_partial and global are wrong on purpose where some modalities share what others lack: see in the recovery how the block of all then also holds what only two share.";
    rank: u32 = 4, Kind::Count { min: 1, max: 128 }, &[Hcl],
        "Block size",
        "Dimensions of each block: one block for each set of modalities. Lowered where many modalities \
         would make all blocks together wider than 2048.";
    ranks: BlockRanks = BlockRanks::Equal, Kind::Ranks, &[Hcl],
        "Sizes of blocks",
        "equal: all of the block size. found: as many dimensions as factors are shared, counted on \
         the training rows (our rule; private blocks have the block size at most). Or your own: \
         a+b=2,c=1; sets that are not named have no block.";
    start: Start = Start::Random, Kind::Choice(Start::WORDS), &[Hcl],
        "Start of the linear form",
        "random, or peeling: the closed form on the covariance of the training rows (ours), from \
         which training goes on. Only where form=linear.";
    rotation: RotationOf = RotationOf::Common, Kind::Choice(RotationOf::WORDS), &[Hcl],
        "Rotation of peeled blocks",
        "common: one eigendecomposition over all modalities of a block (ours). per_modality: one \
         each, as in the authors' code, which leaves modalities in rotations that do not agree. \
         Only where start=peeling.";
    reconstruction: f64 = 3.0, Kind::Number { min: 0.0, max: 1000.0 }, &[Hcl],
        "Reconstruction weight",
        "How much rebuilding each modality from its blocks counts; it is what gives the specific blocks a signal.";
    level_weight: f64 = 1.0, Kind::Number { min: 0.0, max: 1000.0 }, &[Hcl],
        "Level penalty",
        "Weight of the inner products between the levels of a modality, in the official loss only.";
    tokenizer: Tokenizer = Tokenizer::Encoder, Kind::Choice(Tokenizer::WORDS), &[Coral, Comm],
        "Tokens come from",
        "encoder: each modality's encoder makes all its tokens of all its columns, so each token can hold everything. feature: one token a column, its value times a learned vector, so that a hidden token hides its column; 64 columns a modality at most, and no hidden layers.";
    tokens: u32 = 4, Kind::Count { min: 1, max: 64 }, &[Coral, Comm],
        "Tokens",
        "Tokens that each modality becomes before fusion, where they come from its encoder.";
    token_width: u32 = 32, Kind::Count { min: 4, max: 512 }, &[Coral, Comm],
        "Token width",
        "Dimensions of a token and of the shared embedding; a unique embedding has half. A multiple of 4.";
    mask: f64 = 0.75, Kind::Number { min: 0.0, max: 1.0 }, &[Coral],
        "Mask ratio \u{3c1}",
        "Share of one modality's tokens hidden in each view. 0: fused SimCLR. 1: purely cross-modal.";
    orthogonality: f64 = 1.0, Kind::Number { min: 0.0, max: 1000.0 }, &[Coral],
        "Orthogonality \u{3bb}",
        "Weight of the squared cosines between the shared and the unique embeddings.";
    mask_schedule: MaskSchedule = MaskSchedule::Constant, Kind::Choice(MaskSchedule::WORDS), &[Coral],
        "Mask schedule",
        "constant: the mask ratio all the time, COrAL's second recipe. rising: 7, 47, 73 and 100 % of it in the quarters of the run, as .05, .35, .55 and .75 in the first.";
    penalty: Penalty = Penalty::Square, Kind::Choice(Penalty::WORDS), &[Coral],
        "Orthogonality penalty",
        "cos2: squared cosines, COrAL's second recipe. hinge: cosines above zero, the first one, which drives them below zero.";
    temperature: f64 = 0.1, Kind::Number { min: 0.01, max: 10.0 }, &[Coral, Comm, CrossSelf],
        "Temperature \u{3c4}",
        "Divides the cosines of views; smaller looks harder at the nearest negatives.";
    self_weight: f64 = 0.5, Kind::Number { min: 0.0, max: 100.0 }, &[CrossSelf],
        "Self weight",
        "Weight of the contrast inside each modality; 0 leaves the contrast between modalities.";
    noise: f64 = 0.3, Kind::Number { min: 0.0, max: 10.0 }, &[Coral, Comm, CrossSelf],
        "View noise",
        "Standard deviation of the noise added to each input of a view, in units of the input's own.";
    drop: f64 = 0.1, Kind::Number { min: 0.0, max: 1.0 }, &[Coral, Comm, CrossSelf],
        "View feature drop",
        "Share of inputs set to their mean in each view.";
    swap: f64 = 0.2, Kind::Number { min: 0.0, max: 1.0 }, &[Coral, Comm, CrossSelf],
        "View resampling",
        "Share of inputs replaced by another training row's value in each view.";
    synergy_control: ControlRun = ControlRun::Planted, Kind::Choice(ControlRun::WORDS), &[Coral, Comm, CrossSelf],
        "Synergy control",
        "on: after training, the same once more on noise of your data's shapes in which an exclusive or is planted, to tell whether these views and masks can see synergy at all. It takes as long as one more seed.";
}
