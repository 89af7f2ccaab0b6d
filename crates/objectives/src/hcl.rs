//! HCL, deep and decorrelated: **our extension** of Li et al. 2026 (arXiv 2604.05462), whose deep
//! loss lets the blocks of a modality become copies of each other.
//!
//! A block of dimensions for each set S of modalities, an encoder of its own for each modality and
//! block, no normalisation. With `C(u,v)` the covariance over the batch:
//!
//! `L = −Σ_S (1/r_S) Σ_{m<m'∈S} tr C(h_m^S, h_m'^S)`  (align what shares S)
//! `  + Σ_{m,S} ‖C(h_m^S) − I‖²`                      (whiten)
//! `  + Σ_{S<T} Σ_{m∈S, m'∈T} ‖C(h_m^S, h_m'^T)‖²`    (blocks tell different things)
//! `  + λ Σ_m mean ‖x_m − dec_m(h_m)‖²`               (what gives specific blocks a signal)
//!
//! Rows that lack a modality are left out of its covariances and of its reconstruction (ours; HCL's
//! theory has no missing modalities).

use crate::BuildError;
use crate::blocks::{Blocked, Blocks};
use crate::encoder::Mlp;
use crate::shape::Shape;
use trefoil_plan::{Batch, Losses, Model, Tape, Term, Transposed, Var};
use trefoil_protocol::Settings;

/// HCL, deep and decorrelated.
#[derive(Clone, Debug)]
pub struct Hcl {
    blocks: Blocks,
    encoder: Mlp,
    reconstruction: f64,
}

impl Hcl {
    /// HCL on data of this shape.
    ///
    /// # Errors
    /// Where the given sizes of blocks do not fit the modalities.
    pub fn new(settings: &Settings, shape: &Shape) -> Result<Self, BuildError> {
        let reconstruction = settings.reconstruction;
        let blocks = Blocks::new(shape, settings)?;
        Ok(Self { blocks, encoder: Mlp::new(settings), reconstruction })
    }

    /// The blocks of one modality side by side: `(n, Σ r_S)`.
    fn encode(&self, tape: &mut Tape, modality: usize, x: Var) -> Var {
        let blocks = &self.blocks;
        let name = blocks.shape.name(modality);
        let parts: Vec<(String, u32)> = (blocks.of(modality))
            .map(|run| (format!("encoder.{name}.{}", blocks.name(run.block)), run.rank))
            .collect();
        tape.scope(&format!("encoder.{name}"), |tape| self.encoder.apply_blocks(tape, &parts, x))
    }

    /// Covariance of all columns over the rows that have both modalities: `(c,c)`.
    fn covariance(&self, tape: &mut Tape, all: Var, presence: Option<Var>) -> Var {
        covariance(tape, &self.blocks, all, presence, 0)
    }

    /// The three terms of the covariance.
    fn covariance_terms(&self, tape: &mut Tape, covariance: Var) -> Vec<Term> {
        let blocks = &self.blocks;
        let align = blocks.square(tape, "align", |a, b, diagonal| {
            let pair = a.block == b.block && a.modality < b.modality;
            if pair && diagonal { -1.0 / f64::from(a.rank) } else { 0.0 }
        });
        let own = blocks.square(tape, "own", |a, b, _| f64::from(a == b));
        let identity =
            blocks.square(tape, "identity", |a, b, diagonal| f64::from(a == b && diagonal));
        let other = blocks.square(tape, "other", |a, b, _| f64::from(a.block < b.block));
        let zero = blocks.square(tape, "zero", |_, _, _| 0.0);
        let term = |name: &str, value| Term { name: name.to_owned(), value, weight: 1.0 };
        vec![
            term("align", tape.linear_form(covariance, align)),
            term("whiten", tape.square_form(covariance, own, identity)),
            term("decorrelate", tape.square_form(covariance, other, zero)),
        ]
    }

    /// The loss of inputs `(n, d_m)`; `presence` `(n, modalities)`.
    pub fn terms(&self, tape: &mut Tape, inputs: &[Var], presence: Option<Var>) -> Losses {
        let parts: Vec<Var> =
            inputs.iter().enumerate().map(|(m, &x)| self.encode(tape, m, x)).collect();
        let all = tape.concat(&parts);
        let covariance = self.covariance(tape, all, presence);
        let mut terms = self.covariance_terms(tape, covariance);
        let errors: Vec<(Var, f64)> = parts
            .iter()
            .zip(inputs)
            .enumerate()
            .map(|(m, (&part, &x))| {
                let name = format!("decoder.{}", self.blocks.shape.name(m));
                let error = tape.scope(&name.clone(), |tape| {
                    let rebuilt = self.encoder.apply(tape, &name, part, tape.cols(x));
                    let error = tape.squared_error(rebuilt, x);
                    let mask = presence.map(|p| tape.columns(p, m as u32, 1));
                    tape.mean(error, mask)
                });
                (error, 1.0)
            })
            .collect();
        let value = tape.sum(&errors);
        terms.push(Term { name: "rebuild".to_owned(), value, weight: self.reconstruction });
        Losses { terms, log_scale: None }
    }
}

/// Covariance `(c,c)` of the columns of all blocks `(n,c)`, each entry over the rows that have both
/// modalities. Divides by the number of rows; where all rows have all, by `lost` fewer.
pub(crate) fn covariance(
    tape: &mut Tape,
    blocks: &Blocks,
    all: Var,
    presence: Option<Var>,
    lost: u32,
) -> Var {
    let gram = Transposed { a: true, b: false };
    let Some(presence) = presence else {
        let centered = tape.center(all, None);
        let rows = tape.rows(all).saturating_sub(lost).max(1);
        return tape.matmul(centered, centered, gram, rows);
    };
    // One column of the mask for each column of the blocks.
    let (modalities, width) = (blocks.shape.modalities.len(), blocks.width() as usize);
    let mut expand = vec![0.0; modalities * width];
    for run in &blocks.runs {
        for column in run.columns() {
            expand[run.modality * width + column as usize] = 1.0;
        }
    }
    let expand = tape.constant("expand", modalities as u32, width as u32, expand);
    let mask = tape.matmul(presence, expand, Transposed::default(), 1);
    let centered = tape.center(all, Some(mask));
    let sums = tape.matmul(centered, centered, gram, 1);
    let counts = tape.matmul(mask, mask, gram, 1);
    tape.divide(sums, counts)
}

fn inputs(tape: &mut Tape, batch: &Batch<'_>) -> Vec<Var> {
    (0..batch.training().modalities()).map(|m| batch.inputs(tape, m)).collect()
}

impl Model for Hcl {
    fn losses(&self, tape: &mut Tape, batch: &Batch<'_>) -> Losses {
        let inputs = inputs(tape, batch);
        let presence = batch.presence(tape);
        self.terms(tape, &inputs, presence)
    }

    fn embed(&self, tape: &mut Tape, batch: &Batch<'_>) -> Vec<(String, Var)> {
        let blocks = &self.blocks;
        let mut made = Vec::new();
        for m in 0..blocks.shape.modalities.len() {
            let x = batch.inputs(tape, m as u32);
            let part = self.encode(tape, m, x);
            made.extend(blocks.parts(tape, m, part));
        }
        made
    }
}

impl Blocked for Hcl {
    fn blocks(&self) -> &Blocks {
        &self.blocks
    }
}
