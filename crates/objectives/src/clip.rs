//! Pairwise CLIP: symmetric `InfoNCE` between every two modalities, summed over pairs (Radford et
//! al. 2021 for a pair; the sum and the shared scale as in Symile's code).
//!
//! `L = Σ_{a<b} ½[CE(s·AᵀB) + CE(s·BᵀA)]`, `s = e^λ` learned, embeddings of length one or, as in
//! Symile's larger experiments, by a layer norm. Rows that
//! lack one of a pair do not take part in that pair (ours).

use crate::encoder::Head;
use crate::readout::{Block, Objective, Outputs, Readout, Score, by_modality, output, summed};
use crate::shape::Shape;
use ndarray::Array2;
use trefoil_plan::{Batch, Group, Init, Losses, Model, Tape, Term, Var};
use trefoil_protocol::{Norm, Settings};

/// Pairwise CLIP.
#[derive(Clone, Debug)]
pub struct Clip {
    shape: Shape,
    head: Head,
}

/// ln(1/0.07), as CLIP starts.
const LOG_SCALE: f64 = 2.659_260_036_932_778;
/// Pairs up to which each one has its own curve.
const CURVES: usize = 6;

impl Clip {
    /// CLIP on data of this shape.
    pub fn new(settings: &Settings, shape: &Shape) -> Self {
        Self { shape: shape.clone(), head: Head::new(settings) }
    }

    /// Where λ starts: as CLIP does, for inner products of layer norms as for their cosines (ours).
    fn start(&self) -> f64 {
        match self.head.norm {
            Norm::Unit => LOG_SCALE,
            Norm::Layer => LOG_SCALE - f64::from(self.head.size).ln(),
        }
    }

    /// The loss of embeddings `(n,d)`, which are compared as they are; `presence`
    /// `(n, modalities)`.
    pub fn contrast(
        &self,
        tape: &mut Tape,
        embeddings: &[Var],
        log_scale: Var,
        presence: Option<Var>,
    ) -> Losses {
        let count = embeddings.len();
        let mut terms = Vec::new();
        for a in 0..count {
            for b in a + 1..count {
                let name = format!("{}\u{2013}{}", self.shape.name(a), self.shape.name(b));
                let value = tape.scope(&name, |tape| {
                    let mask = presence.map(|p| both(tape, p, a, b));
                    let [there, back] =
                        tape.contrast_pair(embeddings[a], embeddings[b], log_scale, mask);
                    let [there, back] = [there, back].map(|loss| tape.mean(loss, mask));
                    tape.sum(&[(there, 0.5), (back, 0.5)])
                });
                terms.push(Term { name, value, weight: 1.0 });
            }
        }
        if terms.len() > CURVES {
            let all: Vec<(Var, f64)> = terms.iter().map(|t| (t.value, 1.0)).collect();
            let value = tape.sum(&all);
            terms = vec![Term { name: "contrast".to_owned(), value, weight: 1.0 }];
        }
        Losses { terms, log_scale: Some(log_scale) }
    }
}

/// 1 where a row has both modalities.
pub(crate) fn both(tape: &mut Tape, presence: Var, a: usize, b: usize) -> Var {
    let [a, b] = [a, b].map(|m| tape.columns(presence, m as u32, 1));
    tape.scale_rows(a, b)
}

/// The logit scale's logarithm, a parameter.
pub(crate) fn log_scale(tape: &mut Tape, start: f64) -> Var {
    tape.param("log_scale", 1, 1, Group::Scale, Init::Constant(start))
}

/// The embedding of each modality, of length one or by a layer norm.
pub(crate) fn embeddings(
    tape: &mut Tape,
    batch: &Batch<'_>,
    shape: &Shape,
    encoder: &Head,
) -> Vec<Var> {
    (0..shape.count())
        .map(|m| {
            let name = format!("encoder.{}", shape.name(m as usize));
            tape.scope(&name.clone(), |tape| {
                let x = batch.inputs(tape, m);
                encoder.apply(tape, &name, x)
            })
        })
        .collect()
}

impl Model for Clip {
    fn losses(&self, tape: &mut Tape, batch: &Batch<'_>) -> Losses {
        let embeddings = embeddings(tape, batch, &self.shape, &self.head);
        let log_scale = log_scale(tape, self.start());
        let presence = batch.presence(tape);
        self.contrast(tape, &embeddings, log_scale, presence)
    }

    fn embed(&self, tape: &mut Tape, batch: &Batch<'_>) -> Vec<(String, Var)> {
        let embeddings = embeddings(tape, batch, &self.shape, &self.head);
        let names = self.shape.modalities.iter().map(|m| m.name.clone());
        names.zip(embeddings).collect()
    }
}

impl Objective for Clip {
    fn blocks(&self) -> Vec<Block> {
        Vec::new()
    }

    fn readout(&self, outputs: &Outputs, _present: &[Vec<bool>]) -> Readout {
        by_modality(outputs, &self.shape)
    }

    /// Summed cosines: `Σ_g ⟨r_g, r_target⟩`.
    fn score(&self, outputs: &Outputs, target: usize, given: &[usize]) -> Score {
        let of = |m: usize| output(outputs, self.shape.name(m));
        summed(of, target, given)
    }

    fn exports(&self, outputs: &Outputs) -> Vec<(String, String, Array2<f32>)> {
        let one = |(name, values): (&String, &Array2<f32>)| {
            (name.clone(), "embedding".to_owned(), values.clone())
        };
        outputs.iter().map(one).collect()
    }

    fn chance(&self, batch: u32) -> Option<f64> {
        let count = f64::from(self.shape.count());
        let pairs = count * (count - 1.0) / 2.0;
        self.shape.is_complete().then(|| pairs * f64::from(batch).ln())
    }
}
