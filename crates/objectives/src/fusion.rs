//! What `COrAL` and `CoMM` have in common: each modality becomes tokens, one transformer block fuses all
//! tokens and a class token, whose output is the shared embedding; heads with batch normalisation.

use crate::BuildError;
use crate::encoder::Mlp;
use crate::readout::{Outputs, Score, output};
use crate::shape::Shape;
use trefoil_plan::{
    Act, Batch, Clock, Curve, Group, Heads, Init, Statistics, Tape, TokenMask, Var,
};
use trefoil_protocol::{Settings, Tokenizer};

/// Tokens, the fusing block, heads.
#[derive(Clone, Debug)]
pub(crate) struct Fusion {
    pub(crate) shape: Shape,
    tokenizer: Tokenizer,
    encoder: Mlp,
    /// Tokens of each modality.
    pub(crate) tokens: Vec<u32>,
    pub(crate) width: u32,
}

/// What becomes of the tokens of modalities that are not asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// Set to zero, and attended to as such: as `COrAL` trains with masks.
    Hidden,
    /// Not attended to: as `CoMM` trains.
    LeftOut,
}

/// Tokens of a modality at most, where each column is one: attention holds all of them for every row.
const MOST_FEATURES: u32 = 64;
/// Heads of the fusing block.
const FUSION_HEADS: u32 = 4;
/// The feed-forward layer of the fusing block is this many times as wide as a token.
const FEED_FORWARD: u32 = 4;

impl Fusion {
    /// For data of this shape.
    ///
    /// # Errors
    /// Where the token width cannot be divided into heads, or a modality has too many columns for a
    /// token each.
    pub(crate) fn new(settings: &Settings, shape: &Shape) -> Result<Self, BuildError> {
        let width = settings.token_width;
        if !width.is_multiple_of(FUSION_HEADS) {
            return Err(BuildError::TokenWidth { width });
        }
        let tokenizer = settings.tokenizer;
        let tokens = shape.modalities.iter().map(|modality| match tokenizer {
            Tokenizer::Encoder => Ok(settings.tokens),
            Tokenizer::Feature if modality.inputs <= MOST_FEATURES => Ok(modality.inputs),
            Tokenizer::Feature => Err(BuildError::TooManyFeatures {
                modality: modality.name.clone(),
                columns: modality.inputs,
                most: MOST_FEATURES,
            }),
        });
        let tokens = tokens.collect::<Result<_, _>>()?;
        let encoder = Mlp::new(settings);
        Ok(Self { shape: shape.clone(), tokenizer, encoder, tokens, width })
    }

    pub(crate) fn count(&self) -> u32 {
        self.shape.count()
    }

    /// One bit a modality.
    pub(crate) fn all(&self) -> u32 {
        (1 << self.count()) - 1
    }

    /// Tokens of a modality, side by side: `(n, tokens·width)`.
    pub(crate) fn tokens(&self, tape: &mut Tape, path: &str, modality: usize, x: Var) -> Var {
        let name = self.shape.name(modality);
        let (own, like) = (format!("{path}.{name}"), format!("encoder.{name}"));
        match self.tokenizer {
            Tokenizer::Encoder => {
                let outputs = self.tokens[modality] * self.width;
                self.encoder.apply_like(tape, &own, &like, x, outputs)
            }
            Tokenizer::Feature => self.feature_tokens(tape, &own, &like, x),
        }
    }

    /// One token a column, `x_i·W_i + b_i`, as the authors' code has it for tables.
    fn feature_tokens(&self, tape: &mut Tape, own: &str, like: &str, x: Var) -> Var {
        let (rows, columns, width) = (tape.rows(x), tape.cols(x), self.width);
        let init = Init::Uniform { fan_in: width };
        let mut row = |what: &str, group| {
            let (own, like) = (format!("{own}.token.{what}"), format!("{like}.token.{what}"));
            let made = tape.param_like(&own, &like, (columns, width), group, init);
            let made = tape.reshape(made, 1, columns * width);
            tape.broadcast(made, rows)
        };
        let (weights, biases) = (row("weight", Group::Matrix), row("bias", Group::Vector));
        let weights = tape.reshape(weights, rows * columns, width);
        let values = tape.reshape(x, rows * columns, 1);
        let scaled = tape.scale_rows(weights, values);
        let scaled = tape.reshape(scaled, rows, columns * width);
        tape.sum(&[(scaled, 1.0), (biases, 1.0)])
    }

    /// The shared embedding `(n, width)` of the tokens of some modalities, weighed by the mask.
    pub(crate) fn fuse(&self, tape: &mut Tape, parts: &[Var], token_mask: Var) -> Var {
        tape.scope("fusion", |tape| {
            let width = self.width;
            let rows = tape.rows(parts[0]);
            let each = 1 + parts.iter().map(|&part| tape.cols(part) / width).sum::<u32>();
            let class = tape.param("fusion.class", 1, width, Group::Vector, Init::Normal);
            let mut all = vec![tape.broadcast(class, rows)];
            all.extend(parts);
            let tokens = tape.concat(&all);
            let tokens = tape.reshape(tokens, rows * each, width);
            let mask = tape.reshape(token_mask, rows * each, 1);
            let tokens = tape.scale_rows(tokens, mask);

            let normed = tape.layer_norm("fusion.norm1", tokens);
            let asking = tape.layer_norm("fusion.norm1", class);
            let query = tape.linear("fusion.query", asking, width, Act::None);
            let keys = tape.linear("fusion.key", normed, width, Act::None);
            let values = tape.linear("fusion.value", normed, width, Act::None);
            let how = Heads { tokens: each, heads: FUSION_HEADS, scaled: true };
            let read = tape.attend(keys, values, query, how);
            let read = tape.linear("fusion.out", read, width, Act::None);
            let c = tape.sum(&[(read, 1.0), (class, 1.0)]);

            let inner = tape.layer_norm("fusion.norm2", c);
            let inner = tape.linear("fusion.up", inner, FEED_FORWARD * width, Act::None);
            let inner = tape.activation(inner, Curve::QuickGelu);
            let inner = tape.linear("fusion.down", inner, width, Act::None);
            let c = tape.sum(&[(c, 1.0), (inner, 1.0)]);
            tape.layer_norm("fusion.norm3", c)
        })
    }

    /// A head with batch normalisation over each view; its output has length one.
    pub(crate) fn head(
        &self,
        tape: &mut Tape,
        name: &str,
        x: Var,
        mask: Option<Var>,
        statistics: Statistics,
    ) -> Var {
        tape.scope(name, |tape| {
            let hidden = 2 * self.width;
            let mut y = x;
            for layer in 0..2 {
                y = tape.linear(&format!("{name}.{layer}"), y, hidden, Act::None);
                y = tape.batch_norm(&format!("{name}.norm{layer}"), y, 2, mask, statistics);
                y = tape.relu(y);
            }
            let y = tape.linear(&format!("{name}.2"), y, self.width, Act::None);
            tape.normalize(y)
        })
    }

    /// A mask that hides nothing but absent modalities.
    pub(crate) fn mask(&self, views: u32) -> TokenMask {
        let (tokens, keep) = (self.tokens.clone(), self.all());
        TokenMask { tokens, views, ratio: 0.0, keep, quarter: 0 }
    }

    /// The shared embedding of the modalities in `set`, one bit each, for rows as they are.
    /// `parts` are the tokens of all of them.
    pub(crate) fn fuse_set(
        &self,
        tape: &mut Tape,
        parts: &[Var],
        presence: Option<Var>,
        (set, others): (u32, Others),
        (views, clock): (u32, Clock),
    ) -> Var {
        let plain = self.mask(views);
        let (how, parts) = match others {
            Others::Hidden => (TokenMask { keep: set, ..plain }, parts.to_vec()),
            Others::LeftOut => {
                let inside = |m: usize| set >> m & 1 == 1;
                let count = |(m, &tokens): (usize, &u32)| if inside(m) { tokens } else { 0 };
                let tokens = self.tokens.iter().enumerate().map(count).collect();
                let kept = (0..parts.len()).filter(|&m| inside(m)).map(|m| parts[m]).collect();
                (TokenMask { tokens, ..plain }, kept)
            }
        };
        let mask = tape.token_mask(tape.rows(parts[0]), presence, how, clock);
        self.fuse(tape, &parts, mask)
    }

    /// The shared embeddings that are read out, before their head and behind it: of all
    /// modalities, of each one alone, and of all but one.
    pub(crate) fn embed(
        &self,
        tape: &mut Tape,
        batch: &Batch<'_>,
        others: Others,
    ) -> Vec<(String, Var)> {
        let count = self.count() as usize;
        let presence = batch.presence(tape);
        let inputs: Vec<Var> = (0..self.count()).map(|m| batch.inputs(tape, m)).collect();
        let parts: Vec<Var> =
            inputs.iter().enumerate().map(|(m, &x)| self.tokens(tape, "encoder", m, x)).collect();
        let all = self.all();
        let mut sets: Vec<u32> = vec![all];
        sets.extend((0..count).flat_map(|m| [1 << m, all & !(1 << m)]));
        sets.sort_unstable();
        sets.dedup();
        let mut made = Vec::new();
        for set in sets {
            let when = (1, batch.clock());
            let shared = self.fuse_set(tape, &parts, presence, (set, others), when);
            let head = self.head(tape, "head.shared", shared, None, Statistics::Running);
            if set == all || set.is_power_of_two() {
                made.push((shared_name(set), shared));
            }
            made.push((head_name(set), head));
        }
        made
    }

    /// Cosine of the shared heads, each from its own tokens only.
    pub(crate) fn score(outputs: &Outputs, target: usize, given: &[usize]) -> Score {
        Score {
            queries: output(outputs, &head_name(bits(given))).clone(),
            candidates: output(outputs, &head_name(1 << target)).clone(),
            filled: false,
        }
    }

    /// The head of all modalities, as exports name it.
    pub(crate) fn whole_export(&self, outputs: &Outputs) -> (String, String, ndarray::Array2<f32>) {
        let values = output(outputs, &head_name(self.all())).clone();
        ("joint".to_owned(), "shared head".to_owned(), values)
    }

    /// The heads of all modalities but one, as exports name them.
    pub(crate) fn joint_exports(
        &self,
        outputs: &Outputs,
    ) -> Vec<(String, String, ndarray::Array2<f32>)> {
        let count = self.shape.modalities.len();
        let one = |m: usize| {
            let others: Vec<usize> = (0..count).filter(|o| *o != m).collect();
            let names: Vec<&str> = others.iter().map(|&o| self.shape.name(o)).collect();
            let block = format!("shared head of {}", names.join("+"));
            ("joint".to_owned(), block, output(outputs, &head_name(bits(&others))).clone())
        };
        (0..count).filter(|_| count > 2).map(one).collect()
    }
}

/// Output name of the shared embedding of some modalities' tokens.
pub(crate) fn shared_name(keep: u32) -> String {
    format!("shared {keep:b}")
}

/// Output name of its head.
pub(crate) fn head_name(keep: u32) -> String {
    format!("head {keep:b}")
}

fn bits(modalities: &[usize]) -> u32 {
    modalities.iter().fold(0, |bits, m| bits | 1 << m)
}
