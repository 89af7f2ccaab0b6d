//! Level peeling: the loadings of each block in closed form, the private ones first.

use crate::FactorError;
use crate::linalg::{leading_root, pick, pseudo_inverse, same};
use crate::loadings::Loadings;
use crate::structure::{Structure, Subset};
use ndarray::{Array2, ArrayView2, Axis, concatenate};

/// Modalities that peeling goes through: its blocks are up to 2^M − 1.
pub const MOST_PEELED: usize = 6;

/// How the loadings of a block are taken from its covariance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// One eigendecomposition over all rows of the block, ours: its modalities keep one rotation.
    Common,
    /// One for each modality, as in the published code. A defect, kept to be shown: rotations
    /// differ between modalities, so that each modality's own part is right and what two share is
    /// not.
    PerModality,
}

/// Loadings from the covariance of the signal (d × d, noise taken off).
///
/// Ours, after the constructive proof that we have for HCL's model. With
/// `A = Σ_signal − Σ_{|T|<l} W_T W_Tᵀ`, for every S with |S| = l
///
/// `W_S W_Sᵀ = A_SS − A_{S,S^c} (A_{S^c S^c})⁺ A_{S^c,S}`,
///
/// with the pseudo-inverse of rank `Σ {r_T : |T| ≥ l, T∩S^c ≠ ∅}`: what touches the other
/// modalities is known from them, and what is left of the larger sets is S itself. Exact on a
/// population that is identifiable; else see [`Structure::warnings`].
///
/// # Errors
/// Another shape than the structure's, or more than [`MOST_PEELED`] modalities.
pub fn peel(
    signal: ArrayView2<f64>,
    structure: &Structure,
    rotation: Rotation,
) -> Result<Loadings, FactorError> {
    let count = structure.dims().len();
    if count > MOST_PEELED {
        return Err(FactorError::TooManyModalities { found: count, most: MOST_PEELED });
    }
    same("rows of the signal", structure.dim(), signal.nrows())?;
    same("columns of the signal", structure.dim(), signal.ncols())?;
    crate::linalg::finite(signal.iter(), "the signal")?;
    let mut left = signal.to_owned();
    let mut blocks = Vec::new();
    for level in 1..=count {
        let at = blocks.len();
        for (subset, rank) in structure.blocks().filter(|(s, _)| s.len() == level) {
            let gram = remainder(left.view(), structure, subset);
            let block = match rotation {
                Rotation::Common => leading_root(gram.view(), rank),
                Rotation::PerModality => apart(gram.view(), structure, subset, rank)?,
            };
            blocks.push((subset, block));
        }
        // All of a level are taken from one A.
        for (subset, block) in &blocks[at..] {
            let gram = block.dot(&block.t());
            let rows = structure.rows(*subset);
            for (i, row) in rows.iter().enumerate() {
                for (j, column) in rows.iter().enumerate() {
                    left[[*row, *column]] -= gram[[i, j]];
                }
            }
        }
    }
    blocks.sort_by_key(|(subset, _)| *subset);
    Loadings::new(structure.clone(), blocks)
}

/// What the other modalities do not know of the rows of `subset`.
fn remainder(a: ArrayView2<f64>, structure: &Structure, subset: Subset) -> Array2<f64> {
    let rest = structure.all().without(subset);
    let (inside, outside) = (structure.rows(subset), structure.rows(rest));
    let own = pick(a, &inside, &inside);
    if outside.is_empty() {
        return own;
    }
    let rank = structure.rank_meeting(rest, subset.len());
    let inverse = pseudo_inverse(pick(a, &outside, &outside).view(), rank);
    let cross = pick(a, &inside, &outside);
    own - cross.dot(&inverse).dot(&cross.t())
}

fn apart(
    gram: ArrayView2<f64>,
    structure: &Structure,
    subset: Subset,
    rank: usize,
) -> Result<Array2<f64>, FactorError> {
    let mut start = 0;
    let mut parts = Vec::new();
    for m in subset.modalities() {
        let rows: Vec<usize> = (start..start + structure.dims()[m]).collect();
        start += rows.len();
        parts.push(leading_root(pick(gram, &rows, &rows).view(), rank));
    }
    let views: Vec<ArrayView2<f64>> = parts.iter().map(|part| part.view()).collect();
    concatenate(Axis(0), &views).map_err(|_parts_of_one_width| FactorError::EmptySet)
}
