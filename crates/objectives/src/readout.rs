//! How the embeddings of an objective are read, in the same way for all of them.

use crate::shape::Shape;
use ndarray::{Array2, Axis, concatenate};
use std::collections::BTreeMap;
use trefoil_plan::Model;

/// The embeddings of one replica, by the names that [`Model::embed`] gave them: a row a kept row.
pub type Outputs = BTreeMap<String, Array2<f32>>;

/// A block that an objective has by construction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// As the report names it.
    pub name: String,
    /// Modalities that write into it, by position.
    pub subset: Vec<usize>,
    /// Dimensions.
    pub rank: u32,
}

/// What the yardstick looks at.
#[derive(Clone, Debug)]
pub struct Readout {
    /// What the objective makes of each modality alone, `(rows, k_m)`; rows that lack the modality
    /// mean nothing.
    pub modalities: Vec<Array2<f32>>,
    /// One matrix a block of [`Objective::blocks`], `(rows, rank)`; rows that have none of the
    /// block's modalities mean nothing.
    pub blocks: Vec<Array2<f32>>,
    /// Blocks as one modality alone writes them, where they are not those of
    /// [`Objective::blocks`] and not all that the modality gives; their subset is that modality.
    pub alone: Vec<(Block, Array2<f32>)>,
}

/// The output of a head, which is what the loss sees: vectors of length one.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    /// Name of the block that it is on.
    pub block: String,
    /// The modality without which a row of it means nothing.
    pub needs: Option<usize>,
    /// `(rows, width)`.
    pub values: &'a Array2<f32>,
}

/// Scores of a retrieval: the inner products of queries with candidates.
#[derive(Clone, Debug)]
pub struct Score {
    /// `(rows, k)`; rows that lack something given mean nothing.
    pub queries: Array2<f32>,
    /// `(rows, k)`; rows that lack the target mean nothing.
    pub candidates: Array2<f32>,
    /// Whether an absent factor was replaced by its learned missing embedding.
    pub filled: bool,
}

/// An objective: a model, and how its embeddings are read.
pub trait Objective: Model {
    /// Its own blocks; none where it has only one space for all.
    fn blocks(&self) -> Vec<Block>;

    /// The embeddings as the yardstick looks at them. `present[m][row]` says which rows have
    /// modality m.
    fn readout(&self, outputs: &Outputs, present: &[Vec<bool>]) -> Readout;

    /// Queries and candidates for retrieving `target` from the modalities `given`.
    fn score(&self, outputs: &Outputs, target: usize, given: &[usize]) -> Score;

    /// Everything a replica makes, by modality (or `joint`) and block: enough to compute retrieval
    /// and probes again.
    fn exports(&self, outputs: &Outputs) -> Vec<(String, String, Array2<f32>)>;

    /// The heads that the loss holds apart by their cosines; none where it does not.
    fn heads<'a>(&self, _outputs: &'a Outputs) -> Vec<Head<'a>> {
        Vec::new()
    }

    /// Loss where the embeddings tell nothing, where it is known.
    fn chance(&self, batch: u32) -> Option<f64>;
}

/// The output called `name`.
///
/// # Panics
/// Where there is none: outputs of another objective.
pub(crate) fn output<'a>(outputs: &'a Outputs, name: &str) -> &'a Array2<f32> {
    outputs.get(name).unwrap_or_else(|| unreachable!("no output {name}"))
}

/// The outputs of these names as what is made of each modality; no blocks.
pub(crate) fn by_modality(outputs: &Outputs, shape: &Shape) -> Readout {
    let names = shape.modalities.iter();
    let modalities = names.map(|m| output(outputs, &m.name).clone()).collect();
    Readout { modalities, blocks: Vec::new(), alone: Vec::new() }
}

/// Summed inner products with each given modality: `Σ_g ⟨r_g, r_target⟩`.
pub(crate) fn summed<'a>(
    of: impl Fn(usize) -> &'a Array2<f32>,
    target: usize,
    given: &[usize],
) -> Score {
    let mut queries = of(given[0]).clone();
    for &m in &given[1..] {
        queries += of(m);
    }
    Score { queries, candidates: of(target).clone(), filled: false }
}

/// Matrices of as many rows, side by side.
pub(crate) fn beside(parts: &[&Array2<f32>]) -> Array2<f32> {
    let views: Vec<_> = parts.iter().map(|p| p.view()).collect();
    concatenate(Axis(1), &views).unwrap_or_else(|_| unreachable!("as many rows"))
}
