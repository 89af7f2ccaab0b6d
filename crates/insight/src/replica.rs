//! What one trained replica (one seed of one objective) makes of every kept row.

use ndarray::Array2;

/// One replica's embeddings. Positions of modalities are those of `Data::modalities`.
#[derive(Clone, Debug, PartialEq)]
pub struct Replica {
    /// `H_m`, rows × dimensions: what the model makes of modality m alone. Rows without it are ignored.
    /// CLIP, Symile: the embedding that enters the loss; HCL: all blocks of m side by side;
    /// COrAL: the shared embedding from m alone beside its unique one.
    pub modality: Vec<Array2<f32>>,
    /// What the probe of `all` sees, part by part.
    pub all: Vec<Part>,
    /// The objective's own blocks; behind them blocks as one modality alone writes them (COrAL's
    /// shared embedding).
    pub blocks: Vec<Block>,
}

/// A piece of an embedding.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// rows × dimensions. Rows that lack it are ignored.
    pub values: Array2<f32>,
    /// Whether each row has it.
    pub present: Vec<bool>,
}

/// A block of the objective, as probes and recovery see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Name.
    pub name: String,
    /// Modalities that write into it.
    pub subset: Vec<usize>,
    /// Its values.
    pub part: Part,
}
