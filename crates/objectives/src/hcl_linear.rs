//! HCL, linear: the masked contrastive objective of Li et al. 2026 (arXiv 2604.05462) as their
//! published code has it, trained by gradients.
//!
//! A block of dimensions for each set S of modalities and a linear map `V_{S,m}` for each modality
//! in it; `h^S = Σ_{m∈S} V_{S,m} x_m`. Their pairwise loss equals, by an identity derived and
//! checked for us, `−½ tr(V S_n Vᵀ) + ¼‖VVᵀ‖_F²` with the sample covariance `S_n` (denominator
//! n − 1): no temperature, no softmax.
//!
//! `S_n` of a batch is freed of noise: `Σ̂ = S_n − diag(σ̂_m²)`, one variance a modality, found once
//! on the training rows (the theory's step, with a variance for each modality as ours). Where rows
//! lack modalities, each part of `S_n` is over the rows that have both (ours; the theory has no
//! missing modalities).

use crate::BuildError;
use crate::blocks::{Blocked, Blocks};
use crate::hcl::covariance;
use crate::shape::Shape;
use trefoil_plan::{Batch, Group, Init, Losses, Model, Tape, Term, Transposed, Var};
use trefoil_protocol::Settings;

/// HCL, linear.
#[derive(Clone, Debug)]
pub struct HclLinear {
    blocks: Blocks,
}

impl HclLinear {
    /// HCL on data of this shape.
    ///
    /// # Errors
    /// Where the given sizes of blocks do not fit the modalities.
    pub fn new(settings: &Settings, shape: &Shape) -> Result<Self, BuildError> {
        Ok(Self { blocks: Blocks::new(shape, settings)? })
    }

    /// `V_mᵀ`: `(d_m, Σ_{S∋m} r_S)`, called [`loadings_name`].
    fn weights(&self, tape: &mut Tape, modality: usize) -> Var {
        let shape = &self.blocks.shape.modalities[modality];
        let columns = self.blocks.of(modality).map(|run| run.rank).sum();
        let name = loadings_name(&shape.name);
        let init = Init::Uniform { fan_in: shape.inputs };
        tape.param(&name, shape.inputs, columns, Group::Matrix, init)
    }

    /// Puts the columns of a modality's blocks where all blocks have them: 0 or 1,
    /// `(Σ_{S∋m} r_S, Σ r_S)`. This is the mask: what is not in S stays zero.
    fn spread(&self, tape: &mut Tape, modality: usize) -> Var {
        let starts = self.blocks.starts();
        let cols: u32 = self.blocks.ranks.iter().sum();
        let mut values = Vec::new();
        for run in self.blocks.of(modality) {
            for d in 0..run.rank {
                let one = starts[run.block] + d;
                values.extend((0..cols).map(|c| f64::from(u8::from(c == one))));
            }
        }
        let rows = values.len() as u32 / cols;
        tape.constant("spread", rows, cols, values)
    }

    /// The loss of inputs `(n, d_m)`; `presence` `(n, modalities)`.
    pub fn terms(&self, tape: &mut Tape, inputs: &[Var], presence: Option<Var>) -> Losses {
        let plain = Transposed::default();
        let gram = Transposed { a: true, b: false };
        let cols: u32 = self.blocks.ranks.iter().sum();
        let diagonal = |tape: &mut Tape, name: &str, on, off| {
            let at = |i: u32| if i / cols == i % cols { on } else { off };
            tape.constant(name, cols, cols, (0..cols * cols).map(at).collect())
        };
        let half = diagonal(tape, "half", 0.5, 0.0);
        let (mut parts, mut squares, mut noises) = (Vec::new(), Vec::new(), Vec::new());
        for (m, &x) in inputs.iter().enumerate() {
            let weights = self.weights(tape, m);
            parts.push(tape.matmul(x, weights, plain, 1));
            let spread = self.spread(tape, m);
            let full = tape.matmul(weights, spread, plain, 1);
            let square = tape.matmul(full, full, gram, 1);
            squares.push((square, 1.0));
            // ½ σ̂_m² ‖V_m‖²
            let name = noise_name(self.blocks.shape.name(m));
            let variance = tape.param(&name, 1, 1, Group::Statistic, Init::Constant(0.0));
            let length = tape.linear_form(square, half);
            noises.push((tape.scale_rows(length, variance), 1.0));
        }
        let all = tape.concat(&parts);
        let covariance = covariance(tape, &self.blocks, all, presence, 1);
        let trace = self.blocks.square(tape, "trace", |a, b, diagonal| {
            if a.block == b.block && diagonal { -0.5 } else { 0.0 }
        });
        let aligned = tape.linear_form(covariance, trace);
        let noise = tape.sum(&noises);
        let outer = tape.sum(&squares);
        let quarter = diagonal(tape, "quarter", 0.25, 0.25);
        let zero = diagonal(tape, "zero", 0.0, 0.0);
        let term = |name: &str, value| Term { name: name.to_owned(), value, weight: 1.0 };
        let terms = vec![
            term("align", tape.sum(&[(aligned, 1.0), (noise, 1.0)])),
            term("size", tape.square_form(outer, quarter, zero)),
        ];
        Losses { terms, log_scale: None }
    }
}

/// Name of the statistic `(1,1)` that holds σ̂² of the modality called `modality`: zero unless it is
/// set from outside.
pub fn noise_name(modality: &str) -> String {
    format!("noise.{modality}")
}

/// Name of the parameter that holds `V_mᵀ` of the modality called `modality`, blocks side by side
/// in the order of [`crate::Objective::blocks`].
pub fn loadings_name(modality: &str) -> String {
    format!("loadings.{modality}")
}

impl Model for HclLinear {
    fn losses(&self, tape: &mut Tape, batch: &Batch<'_>) -> Losses {
        let count = batch.training().modalities();
        let inputs: Vec<Var> = (0..count).map(|m| batch.inputs(tape, m)).collect();
        let presence = batch.presence(tape);
        self.terms(tape, &inputs, presence)
    }

    fn embed(&self, tape: &mut Tape, batch: &Batch<'_>) -> Vec<(String, Var)> {
        let mut made = Vec::new();
        for m in 0..self.blocks.shape.modalities.len() {
            let x = batch.inputs(tape, m as u32);
            let weights = self.weights(tape, m);
            let part = tape.matmul(x, weights, Transposed::default(), 1);
            made.extend(self.blocks.parts(tape, m, part));
        }
        made
    }
}

impl Blocked for HclLinear {
    fn blocks(&self) -> &Blocks {
        &self.blocks
    }
}
