//! `CoMM` (Dufumier et al. 2025, arXiv 2409.07402): the shared path of COrAL without masks, orthogonality
//! or unique paths. Two random views; with `z_i` the head of the fused embedding of modality i
//! alone and `z` that of all of them:
//!
//! `L = mean over i of ½ [NCE(z′_i, z″) + NCE(z″_i, z′)]`, i over each modality and all together.
//!
//! What is fused of some modalities attends to their tokens only. Tokens of modalities that a row
//! lacks are hidden; a row counts for modality i where both of its views have
//! it (ours).

use crate::BuildError;
use crate::fusion::{Fusion, Others, head_name, shared_name};
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

    /// The head of the fused tokens of the modalities in `set`, for both views.
    fn head(&self, tape: &mut Tape, views: &Views<'_>, set: u32) -> Var {
        let (fusion, when) = (&self.fusion, (2, views.clock));
        let set = (set, Others::LeftOut);
        let shared = fusion.fuse_set(tape, views.parts, views.presence, set, when);
        fusion.head(tape, "head.shared", shared, None, views.statistics)
    }

    /// NCE of two views, one below the other.
    fn contrast(&self, tape: &mut Tape, heads: Var, mask: Option<Var>) -> Var {
        let log_scale = tape.constant("temperature", 1, 1, vec![-self.temperature.ln()]);
        let losses = tape.contrast_views(heads, log_scale, mask);
        tape.mean(losses, mask)
    }
}

/// For each of two views, 1 where a row is of it: `(2n, 1)`.
fn indicators(tape: &mut Tape, rows: u32) -> [Var; 2] {
    [0, 1].map(|view| {
        let is = |row: u32| f64::from(u8::from(row / (rows / 2) == view));
        tape.constant("view", rows, 1, (0..rows).map(is).collect())
    })
}

/// View 1 of the first above view 2 of the second, all `(2n, width)`.
fn stack(tape: &mut Tape, heads: [Var; 2], indicators: [Var; 2]) -> Var {
    let [first, second] = [0, 1].map(|i| (tape.scale_rows(heads[i], indicators[i]), 1.0));
    tape.sum(&[first, second])
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
        let joint = self.head(tape, &views, all);
        let value = self.contrast(tape, joint, None);
        let of_views = indicators(tape, tape.rows(joint));
        let mut terms = vec![Term { name: "all".to_owned(), value, weight: share }];
        for m in 0..count {
            let mask = viewed.both.map(|both| tape.columns(both, m, 1));
            let alone = self.head(tape, &views, 1 << m);
            let halves = [[alone, joint], [joint, alone]].map(|heads| {
                let heads = stack(tape, heads, of_views);
                (self.contrast(tape, heads, mask), 0.5)
            });
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
        self.fusion.embed(tape, batch, Others::LeftOut)
    }
}

impl Objective for Comm {
    fn blocks(&self) -> Vec<Block> {
        let subset = (0..self.fusion.shape.modalities.len()).collect();
        vec![Block { name: "shared".to_owned(), subset, rank: self.fusion.width }]
    }

    /// Before the head: what a modality alone gives is the fused embedding without the other
    /// tokens.
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
