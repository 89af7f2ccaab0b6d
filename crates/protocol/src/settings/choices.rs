//! Settings that are one of a few words.

use super::{SettingType, Value};

/// The words of a choice, as a type.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            pub(super) const WORDS: &'static [&'static str] = &[$($word),+];
        }

        impl SettingType for $name {
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    $(Value::Word(w) if w == $word => Some(Self::$variant),)+
                    _ => None,
                }
            }
            fn to_value(self) -> Value {
                Value::Word(match self { $(Self::$variant => $word),+ }.to_owned())
            }
        }
    };
}

choice! {
    /// Non-linearity between the layers of an encoder.
    Activation { /// max(0, x)
        Relu = "relu", /// x Φ(x)
        Gelu = "gelu", /// tanh x
        Tanh = "tanh" }
}
choice! {
    /// How the learning rate changes over the run.
    Schedule { /// Not at all, after the warm-up.
        Constant = "constant", /// Half a cosine down to a hundredth.
        Cosine = "cosine" }
}
choice! {
    /// Symile's negatives.
    Negatives { /// One random combination of the other modalities for each row: O(N).
        Linear = "n", /// Every combination of the other modalities' rows (O(N²) for three modalities).
        All = "n_squared" }
}
choice! {
    /// How COrAL's mask ratio changes over the run.
    MaskSchedule { /// Not at all.
        Constant = "constant", /// In four stages.
        Rising = "rising" }
}
choice! {
    /// What COrAL charges for cosines between its embeddings.
    Penalty { /// Their squares.
        Square = "cos2", /// What is above zero.
        Hinge = "hinge" }
}
choice! {
    /// Whether a synergy control is trained beside an objective.
    ControlRun { /// One more seed, on noise with a planted exclusive or.
        Planted = "on", /// None.
        Omitted = "off" }
}
choice! {
    /// How Symile's logit scale starts, and whether it decays.
    ScaleRecipe { /// Where random logits have a standard deviation of a tenth; no decay.
        Rule = "rule", /// At −0.3, with the decay of the weights, as in the authors' experiments.
        Published = "published" }
}
choice! {
    /// How embeddings are scaled before they are compared.
    Norm { /// To length one.
        Unit = "unit", /// By a layer norm with learned gain and bias, as in Symile's larger experiments.
        Layer = "layer" }
}
choice! {
    /// Which HCL is trained.
    HclForm { /// One encoder for each modality and block, decorrelated covariances (our extension).
        Deep = "deep", /// The paper's linear objective with its block mask.
        Linear = "linear" }
}
choice! {
    /// Which sets of modalities have a block in HCL.
    Structure { /// All of them (pairs, singles and all together beyond four modalities, beyond six in the linear
        /// form).
        Every = "all", /// Singles and all together: wrong where some share and others do not.
        NoPartial = "no_partial", /// All together only: everything is taken for shared by all.
        Global = "global" }
}
choice! {
    /// Where linear HCL begins.
    Start { /// Anywhere.
        Random = "random", /// At the closed form.
        Peeling = "peeling" }
}
choice! {
    /// How peeling rotates a block.
    RotationOf { /// In all its modalities alike.
        Common = "common", /// In each one by itself.
        PerModality = "per_modality" }
}
choice! {
    /// What deep HCL minimises.
    HclLoss { /// Covariances, decorrelated blocks and reconstruction (our extension).
        Decorrelated = "decorrelated", /// The loss of the authors' code.
        Official = "official" }
}
choice! {
    /// Where the tokens of `COrAL` and `CoMM` come from.
    Tokenizer { /// A modality's encoder makes all of them of all its columns.
        Encoder = "encoder", /// One a column.
        Feature = "feature" }
}
