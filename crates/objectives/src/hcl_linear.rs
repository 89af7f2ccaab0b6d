//! HCL, linear: the masked contrastive objective of Li et al. 2026 (arXiv 2604.05462) as their
//! published code has it, trained by gradients.
//!
//! A block of dimensions for each set S of modalities and a linear map `V_{S,m}` for each modality
//! in it; `h^S = Σ_{m∈S} V_{S,m} x_m`. Their pairwise loss equals, by an identity derived and
//! checked for us, `−½ tr(V S_n Vᵀ) + ¼‖VVᵀ‖_F²` with the sample covariance `S_n` (denominator
//! n − 1): no temperature, no softmax.
//!
//! Rows that lack a modality count as the mean for it (ours; the theory has no missing modalities).

use crate::BuildError;
use crate::blocks::{Blocked, Blocks};
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

    /// The loss of inputs `(n, d_m)`.
    pub fn terms(&self, tape: &mut Tape, inputs: &[Var]) -> Losses {
        let plain = Transposed::default();
        let gram = Transposed { a: true, b: false };
        let rows = tape.rows(inputs[0]);
        let (mut sums, mut squares) = (Vec::new(), Vec::new());
        for (m, &x) in inputs.iter().enumerate() {
            let weights = self.weights(tape, m);
            let spread = self.spread(tape, m);
            let full = tape.matmul(weights, spread, plain, 1);
            sums.push((tape.matmul(x, full, plain, 1), 1.0));
            squares.push((tape.matmul(full, full, gram, 1), 1.0));
        }
        let h = tape.sum(&sums);
        let centered = tape.center(h, None);
        let covariance = tape.matmul(centered, centered, gram, (rows - 1).max(1));
        let outer = tape.sum(&squares);
        let width = tape.cols(h);
        let constant = |tape: &mut Tape, name: &str, on, off| {
            let at = |i: u32| if i / width == i % width { on } else { off };
            tape.constant(name, width, width, (0..width * width).map(at).collect())
        };
        let trace = constant(tape, "trace", -0.5, 0.0);
        let quarter = constant(tape, "quarter", 0.25, 0.25);
        let zero = constant(tape, "zero", 0.0, 0.0);
        let term = |name: &str, value| Term { name: name.to_owned(), value, weight: 1.0 };
        let terms = vec![
            term("align", tape.linear_form(covariance, trace)),
            term("size", tape.square_form(outer, quarter, zero)),
        ];
        Losses { terms, log_scale: None }
    }
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
        self.terms(tape, &inputs)
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
