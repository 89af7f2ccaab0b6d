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

use crate::encoder::Mlp;
use crate::readout::{Block, Objective, Outputs, Readout, Score, beside, output};
use crate::shape::Shape;
use crate::subsets;
use ndarray::Array2;
use trefoil_plan::{Batch, Losses, Model, Tape, Term, Transposed, Var};
use trefoil_protocol::Settings;

/// HCL, deep and decorrelated.
#[derive(Clone, Debug)]
pub struct Hcl {
    blocks: Blocks,
    encoder: Mlp,
    reconstruction: f64,
}

/// The blocks of HCL on some modalities, and how the columns of all encoders lie side by side:
/// modality after modality, in each one its blocks.
#[derive(Clone, Debug)]
pub(crate) struct Blocks {
    pub(crate) shape: Shape,
    pub(crate) subsets: Vec<Vec<usize>>,
    pub(crate) rank: u32,
    /// Modality and block of each run of `rank` columns.
    pub(crate) columns: Vec<(usize, usize)>,
}

/// Columns of all encoders together: a few square constants of as many rows and columns are held
/// for every replica, which is what limits many modalities.
const WIDEST: u32 = 2048;

impl Blocks {
    /// Blocks of `rank` columns, or of as many as fit below [`WIDEST`]: eight modalities have 1024
    /// runs of columns, so that two is most.
    pub(crate) fn new(shape: &Shape, settings: &Settings) -> Self {
        let rank = settings.rank;
        let modalities = shape.modalities.len() as u32;
        // Every modality writes into half of all sets.
        let rank = rank.min(WIDEST / (modalities << (modalities - 1))).max(1);
        let subsets = subsets::blocks(shape.modalities.len(), settings.structure);
        let columns = (0..shape.modalities.len())
            .flat_map(|m| {
                let of = subsets.iter().enumerate().filter(move |(_, s)| s.contains(&m));
                of.map(move |(s, _)| (m, s)).collect::<Vec<_>>()
            })
            .collect();
        Self { shape: shape.clone(), subsets, rank, columns }
    }

    /// Blocks that a modality writes into.
    pub(crate) fn of(&self, modality: usize) -> impl Iterator<Item = usize> + '_ {
        self.columns.iter().filter(move |(m, _)| *m == modality).map(|(_, s)| *s)
    }

    /// `a+b`
    pub(crate) fn name(&self, block: usize) -> String {
        let names: Vec<&str> = self.subsets[block].iter().map(|&m| self.shape.name(m)).collect();
        names.join("+")
    }

    /// A square constant over all columns, from the runs `(m, S), (m', T)` and the positions inside
    /// them.
    pub(crate) fn square(
        &self,
        tape: &mut Tape,
        name: &str,
        value: impl Fn((usize, usize), (usize, usize), bool) -> f64,
    ) -> Var {
        let rank = self.rank as usize;
        let width = self.columns.len() * rank;
        let mut values = Vec::with_capacity(width * width);
        for i in 0..width {
            for j in 0..width {
                let (left, right) = (self.columns[i / rank], self.columns[j / rank]);
                values.push(value(left, right, i % rank == j % rank));
            }
        }
        tape.constant(name, width as u32, width as u32, values)
    }

    /// Output name of modality m's part of block S.
    pub(crate) fn output_name(&self, modality: usize, block: usize) -> String {
        format!("{} in {}", self.shape.name(modality), self.name(block))
    }

    pub(crate) fn list(&self) -> Vec<Block> {
        let one = |(s, subset): (usize, &Vec<usize>)| Block {
            name: self.name(s),
            subset: subset.clone(),
            rank: self.rank,
        };
        self.subsets.iter().enumerate().map(one).collect()
    }

    /// All blocks of each modality side by side; each block as the mean over the modalities that a
    /// row has (the official code's fusion).
    pub(crate) fn readout(&self, outputs: &Outputs, present: &[Vec<bool>]) -> Readout {
        let of = |m: usize, s: usize| output(outputs, &self.output_name(m, s));
        let modalities = (0..present.len())
            .map(|m| beside(&self.of(m).map(|s| of(m, s)).collect::<Vec<_>>()))
            .collect();
        let blocks = self.subsets.iter().enumerate().map(|(s, subset)| {
            let mut sum: Array2<f32> = Array2::zeros(of(subset[0], s).dim());
            for (i, mut row) in sum.rows_mut().into_iter().enumerate() {
                let here: Vec<usize> = subset.iter().copied().filter(|&m| present[m][i]).collect();
                for &m in &here {
                    row.scaled_add(1.0 / here.len() as f32, &of(m, s).row(i));
                }
            }
            sum
        });
        Readout { modalities, blocks: blocks.collect(), alone: Vec::new() }
    }

    pub(crate) fn exports(&self, outputs: &Outputs) -> Vec<(String, String, Array2<f32>)> {
        self.columns
            .iter()
            .map(|&(m, s)| {
                let values = output(outputs, &self.output_name(m, s)).clone();
                (self.shape.name(m).to_owned(), self.name(s), values)
            })
            .collect()
    }

    /// `Σ` over the target's blocks of the inner products with those given that share the block.
    pub(crate) fn score(&self, outputs: &Outputs, target: usize, given: &[usize]) -> Score {
        let of = |m: usize, s: usize| output(outputs, &self.output_name(m, s));
        let shared: Vec<usize> = self.of(target).collect();
        let candidates = beside(&shared.iter().map(|&s| of(target, s)).collect::<Vec<_>>());
        let queries: Vec<Array2<f32>> = shared
            .iter()
            .map(|&s| {
                let mut sum = Array2::zeros(of(target, s).dim());
                for &m in given.iter().filter(|m| self.subsets[s].contains(m)) {
                    sum += of(m, s);
                }
                sum
            })
            .collect();
        let queries = beside(&queries.iter().collect::<Vec<_>>());
        Score { queries, candidates, filled: false }
    }
}

/// An objective whose read-out is that of its blocks.
pub(crate) trait Blocked: Model {
    fn blocks(&self) -> &Blocks;
}

impl<T: Blocked> Objective for T {
    fn blocks(&self) -> Vec<Block> {
        Blocked::blocks(self).list()
    }

    fn readout(&self, outputs: &Outputs, present: &[Vec<bool>]) -> Readout {
        Blocked::blocks(self).readout(outputs, present)
    }

    fn score(&self, outputs: &Outputs, target: usize, given: &[usize]) -> Score {
        Blocked::blocks(self).score(outputs, target, given)
    }

    fn exports(&self, outputs: &Outputs) -> Vec<(String, String, Array2<f32>)> {
        Blocked::blocks(self).exports(outputs)
    }

    fn chance(&self, _batch: u32) -> Option<f64> {
        None
    }
}

impl Hcl {
    /// HCL on data of this shape.
    pub fn new(settings: &Settings, shape: &Shape) -> Self {
        let reconstruction = settings.reconstruction;
        Self { blocks: Blocks::new(shape, settings), encoder: Mlp::new(settings), reconstruction }
    }

    /// The blocks of one modality side by side: `(n, blocks·rank)`.
    fn encode(&self, tape: &mut Tape, modality: usize, x: Var) -> Var {
        let blocks = &self.blocks;
        let name = blocks.shape.name(modality);
        let names: Vec<String> =
            blocks.of(modality).map(|s| format!("encoder.{name}.{}", blocks.name(s))).collect();
        tape.scope(&format!("encoder.{name}"), |tape| {
            self.encoder.apply_blocks(tape, &names, x, blocks.rank)
        })
    }

    /// Covariance of all columns over the rows that have both modalities: `(c,c)`.
    fn covariance(&self, tape: &mut Tape, all: Var, presence: Option<Var>) -> Var {
        covariance(tape, &self.blocks, all, presence)
    }

    /// The three terms of the covariance.
    fn covariance_terms(&self, tape: &mut Tape, covariance: Var) -> Vec<Term> {
        let blocks = &self.blocks;
        let rank = f64::from(blocks.rank);
        let align = blocks.square(tape, "align", |(m, s), (n, t), diagonal| {
            if s == t && m < n && diagonal { -1.0 / rank } else { 0.0 }
        });
        let own = blocks.square(tape, "own", |left, right, _| f64::from(left == right));
        let identity = blocks
            .square(tape, "identity", |left, right, diagonal| f64::from(left == right && diagonal));
        let other = blocks.square(tape, "other", |(_, s), (_, t), _| f64::from(s < t));
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
/// modalities. Divides by the number of rows.
pub(crate) fn covariance(tape: &mut Tape, blocks: &Blocks, all: Var, presence: Option<Var>) -> Var {
    let gram = Transposed { a: true, b: false };
    let Some(presence) = presence else {
        let centered = tape.center(all, None);
        return tape.matmul(centered, centered, gram, tape.rows(all));
    };
    // One column of the mask for each column of the blocks.
    let rank = blocks.rank as usize;
    let (modalities, width) = (blocks.shape.modalities.len(), blocks.columns.len() * rank);
    let mut expand = vec![0.0; modalities * width];
    for column in 0..width {
        expand[blocks.columns[column / rank].0 * width + column] = 1.0;
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
            for (k, s) in (0..).zip(blocks.of(m)) {
                let slice = tape.read_columns(part, k * blocks.rank, blocks.rank);
                made.push((blocks.output_name(m, s), slice));
            }
        }
        made
    }
}

impl Blocked for Hcl {
    fn blocks(&self) -> &Blocks {
        &self.blocks
    }
}
