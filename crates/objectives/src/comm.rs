//! `CoMM` (Dufumier et al. 2025, arXiv 2409.07402): the shared path of COrAL without masks, orthogonality
//! or unique paths. Two random views; with `z_i` the head of the fused embedding of modality i
//! alone and `z` that of all of them:
//!
//! `L = mean over i of ½ [NCE(z′_i, z″) + NCE(z″_i, z′)]`, i over each modality and all together.
//!
//! Tokens of absent modalities are hidden; a row counts for modality i where both of its views have
//! it (ours).

use crate::BuildError;
use crate::fusion::{Fusion, head_name, shared_name};
use crate::readout::{Block, Objective, Outputs, Readout, Score, output};
use crate::shape::Shape;
use ndarray::Array2;
use trefoil_plan::{Batch, Clock, Distortion, Losses, Mode, Model, Statistics, Tape, Term, Var};
use trefoil_protocol::Settings;

/// `CoMM`.
#[derive(Clone, Debug)]
pub struct Comm {
    fusion: Fusion,
    temperature: f64,
    distortion: Distortion,
}

/// Modalities up to which each one has its own curve.
const CURVES: u32 = 5;

impl Comm {
    /// `CoMM` on data of this shape.
    ///
    /// # Errors
    /// Where the token width cannot be divided into heads.
    pub fn new(settings: &Settings, shape: &Shape) -> Result<Self, BuildError> {
        let &Settings { temperature, noise, drop, swap, .. } = settings;
        Ok(Self {
            fusion: Fusion::new(settings, shape)?,
            temperature,
            distortion: Distortion { noise, drop, swap },
        })
    }

    /// NCE of two views of which each is of its own set of modalities: one stack holds both.
    fn contrast(
        &self,
        tape: &mut Tape,
        views: &Views<'_>,
        keep: [u32; 2],
        mask: Option<Var>,
    ) -> Var {
        let fusion = &self.fusion;
        let how = fusion.mask(2, keep);
        let rows = tape.rows(views.parts[0]);
        let token_mask = tape.token_mask(rows, views.presence, how, views.clock);
        let shared = fusion.fuse(tape, views.parts, token_mask);
        let head = fusion.head(tape, "head.shared", shared, None, views.statistics);
        let log_scale = tape.constant("temperature", 1, 1, vec![-self.temperature.ln()]);
        let losses = tape.contrast_views(head, log_scale, mask);
        tape.mean(losses, mask)
    }
}

/// Two views of a batch, one below the other.
struct Views<'a> {
    /// Tokens of each modality.
    parts: &'a [Var],
    presence: Option<Var>,
    clock: Clock,
    statistics: Statistics,
}

impl Model for Comm {
    fn losses(&self, tape: &mut Tape, batch: &Batch<'_>) -> Losses {
        let fusion = &self.fusion;
        let count = fusion.count();
        let viewed = batch.viewed(tape);
        let parts: Vec<Var> = (0..count)
            .map(|m| {
                let x = batch.views(tape, m, &viewed, self.distortion);
                fusion.tokens(tape, "encoder", m as usize, x)
            })
            .collect();
        let views = Views {
            parts: &parts,
            presence: viewed.presence,
            clock: batch.clock(),
            statistics: match batch.mode {
                Mode::Train => Statistics::Train,
                _ => Statistics::Batch,
            },
        };
        let all = fusion.all();
        let share = 1.0 / f64::from(count + 1);
        let value = self.contrast(tape, &views, [all; 2], None);
        let mut terms = vec![Term { name: "all".to_owned(), value, weight: share }];
        for m in 0..count {
            let mask = viewed.both.map(|both| tape.columns(both, m, 1));
            let halves = [[1 << m, all], [all, 1 << m]]
                .map(|keep| (self.contrast(tape, &views, keep, mask), 0.5));
            let value = tape.sum(&halves);
            let name = fusion.shape.name(m as usize).to_owned();
            terms.push(Term { name, value, weight: share });
        }
        if count > CURVES {
            let parts: Vec<(Var, f64)> = terms.iter().map(|t| (t.value, t.weight)).collect();
            let value = tape.sum(&parts);
            terms = vec![Term { name: "contrast".to_owned(), value, weight: 1.0 }];
        }
        Losses { terms, log_scale: None }
    }

    fn embed(&self, tape: &mut Tape, batch: &Batch<'_>) -> Vec<(String, Var)> {
        self.fusion.embed(tape, batch)
    }
}

impl Objective for Comm {
    fn blocks(&self) -> Vec<Block> {
        let subset = (0..self.fusion.shape.modalities.len()).collect();
        vec![Block { name: "shared".to_owned(), subset, rank: self.fusion.width }]
    }

    /// Before the head: what a modality alone gives is the fused embedding with the other tokens
    /// hidden.
    fn readout(&self, outputs: &Outputs, present: &[Vec<bool>]) -> Readout {
        let of = |keep: u32| output(outputs, &shared_name(keep)).clone();
        Readout {
            modalities: (0..present.len()).map(|m| of(1 << m)).collect(),
            blocks: vec![of(self.fusion.all())],
            alone: Vec::new(),
        }
    }

    fn score(&self, outputs: &Outputs, target: usize, given: &[usize]) -> Score {
        Fusion::score(outputs, target, given)
    }

    fn exports(&self, outputs: &Outputs) -> Vec<(String, String, Array2<f32>)> {
        let mut made = Vec::new();
        for (m, modality) in self.fusion.shape.modalities.iter().enumerate() {
            for (block, name) in
                [("shared", shared_name(1 << m)), ("shared head", head_name(1 << m))]
            {
                let values = output(outputs, &name).clone();
                made.push((modality.name.clone(), block.to_owned(), values));
            }
        }
        made.push(self.fusion.whole_export(outputs));
        made.extend(self.fusion.joint_exports(outputs));
        made
    }

    fn chance(&self, _batch: u32) -> Option<f64> {
        None
    }
}
