//! What labels and factors are read from: the whole embedding, a block, a modality alone. Probes
//! and recovery call these by the same names.

use crate::{Data, Replica};

/// A part of an embedding that something is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The whole embedding.
    All,
    /// A block of the objective, by position.
    Block(usize),
    /// What the model makes of one modality alone, by position.
    Modality(usize),
}

/// Everything that can be read from, for an objective with so many blocks.
pub fn origins(data: &Data, blocks: usize) -> Vec<Origin> {
    let mut origins = vec![Origin::All];
    origins.extend((0..blocks).map(Origin::Block));
    origins.extend((0..data.modalities.len()).map(Origin::Modality));
    origins
}

impl Origin {
    /// The name in the report; `blocks` are the names of the objective's own.
    pub fn name(self, data: &Data, blocks: &[String]) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Block(b) => blocks[b].clone(),
            Self::Modality(m) => format!("modality:{}", data.modalities[m].name),
        }
    }

    /// Rows that it can be read from.
    pub fn rows(self, data: &Data, replica: &Replica) -> Vec<bool> {
        match self {
            Self::All => vec![true; data.rows()],
            Self::Block(b) => replica.blocks[b].part.present.clone(),
            Self::Modality(m) => data.modalities[m].present.clone(),
        }
    }

    /// Modalities whose raw features are its baseline.
    pub fn modalities(self, data: &Data, replica: &Replica) -> Vec<usize> {
        match self {
            Self::All => (0..data.modalities.len()).collect(),
            Self::Block(b) => replica.blocks[b].subset.clone(),
            Self::Modality(m) => vec![m],
        }
    }

    /// Its values, part by part, and which rows have each part.
    pub(crate) fn parts<'a>(
        self,
        data: &'a Data,
        replica: &'a Replica,
    ) -> Vec<(&'a ndarray::Array2<f32>, &'a [bool])> {
        match self {
            Self::All => replica.all.iter().map(|p| (&p.values, p.present.as_slice())).collect(),
            Self::Block(b) => {
                let part = &replica.blocks[b].part;
                vec![(&part.values, part.present.as_slice())]
            }
            Self::Modality(m) => {
                vec![(&replica.modality[m], data.modalities[m].present.as_slice())]
            }
        }
    }
}
