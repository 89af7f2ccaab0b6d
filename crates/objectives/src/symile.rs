//! Symile (Saporta et al., `NeurIPS` 2024, arXiv 2411.01053): the multilinear inner product of all
//! modalities as the score of one contrastive loss; a bound on their total correlation.
//!
//! For each modality a as anchor, row i's logit with row j is `s Σ_d r_a[i] ⊙ Π_q r_q[π(j)]`: in
//! the O(N) form the other modalities' rows are shuffled by independent permutations, drawn anew
//! each time, and the positive stands where j = i; in the O(N²) form every combination of rows is
//! a negative. `L` is the mean over anchors and rows.
//!
//! Rows that lack a modality take part with what its encoder makes of "absent" (as in their
//! example code: the indicator is an input); the loss is unchanged. That the logit scale has a faster
//! rate and no weight decay is ours; theirs has the rate and decay of the weights (`scale_recipe=published`
//! with `scale_lr=1`).

use crate::BuildError;
use crate::clip::{embeddings, log_scale};
use crate::encoder::Head;
use crate::readout::{Block, Objective, Outputs, Readout, Score, by_modality, output};
use crate::shape::Shape;
use ndarray::Array2;
use trefoil_plan::{Batch, Clock, Losses, Model, Tape, Term, Var};
use trefoil_protocol::{Negatives, Norm, ScaleRecipe, Settings};

/// Symile.
#[derive(Clone, Debug)]
pub struct Symile {
    shape: Shape,
    head: Head,
    negatives: Negatives,
    scale: ScaleRecipe,
}

/// λ of the authors' code for exclusive or, known to us at second hand; −6 and −7 for their larger data.
const PUBLISHED_START: f64 = -0.3;

/// Products of a batch beyond which the O(N²) form is refused: some ten seconds a step on a CPU.
const MOST_COMBINATIONS: u64 = 1 << 26;
/// Anchors up to which each one has its own curve.
const CURVES: u32 = 6;

impl Symile {
    /// Symile on data of this shape.
    ///
    /// # Errors
    /// Where every combination is asked for and there are too many.
    pub fn new(settings: &Settings, shape: &Shape) -> Result<Self, BuildError> {
        let combinations = u64::from(shape.batch).saturating_pow(shape.count() - 1);
        let products = combinations.saturating_mul(u64::from(shape.batch));
        if settings.negatives == Negatives::All && products > MOST_COMBINATIONS {
            return Err(BuildError::Combinations { rows: shape.batch, combinations });
        }
        Ok(Self {
            shape: shape.clone(),
            head: Head::new(settings),
            negatives: settings.negatives,
            scale: settings.scale_recipe,
        })
    }

    /// Where λ starts: logits of random embeddings have a standard deviation of 0.1 (derived, ours);
    /// or where the authors set it by hand.
    fn start(&self) -> f64 {
        if self.scale == ScaleRecipe::Published {
            return PUBLISHED_START;
        }
        let dims = f64::from(self.head.size).ln();
        0.1f64.ln()
            + match self.head.norm {
                Norm::Unit => f64::from(self.shape.count() - 1) / 2.0 * dims,
                Norm::Layer => -dims / 2.0,
            }
    }

    /// The loss of embeddings `(n,d)`, which are multiplied as they are. `order`
    /// `(n, modalities²)` has in column a·modalities + q the permutation of modality q for anchor
    /// a; without it the loss is over every combination.
    pub fn contrast(
        &self,
        tape: &mut Tape,
        embeddings: &[Var],
        log_scale: Var,
        order: Option<Var>,
    ) -> Losses {
        let count = embeddings.len() as u32;
        let Some(order) = order else {
            let losses = tape.contrast_tuples(embeddings, log_scale);
            let value = tape.mean(losses, None);
            let term = Term { name: "all combinations".to_owned(), value, weight: 1.0 };
            return Losses { terms: vec![term], log_scale: Some(log_scale) };
        };
        let share = 1.0 / f64::from(count);
        let mut terms = Vec::new();
        for anchor in 0..count {
            let name = format!("anchor {}", self.shape.name(anchor as usize));
            let value = tape.scope(&name, |tape| {
                let others = || (0..count).filter(|&q| q != anchor);
                let shuffled: Vec<_> =
                    others().map(|q| (embeddings[q as usize], Some(anchor * count + q))).collect();
                let aligned: Vec<_> = others().map(|q| (embeddings[q as usize], None)).collect();
                let keys = tape.hadamard(Some(order), &shuffled);
                let positive = tape.hadamard(None, &aligned);
                let x = embeddings[anchor as usize];
                let losses = tape.contrast_replaced(x, keys, positive, log_scale);
                tape.mean(losses, None)
            });
            terms.push(Term { name, value, weight: share });
        }
        if count > CURVES {
            let all: Vec<(Var, f64)> = terms.iter().map(|t| (t.value, share)).collect();
            let value = tape.sum(&all);
            terms = vec![Term { name: "all anchors".to_owned(), value, weight: 1.0 }];
        }
        Losses { terms, log_scale: Some(log_scale) }
    }

    /// Random permutations for [`Symile::contrast`], or none for every combination.
    fn order(&self, tape: &mut Tape, rows: u32, clock: Clock) -> Option<Var> {
        let count = self.shape.count();
        (self.negatives == Negatives::Linear).then(|| tape.permutations(rows, count * count, clock))
    }
}

impl Model for Symile {
    fn decays_scale(&self) -> bool {
        self.scale == ScaleRecipe::Published
    }

    fn losses(&self, tape: &mut Tape, batch: &Batch<'_>) -> Losses {
        let embeddings = embeddings(tape, batch, &self.shape, &self.head);
        let log_scale = log_scale(tape, self.start());
        let order = self.order(tape, batch.rows, batch.clock());
        self.contrast(tape, &embeddings, log_scale, order)
    }

    fn embed(&self, tape: &mut Tape, batch: &Batch<'_>) -> Vec<(String, Var)> {
        let embeddings = embeddings(tape, batch, &self.shape, &self.head);
        let names = self.shape.modalities.iter().map(|m| m.name.clone());
        let mut made: Vec<(String, Var)> = names.zip(embeddings).collect();
        for modality in &self.shape.modalities {
            let Some(at) = modality.absent_input else { continue };
            let name = &modality.name;
            let inputs = (0..modality.inputs).map(|i| if i == at { 1.0 } else { 0.0 }).collect();
            let x = tape.constant("absent", 1, modality.inputs, inputs);
            let y = self.head.apply(tape, &format!("encoder.{name}"), x);
            made.push((missing(name), y));
        }
        made
    }
}

/// Name of the embedding of "absent".
fn missing(modality: &str) -> String {
    format!("missing {modality}")
}

impl Objective for Symile {
    fn blocks(&self) -> Vec<Block> {
        Vec::new()
    }

    fn readout(&self, outputs: &Outputs, _present: &[Vec<bool>]) -> Readout {
        by_modality(outputs, &self.shape)
    }

    /// The multilinear inner product: `Σ_d Π_g r_g ⊙ r_target`. Where a modality is neither given
    /// nor the target, the factor is its learned missing embedding, or left out where the data has
    /// taught none.
    fn score(&self, outputs: &Outputs, target: usize, given: &[usize]) -> Score {
        let of = |m: usize| output(outputs, self.shape.name(m));
        let mut queries: Array2<f32> = of(given[0]).clone();
        for &m in &given[1..] {
            queries *= of(m);
        }
        let mut filled = false;
        for m in (0..self.shape.modalities.len()).filter(|m| *m != target && !given.contains(m)) {
            if let Some(row) = outputs.get(&missing(self.shape.name(m))) {
                queries *= &row.row(0);
            }
            // Left out, it is no more the product of all than with a stand-in.
            filled = true;
        }
        Score { queries, candidates: of(target).clone(), filled }
    }

    fn exports(&self, outputs: &Outputs) -> Vec<(String, String, Array2<f32>)> {
        let mut made = Vec::new();
        for modality in &self.shape.modalities {
            let name = &modality.name;
            made.push((name.clone(), "embedding".to_owned(), output(outputs, name).clone()));
            if let Some(values) = outputs.get(&missing(name)) {
                made.push((name.clone(), "missing".to_owned(), values.clone()));
            }
        }
        made
    }

    fn chance(&self, batch: u32) -> Option<f64> {
        let rows = f64::from(batch).ln();
        Some(match self.negatives {
            Negatives::Linear => rows,
            Negatives::All => f64::from(self.shape.count() - 1) * rows,
        })
    }
}
