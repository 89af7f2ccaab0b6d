//! HCL, deep, with the loss of the authors' code (Li et al. 2026, arXiv 2604.05462;
//! `github.com/yujunhan111/HCL_public`), transcribed from its description and not from the paper,
//! which we could not read. Kept so that its defect can be seen: [`crate::Hcl`] is our repair.
//!
//! One perceptron for each modality and level (the number of modalities of a set), used for every
//! set of that size; outputs of length one. With `h^S = Σ_{m∈S} h_m^S`:
//!
//! `L = −½ Σ_S tr C(h^S) + λ Σ_i Σ_m ‖Σ_{S∋m} h_m^S(x_i)‖²`
//!
//! whose first part is their negatives minus their positives (denominator n − 1), and whose second
//! is their penalty: signed inner products between all blocks of a modality, each with itself too,
//! summed over the batch. All blocks have the same size here, so that nothing is truncated.
//!
//! Rows that lack a modality are zero there (as their code fills missing notes).

use crate::BuildError;
use crate::blocks::{Blocked, Blocks};
use crate::encoder::Mlp;
use crate::shape::Shape;
use std::collections::{BTreeMap, BTreeSet};
use trefoil_plan::{Batch, Losses, Model, Tape, Term, Transposed, Var};
use trefoil_protocol::Settings;

/// HCL with the published deep loss.
#[derive(Clone, Debug)]
pub struct HclOfficial {
    blocks: Blocks,
    encoder: Mlp,
    /// Dimensions of every block.
    rank: u32,
    weight: f64,
}

impl HclOfficial {
    /// HCL on data of this shape.
    ///
    /// # Errors
    /// Where the given sizes of blocks do not fit the modalities, or are not all the same.
    pub fn new(settings: &Settings, shape: &Shape) -> Result<Self, BuildError> {
        let blocks = Blocks::new(shape, settings)?;
        let rank = blocks.ranks[0];
        if blocks.ranks.iter().any(|r| *r != rank) {
            return Err(BuildError::UnequalBlocks);
        }
        Ok(Self { blocks, encoder: Mlp::new(settings), rank, weight: settings.level_weight })
    }

    /// What a modality gives to the sets of `level` modalities: `(n, rank)`.
    fn encode(&self, tape: &mut Tape, modality: usize, level: usize, x: Var) -> Var {
        let name = format!("encoder.{}.level{level}", self.blocks.shape.name(modality));
        tape.scope(&name.clone(), |tape| self.encoder.apply(tape, &name, x, self.rank))
    }

    /// The loss of inputs `(n, d_m)`; `presence` `(n, modalities)`.
    pub fn terms(&self, tape: &mut Tape, inputs: &[Var], presence: Option<Var>) -> Losses {
        let rows = tape.rows(inputs[0]);
        let count = inputs.len();
        let mut parts = Vec::with_capacity(count);
        for (m, &x) in inputs.iter().enumerate() {
            let mask = presence.map(|p| tape.columns(p, m as u32, 1));
            // A level without a block has no encoder: nothing would train it.
            let levels: BTreeSet<usize> =
                self.blocks.of(m).map(|run| self.blocks.subsets[run.block].len()).collect();
            let of_levels: BTreeMap<usize, Var> = levels
                .into_iter()
                .map(|level| {
                    let h = self.encode(tape, m, level, x);
                    let h = tape.normalize(h);
                    (level, mask.map_or(h, |mask| tape.scale_rows(h, mask)))
                })
                .collect();
            parts.push(of_levels);
        }
        let sums: Vec<Var> = self
            .blocks
            .subsets
            .iter()
            .map(|set| {
                let of_set: Vec<(Var, f64)> =
                    set.iter().map(|&m| (parts[m][&set.len()], 1.0)).collect();
                tape.sum(&of_set)
            })
            .collect();
        let all = tape.concat(&sums);
        let centered = tape.center(all, None);
        let gram = Transposed { a: true, b: false };
        let covariance = tape.matmul(centered, centered, gram, (rows - 1).max(1));
        let width = tape.cols(all);
        let trace: Vec<f64> =
            (0..width * width).map(|i| if i / width == i % width { -0.5 } else { 0.0 }).collect();
        let trace = tape.constant("trace", width, width, trace);
        let align = tape.linear_form(covariance, trace);
        let penalties: Vec<(Var, f64)> = (0..count)
            .map(|m| {
                let of_modality: Vec<(Var, f64)> = self
                    .blocks
                    .of(m)
                    .map(|run| (parts[m][&self.blocks.subsets[run.block].len()], 1.0))
                    .collect();
                let sum = tape.sum(&of_modality);
                let square = tape.row_dot(sum, sum);
                (tape.mean(square, None), f64::from(rows))
            })
            .collect();
        let penalty = tape.sum(&penalties);
        let term = |name: &str, value, weight| Term { name: name.to_owned(), value, weight };
        let terms = vec![term("align", align, 1.0), term("levels", penalty, self.weight)];
        Losses { terms, log_scale: None }
    }
}

impl Model for HclOfficial {
    fn losses(&self, tape: &mut Tape, batch: &Batch<'_>) -> Losses {
        let count = batch.training().modalities();
        let inputs: Vec<Var> = (0..count).map(|m| batch.inputs(tape, m)).collect();
        let presence = batch.presence(tape);
        self.terms(tape, &inputs, presence)
    }

    /// Before the normalisation, as their fusion takes them.
    fn embed(&self, tape: &mut Tape, batch: &Batch<'_>) -> Vec<(String, Var)> {
        let mut made = Vec::new();
        for m in 0..self.blocks.shape.modalities.len() {
            let x = batch.inputs(tape, m as u32);
            for run in self.blocks.of(m) {
                let part = self.encode(tape, m, self.blocks.subsets[run.block].len(), x);
                made.push((self.blocks.output_name(run), part));
            }
        }
        made
    }
}

impl Blocked for HclOfficial {
    fn blocks(&self) -> &Blocks {
        &self.blocks
    }
}
