//! Cross and Cross+Self, the baselines of `CoMM` and COrAL: CLIP between modalities on a linear
//! projection without a bias, and `SimCLR` inside each modality:
//!
//! `L = Σ_{a<b} CLIP(p_a, p_b) / pairs + w Σ_m NCE(p′_m, p″_m)`, w = ½; 0 leaves Cross.
//!
//! The mean over pairs (one pair in the papers), and that rows which lack a modality do not take
//! part in its terms, are ours.

use crate::clip::{both, log_scale};
use crate::encoder::Mlp;
use crate::readout::{Block, Objective, Outputs, Readout, Score, by_modality, output, summed};
use crate::shape::Shape;
use ndarray::Array2;
use trefoil_plan::{Batch, Distortion, Group, Init, Losses, Model, Tape, Term, Transposed, Var};
use trefoil_protocol::Settings;

/// Cross+Self.
#[derive(Clone, Debug)]
pub struct CrossSelf {
    shape: Shape,
    encoder: Mlp,
    embedding: u32,
    weight: f64,
    temperature: f64,
    distortion: Distortion,
}

impl CrossSelf {
    /// Cross+Self on data of this shape.
    pub fn new(settings: &Settings, shape: &Shape) -> Self {
        let &Settings { embedding, self_weight, temperature, noise, drop, swap, .. } = settings;
        Self {
            shape: shape.clone(),
            encoder: Mlp::new(settings),
            embedding,
            weight: self_weight,
            temperature,
            distortion: Distortion { noise, drop, swap },
        }
    }

    /// What is read out: `(n, embedding)`.
    fn encode(&self, tape: &mut Tape, modality: usize, x: Var) -> Var {
        let name = format!("encoder.{}", self.shape.name(modality));
        tape.scope(&name.clone(), |tape| self.encoder.apply(tape, &name, x, self.embedding))
    }

    /// What is compared: of length one.
    fn project(&self, tape: &mut Tape, modality: usize, y: Var) -> Var {
        let name = format!("projection.{}", self.shape.name(modality));
        let size = self.embedding;
        let init = Init::Uniform { fan_in: size };
        let weight = tape.param(&name, size, size, Group::Matrix, init);
        let y = tape.matmul(y, weight, Transposed::default(), 1);
        tape.normalize(y)
    }
}

impl Model for CrossSelf {
    fn losses(&self, tape: &mut Tape, batch: &Batch<'_>) -> Losses {
        let count = self.shape.modalities.len();
        let presence = batch.presence(tape);
        // As CLIP starts and learns it.
        let scale = log_scale(tape, -self.temperature.ln());
        let projected: Vec<Var> = (0..count)
            .map(|m| {
                let x = batch.inputs(tape, m as u32);
                let y = self.encode(tape, m, x);
                self.project(tape, m, y)
            })
            .collect();
        let mut cross = Vec::new();
        for a in 0..count {
            for b in a + 1..count {
                let mask = presence.map(|p| both(tape, p, a, b));
                let ways = tape.contrast_pair(projected[a], projected[b], scale, mask);
                cross.extend(ways.map(|loss| tape.mean(loss, mask)));
            }
        }
        let share = 1.0 / cross.len() as f64;
        let parts: Vec<(Var, f64)> = cross.into_iter().map(|value| (value, share)).collect();
        let value = tape.sum(&parts);
        let mut terms = vec![Term { name: "cross".to_owned(), value, weight: 1.0 }];
        if self.weight > 0.0 {
            let value = self.within(tape, batch);
            terms.push(Term { name: "self".to_owned(), value, weight: self.weight });
        }
        Losses { terms, log_scale: Some(scale) }
    }

    fn embed(&self, tape: &mut Tape, batch: &Batch<'_>) -> Vec<(String, Var)> {
        let mut made = Vec::new();
        for (m, modality) in self.shape.modalities.iter().enumerate() {
            let x = batch.inputs(tape, m as u32);
            let y = self.encode(tape, m, x);
            let projected = self.project(tape, m, y);
            made.push((modality.name.clone(), y));
            made.push((projected_name(&modality.name), projected));
        }
        made
    }
}

impl CrossSelf {
    /// `SimCLR` inside each modality, summed.
    fn within(&self, tape: &mut Tape, batch: &Batch<'_>) -> Var {
        let viewed = batch.viewed(tape);
        let temperature = tape.constant("temperature", 1, 1, vec![-self.temperature.ln()]);
        let losses: Vec<(Var, f64)> = (0..self.shape.count())
            .map(|m| {
                let mask = viewed.both.map(|both| tape.columns(both, m, 1));
                let x = batch.views(tape, m, &viewed, self.distortion);
                let y = self.encode(tape, m as usize, x);
                let z = self.project(tape, m as usize, y);
                let losses = tape.contrast_views(z, temperature, mask);
                (tape.mean(losses, mask), 1.0)
            })
            .collect();
        tape.sum(&losses)
    }
}

/// Output name of a modality's projection.
fn projected_name(modality: &str) -> String {
    format!("projected {modality}")
}

impl Objective for CrossSelf {
    fn blocks(&self) -> Vec<Block> {
        Vec::new()
    }

    /// Before the projection.
    fn readout(&self, outputs: &Outputs, _present: &[Vec<bool>]) -> Readout {
        by_modality(outputs, &self.shape)
    }

    /// Summed cosines of projections.
    fn score(&self, outputs: &Outputs, target: usize, given: &[usize]) -> Score {
        let of = |m: usize| output(outputs, &projected_name(self.shape.name(m)));
        summed(of, target, given)
    }

    fn exports(&self, outputs: &Outputs) -> Vec<(String, String, Array2<f32>)> {
        let mut made = Vec::new();
        for modality in &self.shape.modalities {
            let name = &modality.name;
            made.push((name.clone(), "embedding".to_owned(), output(outputs, name).clone()));
            let projected = output(outputs, &projected_name(name)).clone();
            made.push((name.clone(), "projected".to_owned(), projected));
        }
        made
    }

    fn chance(&self, _batch: u32) -> Option<f64> {
        None
    }
}
