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
use crate::fusion::{Fusion, Others, head_name, shared_name};
use crate::readout::{Block, Head, Objective, Outputs, Readout, Score, beside, output};
use crate::shape::Shape;
use ndarray::Array2;
use trefoil_plan::{
    Act, Batch, Curve, Distortion, Group, Heads, Init, Losses, Mode, Model, Statistics, Tape, Term,
    TokenMask, Var,
};
use trefoil_protocol::{MaskSchedule, Penalty, Settings};

/// COrAL.
#[derive(Clone, Debug)]
pub struct Coral {
    fusion: Fusion,
    mask: f64,
    schedule: MaskSchedule,
    orthogonality: f64,
    penalty: Penalty,
    temperature: f64,
    distortion: Distortion,
}

/// What the loss needs of the two views, one below the other.
pub struct Views<'a> {
    /// Inputs of each modality, `(2n, d_m)`.
    pub inputs: &'a [Var],
    /// Weights of the tokens, `(2n, 1 + Σ tokens)`.
    pub token_mask: Var,
    /// Which modalities both views of a row have, `(2n, modalities)`; none where all have all.
    pub presence: Option<Var>,
    /// What batch normalisation normalises by.
    pub statistics: Statistics,
}

impl Coral {
    /// COrAL on data of this shape.
    ///
    /// # Errors
    /// Where the token width cannot be divided into heads, or a modality has too many columns for a
    /// token each.
    pub fn new(settings: &Settings, shape: &Shape) -> Result<Self, BuildError> {
        let &Settings { mask, orthogonality, temperature, noise, drop, swap, .. } = settings;
        Ok(Self {
            fusion: Fusion::new(settings, shape)?,
            mask,
            schedule: settings.mask_schedule,
            orthogonality,
            penalty: settings.penalty,
            temperature,
            distortion: Distortion { noise, drop, swap },
        })
    }

    /// The unique embedding `(n, width/2)` of a modality.
    fn unique(&self, tape: &mut Tape, modality: usize, x: Var) -> Var {
        let Fusion { shape, width, tokens, .. } = &self.fusion;
        let each = tokens[modality];
        let name = format!("unique.{}", shape.name(modality));
        tape.scope(&name.clone(), |tape| {
            let rows = tape.rows(x);
            let half = width / 2;
            let tokens = self.fusion.tokens(tape, "unique", modality, x);
            let tokens = tape.reshape(tokens, rows * each, *width);
            let inner = tape.linear(&format!("{name}.a"), tokens, *width, Act::None);
            let inner = tape.layer_norm(&format!("{name}.norm"), inner);
            let inner = tape.activation(inner, Curve::Gelu);
            let inner = tape.linear(&format!("{name}.b"), inner, half, Act::None);
            let query = tape.param(&format!("{name}.query"), 1, half, Group::Vector, Init::Normal);
            let how = Heads { tokens: each, heads: 1, scaled: false };
            tape.attend(inner, inner, query, how)
        })
    }

    /// The loss of two views.
    pub fn terms(&self, tape: &mut Tape, views: &Views<'_>) -> Losses {
        let (fusion, statistics) = (&self.fusion, views.statistics);
        let masks: Vec<Option<Var>> =
            (0..fusion.count()).map(|m| views.presence.map(|p| tape.columns(p, m, 1))).collect();
        let parts: Vec<Var> = views
            .inputs
            .iter()
            .enumerate()
            .map(|(m, &x)| fusion.tokens(tape, "encoder", m, x))
            .collect();
        let shared = fusion.fuse(tape, &parts, views.token_mask);
        let mut heads = vec![(fusion.head(tape, "head.shared", shared, None, statistics), None)];
        for (m, &x) in views.inputs.iter().enumerate() {
            let unique = self.unique(tape, m, x);
            let name = format!("head.{}", fusion.shape.name(m));
            heads.push((fusion.head(tape, &name, unique, masks[m], statistics), masks[m]));
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
        let penalty = penalty(tape, &heads, self.penalty);
        let term = |name: &str, value, weight| Term { name: name.to_owned(), value, weight };
        let terms = vec![
            term("shared", losses[0], 1.0),
            term("unique", unique, 1.0),
            term("orthogonality", penalty, self.orthogonality),
        ];
        Losses { terms, log_scale: None }
    }
}

/// What makes two heads tell different things, summed over both views and over pairs, scaled by
/// 3 / pairs so that the weight means the same for any number of modalities.
fn penalty(tape: &mut Tape, heads: &[(Var, Option<Var>)], penalty: Penalty) -> Var {
    let mut pairs = Vec::new();
    for (i, &(a, mask_a)) in heads.iter().enumerate() {
        for &(b, mask_b) in &heads[i + 1..] {
            let cosine = tape.row_dot(a, b);
            let cost = match penalty {
                Penalty::Square => tape.activation(cosine, Curve::Square),
                Penalty::Hinge => tape.relu(cosine),
            };
            let mask = match (mask_a, mask_b) {
                (Some(a), Some(b)) => Some(tape.scale_rows(a, b)),
                (one, other) => one.or(other),
            };
            pairs.push(tape.mean(cost, mask));
        }
    }
    // The mean is over both views, the published sum has one mean a view.
    let weight = 2.0 * 3.0 / pairs.len() as f64;
    let weighted: Vec<(Var, f64)> = pairs.iter().map(|&p| (p, weight)).collect();
    tape.sum(&weighted)
}

impl Model for Coral {
    fn losses(&self, tape: &mut Tape, batch: &Batch<'_>) -> Losses {
        let fusion = &self.fusion;
        let viewed = batch.viewed(tape);
        let inputs: Vec<Var> =
            (0..fusion.count()).map(|m| batch.views(tape, m, &viewed, self.distortion)).collect();
        let quarter = match self.schedule {
            MaskSchedule::Constant => 0,
            MaskSchedule::Rising => (batch.training().optimiser.steps / 4).max(1),
        };
        let plain = fusion.mask(2);
        let how = TokenMask { ratio: self.mask, quarter, ..plain };
        let token_mask = tape.token_mask(2 * batch.rows, viewed.presence, how, batch.clock());
        let statistics =
            if batch.mode == Mode::Train { Statistics::Train } else { Statistics::Batch };
        self.terms(tape, &Views { inputs: &inputs, token_mask, presence: viewed.both, statistics })
    }

    fn embed(&self, tape: &mut Tape, batch: &Batch<'_>) -> Vec<(String, Var)> {
        let mut made = self.fusion.embed(tape, batch, Others::Hidden);
        for m in 0..self.fusion.count() {
            let x = batch.inputs(tape, m);
            let name = self.fusion.shape.name(m as usize);
            let unique = self.unique(tape, m as usize, x);
            let head = format!("head.{name}");
            let head = self.fusion.head(tape, &head, unique, None, Statistics::Running);
            made.push((unique_name(name), unique));
            made.push((unique_head_name(name), head));
        }
        made
    }
}

/// Output name of a modality's unique embedding.
fn unique_name(modality: &str) -> String {
    format!("unique {modality}")
}

/// Output name of its head.
fn unique_head_name(modality: &str) -> String {
    format!("unique head {modality}")
}

impl Objective for Coral {
    fn blocks(&self) -> Vec<Block> {
        let Fusion { shape, width, .. } = &self.fusion;
        let all: Vec<usize> = (0..shape.modalities.len()).collect();
        let mut blocks = vec![Block { name: "shared".to_owned(), subset: all, rank: *width }];
        for (m, modality) in shape.modalities.iter().enumerate() {
            let name = format!("unique:{}", modality.name);
            blocks.push(Block { name, subset: vec![m], rank: width / 2 });
        }
        blocks
    }

    /// Before the heads, unmasked: what a modality alone gives is its shared embedding with the
    /// other tokens hidden, and its unique one. The first of these is also read out by itself.
    fn readout(&self, outputs: &Outputs, present: &[Vec<bool>]) -> Readout {
        let unique = |m: usize| output(outputs, &unique_name(self.fusion.shape.name(m)));
        let count = present.len();
        let modalities = (0..count)
            .map(|m| beside(&[output(outputs, &shared_name(1 << m)), unique(m)]))
            .collect();
        let mut blocks = vec![output(outputs, &shared_name(self.fusion.all())).clone()];
        blocks.extend((0..count).map(|m| unique(m).clone()));
        let alone = |m: usize| {
            let name = format!("shared:{}", self.fusion.shape.name(m));
            let block = Block { name, subset: vec![m], rank: self.fusion.width };
            (block, output(outputs, &shared_name(1 << m)).clone())
        };
        Readout { modalities, blocks, alone: (0..count).map(alone).collect() }
    }

    /// Unmasked, normalised by the running statistics of batch normalisation.
    fn heads<'a>(&self, outputs: &'a Outputs) -> Vec<Head<'a>> {
        let shared = output(outputs, &head_name(self.fusion.all()));
        let mut heads = vec![Head { block: "shared".to_owned(), needs: None, values: shared }];
        for (m, modality) in self.fusion.shape.modalities.iter().enumerate() {
            heads.push(Head {
                block: format!("unique:{}", modality.name),
                needs: Some(m),
                values: output(outputs, &unique_head_name(&modality.name)),
            });
        }
        heads
    }

    fn score(&self, outputs: &Outputs, target: usize, given: &[usize]) -> Score {
        Fusion::score(outputs, target, given)
    }

    fn exports(&self, outputs: &Outputs) -> Vec<(String, String, Array2<f32>)> {
        let mut made = Vec::new();
        for (m, modality) in self.fusion.shape.modalities.iter().enumerate() {
            let name = modality.name.clone();
            let mut part = |block: &str, values: &Array2<f32>| {
                made.push((name.clone(), block.to_owned(), values.clone()));
            };
            part("shared", output(outputs, &shared_name(1 << m)));
            part("shared head", output(outputs, &head_name(1 << m)));
            part("unique", output(outputs, &unique_name(&name)));
            part("unique head", output(outputs, &unique_head_name(&name)));
        }
        made.push(self.fusion.whole_export(outputs));
        made.extend(self.fusion.joint_exports(outputs));
        made
    }

    fn chance(&self, _batch: u32) -> Option<f64> {
        None
    }
}
