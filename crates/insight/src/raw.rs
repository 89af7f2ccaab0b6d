//! The raw baseline: each modality's own principal components, measured like any embedding.

use crate::linalg::Pca;
use crate::{Data, Look, Part, Replica};
use ndarray::{Array2, Axis};

/// The rule: this many components, or as many as there are features. (Whitening then drops those
/// with next to no variance.)
const MOST: usize = 10;

/// `H_m` = the first ten principal components of m's standardised features, fitted on the training
/// rows that have m.
pub fn replica(data: &Data, look: &Look) -> Replica {
    let training = look.training();
    let modality: Vec<Array2<f32>> = (0..data.modalities.len())
        .map(|m| {
            let x = features(data, m);
            Pca::fit(&x, &data.complete(&training, &[m]), MOST).project(&x)
        })
        .collect();
    let parts = modality.iter().zip(&data.modalities);
    Replica {
        all: parts.map(|(h, m)| Part { values: h.clone(), present: m.present.clone() }).collect(),
        modality,
        blocks: Vec::new(),
    }
}

/// The features of modality `m`, without the indicators of missing cells.
pub(crate) fn features(data: &Data, m: usize) -> Array2<f32> {
    let kinds = &data.modalities[m].real;
    let real: Vec<usize> = (0..kinds.len()).filter(|c| kinds[*c]).collect();
    data.modalities[m].raw.select(Axis(1), &real)
}
