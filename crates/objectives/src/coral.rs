//! COrAL (Cissee, Younis & Ahmadi 2026, arXiv 2602.14983), with the squared cosine of their second
//! recipe as the penalty.
//!
//! Two random views of each row. Shared path: each modality becomes tokens; view 1 hides tokens of
//! one modality, view 2 those of another (asymmetric masking); one transformer block fuses all
//! tokens and a class token, which is read out as `Z`. Unique paths: an encoder of its own for
//! each modality (starting at the same weights), pooled by attention to `u_m`; never masked. Heads
//! with batch normalisation on each; the loss is on their outputs, of length one:
//!
//! `L = NCE(z′,z″) + Σ_m NCE(u′_m,u″_m) + λ Σ_views Σ_pairs mean cos²`
//!
//! over the pairs of `{z, u_1, …, u_M}`. For more than two modalities the masked pair is drawn anew
//! at each step and the penalty is scaled by 3 / pairs (derived, ours). Tokens of absent modalities
//! are hidden, and their unique paths do not count for that row (ours).

use crate::BuildError;
use crate::encoder::Mlp;
use crate::readout::{Block, Objective, Outputs, Readout, Score, beside, output};
use crate::shape::Shape;
use ndarray::Array2;
use trefoil_plan::{
    Act, Batch, Curve, Distortion, Group, Heads, Init, Losses, Mode, Model, Statistics, Tape, Term,
    TokenMask, Var,
};
use trefoil_protocol::Settings;

/// COrAL.
#[derive(Clone, Debug)]
pub struct Coral {
    shape: Shape,
    encoder: Mlp,
    tokens: u32,
    width: u32,
    mask: f64,
    orthogonality: f64,
    temperature: f64,
    distortion: Distortion,
}

/// Heads of the fusing block.
const FUSION_HEADS: u32 = 4;
/// The feed-forward layer of the fusing block is this many times as wide as a token.
const FEED_FORWARD: u32 = 4;

/// What the loss needs of the two views, one below the other.
pub struct Views<'a> {
    /// Inputs of each modality, `(2n, d_m)`.
    pub inputs: &'a [Var],
    /// Weights of the tokens, `(2n, 1 + modalities·tokens)`.
    pub token_mask: Var,
    /// Which rows have which modality, `(2n, modalities)`; none where all have all.
    pub presence: Option<Var>,
    /// What batch normalisation normalises by.
    pub statistics: Statistics,
}

impl Coral {
    /// COrAL on data of this shape.
    ///
    /// # Errors
    /// Where the token width cannot be divided into heads.
    pub fn new(settings: &Settings, shape: &Shape) -> Result<Self, BuildError> {
        let width = settings.token_width;
        if !width.is_multiple_of(FUSION_HEADS) {
            return Err(BuildError::TokenWidth { width });
        }
        let &Settings { tokens, mask, orthogonality, temperature, noise, drop, swap, .. } =
            settings;
        Ok(Self {
            shape: shape.clone(),
            encoder: Mlp::new(settings),
            tokens,
            width,
            mask,
            orthogonality,
            temperature,
            distortion: Distortion { noise, drop, swap },
        })
    }

    fn count(&self) -> u32 {
        self.shape.count()
    }

    /// Tokens of a modality, side by side: `(n, tokens·width)`.
    fn tokens(&self, tape: &mut Tape, path: &str, modality: usize, x: Var) -> Var {
        let name = self.shape.name(modality);
        let (own, like) = (format!("{path}.{name}"), format!("encoder.{name}"));
        self.encoder.apply_like(tape, &own, &like, x, self.tokens * self.width)
    }

    /// The shared embedding `(n, width)` of the tokens of all modalities, weighed by the mask.
    fn fuse(&self, tape: &mut Tape, parts: &[Var], token_mask: Var) -> Var {
        tape.scope("fusion", |tape| {
            let width = self.width;
            let rows = tape.rows(parts[0]);
            let each = 1 + self.count() * self.tokens;
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

    /// The unique embedding `(n, width/2)` of a modality.
    fn unique(&self, tape: &mut Tape, modality: usize, x: Var) -> Var {
        let name = format!("unique.{}", self.shape.name(modality));
        tape.scope(&name.clone(), |tape| {
            let rows = tape.rows(x);
            let half = self.width / 2;
            let tokens = self.tokens(tape, "unique", modality, x);
            let tokens = tape.reshape(tokens, rows * self.tokens, self.width);
            let inner = tape.linear(&format!("{name}.a"), tokens, self.width, Act::None);
            let inner = tape.layer_norm(&format!("{name}.norm"), inner);
            let inner = tape.activation(inner, Curve::Gelu);
            let inner = tape.linear(&format!("{name}.b"), inner, half, Act::None);
            let query = tape.param(&format!("{name}.query"), 1, half, Group::Vector, Init::Normal);
            let how = Heads { tokens: self.tokens, heads: 1, scaled: false };
            tape.attend(inner, inner, query, how)
        })
    }

    /// A head with batch normalisation over each view; its output has length one.
    fn head(
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

    /// The loss of two views.
    pub fn terms(&self, tape: &mut Tape, views: &Views<'_>) -> Losses {
        let statistics = views.statistics;
        let masks: Vec<Option<Var>> =
            (0..self.count()).map(|m| views.presence.map(|p| tape.columns(p, m, 1))).collect();
        let parts: Vec<Var> = views
            .inputs
            .iter()
            .enumerate()
            .map(|(m, &x)| self.tokens(tape, "encoder", m, x))
            .collect();
        let shared = self.fuse(tape, &parts, views.token_mask);
        let mut heads = vec![(self.head(tape, "head.shared", shared, None, statistics), None)];
        for (m, &x) in views.inputs.iter().enumerate() {
            let unique = self.unique(tape, m, x);
            let name = format!("head.{}", self.shape.name(m));
            heads.push((self.head(tape, &name, unique, masks[m], statistics), masks[m]));
        }
        let log_scale = tape.constant("temperature", 1, 1, vec![-self.temperature.ln()]);
        let losses: Vec<Var> = heads
            .iter()
            .map(|&(z, mask)| {
                let rows = tape.contrast_views(z, log_scale, mask);
                tape.mean(rows, mask)
            })
            .collect();
        let unique: Vec<(Var, f64)> = losses[1..].iter().map(|&l| (l, 1.0)).collect();
        let unique = tape.sum(&unique);
        let penalty = penalty(tape, &heads);
        let term = |name: &str, value, weight| Term { name: name.to_owned(), value, weight };
        let terms = vec![
            term("shared", losses[0], 1.0),
            term("unique", unique, 1.0),
            term("orthogonality", penalty, self.orthogonality),
        ];
        Losses { terms, log_scale: None }
    }

    fn mask_of(&self, views: u32, ratio: f64, keep: u32) -> TokenMask {
        TokenMask { tokens: self.tokens, modalities: self.count(), views, ratio, keep }
    }
}

/// Squared cosines between every two heads, summed over both views and over pairs, scaled by
/// 3 / pairs so that the weight means the same for any number of modalities.
fn penalty(tape: &mut Tape, heads: &[(Var, Option<Var>)]) -> Var {
    let mut pairs = Vec::new();
    for (i, &(a, mask_a)) in heads.iter().enumerate() {
        for &(b, mask_b) in &heads[i + 1..] {
            let cosine = tape.row_dot(a, b);
            let square = tape.activation(cosine, Curve::Square);
            let mask = match (mask_a, mask_b) {
                (Some(a), Some(b)) => Some(tape.scale_rows(a, b)),
                (one, other) => one.or(other),
            };
            pairs.push(tape.mean(square, mask));
        }
    }
    // The mean is over both views, the published sum has one mean a view.
    let weight = 2.0 * 3.0 / pairs.len() as f64;
    let weighted: Vec<(Var, f64)> = pairs.iter().map(|&p| (p, weight)).collect();
    tape.sum(&weighted)
}

/// A mask for both views from that of one.
fn twice(tape: &mut Tape, presence: Var) -> Var {
    let (rows, cols) = (tape.rows(presence), tape.cols(presence));
    let row = tape.reshape(presence, 1, rows * cols);
    let both = tape.concat(&[row, row]);
    tape.reshape(both, 2 * rows, cols)
}

impl Model for Coral {
    fn losses(&self, tape: &mut Tape, batch: &Batch<'_>) -> Losses {
        let inputs: Vec<Var> =
            (0..self.count()).map(|m| batch.views(tape, m, self.distortion)).collect();
        let presence = batch.presence(tape);
        let all = (1 << self.count()) - 1;
        let how = self.mask_of(2, self.mask, all);
        let token_mask = tape.token_mask(2 * batch.rows, presence, how, batch.clock());
        let presence = presence.map(|p| twice(tape, p));
        let statistics =
            if batch.mode == Mode::Train { Statistics::Train } else { Statistics::Batch };
        self.terms(tape, &Views { inputs: &inputs, token_mask, presence, statistics })
    }

    fn embed(&self, tape: &mut Tape, batch: &Batch<'_>) -> Vec<(String, Var)> {
        let count = self.count() as usize;
        let presence = batch.presence(tape);
        let inputs: Vec<Var> = (0..self.count()).map(|m| batch.inputs(tape, m)).collect();
        let parts: Vec<Var> =
            inputs.iter().enumerate().map(|(m, &x)| self.tokens(tape, "encoder", m, x)).collect();
        let mut made = Vec::new();
        for (m, &x) in inputs.iter().enumerate() {
            made.push((format!("unique {}", self.shape.name(m)), self.unique(tape, m, x)));
        }
        let all: u32 = (1 << count) - 1;
        let mut sets: Vec<u32> = vec![all];
        sets.extend((0..count).flat_map(|m| [1 << m, all & !(1 << m)]));
        sets.sort_unstable();
        sets.dedup();
        for keep in sets {
            let how = self.mask_of(1, 0.0, keep);
            let mask = tape.token_mask(batch.rows, presence, how, batch.clock());
            let shared = self.fuse(tape, &parts, mask);
            let head = self.head(tape, "head.shared", shared, None, Statistics::Running);
            if keep == all || keep.is_power_of_two() {
                made.push((shared_name(keep), shared));
            }
            made.push((head_name(keep), head));
        }
        made
    }
}

/// Output name of the shared embedding of some modalities' tokens.
fn shared_name(keep: u32) -> String {
    format!("shared {keep:b}")
}

/// Output name of its head.
fn head_name(keep: u32) -> String {
    format!("head {keep:b}")
}

fn bits(modalities: &[usize]) -> u32 {
    modalities.iter().fold(0, |bits, m| bits | 1 << m)
}

impl Objective for Coral {
    fn blocks(&self) -> Vec<Block> {
        let all: Vec<usize> = (0..self.shape.modalities.len()).collect();
        let mut blocks = vec![Block { name: "shared".to_owned(), subset: all, rank: self.width }];
        for (m, modality) in self.shape.modalities.iter().enumerate() {
            let name = format!("unique:{}", modality.name);
            blocks.push(Block { name, subset: vec![m], rank: self.width / 2 });
        }
        blocks
    }

    /// Before the heads, unmasked: what a modality alone gives is its shared embedding with the
    /// other tokens hidden, and its unique one.
    fn readout(&self, outputs: &Outputs, present: &[Vec<bool>]) -> Readout {
        let unique = |m: usize| output(outputs, &format!("unique {}", self.shape.name(m)));
        let count = present.len();
        let modalities = (0..count)
            .map(|m| beside(&[output(outputs, &shared_name(1 << m)), unique(m)]))
            .collect();
        let mut blocks = vec![output(outputs, &shared_name((1 << count) - 1)).clone()];
        blocks.extend((0..count).map(|m| unique(m).clone()));
        Readout { modalities, blocks }
    }

    /// Cosine of the shared heads, each from its own tokens only.
    fn score(&self, outputs: &Outputs, target: usize, given: &[usize]) -> Score {
        Score {
            queries: output(outputs, &head_name(bits(given))).clone(),
            candidates: output(outputs, &head_name(1 << target)).clone(),
            filled: false,
        }
    }

    fn exports(&self, outputs: &Outputs) -> Vec<(String, String, Array2<f32>)> {
        let mut made = Vec::new();
        for (m, modality) in self.shape.modalities.iter().enumerate() {
            let name = modality.name.clone();
            let mut part = |block: &str, values: &Array2<f32>| {
                made.push((name.clone(), block.to_owned(), values.clone()));
            };
            part("shared", output(outputs, &shared_name(1 << m)));
            part("shared head", output(outputs, &head_name(1 << m)));
            part("unique", output(outputs, &format!("unique {name}")));
        }
        let count = self.shape.modalities.len();
        for m in (0..count).filter(|_| count > 2) {
            let others: Vec<usize> = (0..count).filter(|o| *o != m).collect();
            let names: Vec<&str> = others.iter().map(|&o| self.shape.name(o)).collect();
            let block = format!("shared head of {}", names.join("+"));
            made.push((
                "joint".to_owned(),
                block,
                output(outputs, &head_name(bits(&others))).clone(),
            ));
        }
        made
    }

    fn chance(&self, _batch: u32) -> Option<f64> {
        None
    }
}
