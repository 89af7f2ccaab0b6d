//! How near an estimate is to the truth. Blocks are known up to an orthogonal matrix each, so that
//! nothing here compares entries before it has aligned block by block; an alignment of the whole W
//! would mix blocks and forgive what must not be forgiven.

use crate::FactorError;
use crate::linalg::{norm, orthonormal, procrustes, spectral};
use crate::loadings::Loadings;
use crate::structure::Subset;
use ndarray::{Array2, ArrayView2};
use std::collections::BTreeSet;

/// ‖Â − A‖_F / ‖A‖_F.
pub fn relative_error(truth: ArrayView2<f64>, estimate: ArrayView2<f64>) -> f64 {
    norm((&estimate - &truth).view()) / norm(truth).max(f64::MIN_POSITIVE)
}

/// One block held against the truth.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockError {
    /// Which block.
    pub subset: Subset,
    /// `‖W_S W_Sᵀ − Ŵ_S Ŵ_Sᵀ‖ / ‖W_S W_Sᵀ‖`.
    pub gram: f64,
    /// Sine of the largest angle between the spaces that the columns span, 0 to 1.
    pub sine: f64,
    /// min over orthogonal O of `‖Ŵ_S O − W_S‖ / ‖W_S‖`.
    pub aligned: f64,
}

/// The whole of an estimate held against the truth.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovery {
    /// `‖WWᵀ − ŴŴᵀ‖ / ‖WWᵀ‖`.
    pub gram: f64,
    /// Each block.
    pub blocks: Vec<BlockError>,
    /// ‖ŴO − W‖ / ‖W‖ with O block-diagonal.
    pub aligned: f64,
}

impl Recovery {
    /// Holds `estimate` against `truth`.
    ///
    /// # Errors
    /// The two have other structures.
    pub fn new(truth: &Loadings, estimate: &Loadings) -> Result<Self, FactorError> {
        let structure = truth.structure();
        let rotations = rotations(truth, estimate)?;
        let mut blocks = Vec::new();
        let (mut off, mut all) = (0.0, 0.0);
        for (((subset, w), (_, found)), turn) in
            truth.blocks().iter().zip(estimate.blocks()).zip(&rotations)
        {
            let rest = norm((found.dot(turn) - w).view());
            let size = norm(w.view()).max(f64::MIN_POSITIVE);
            off += rest.powi(2);
            all += size.powi(2);
            blocks.push(BlockError {
                subset: *subset,
                gram: relative_error(w.dot(&w.t()).view(), found.dot(&found.t()).view()),
                sine: sine(w.view(), found.view()),
                aligned: rest / size,
            });
        }
        debug_assert_eq!(structure.blocks().count(), blocks.len());
        let gram = relative_error(truth.gram().view(), estimate.gram().view());
        Ok(Self { gram, blocks, aligned: (off / all.max(f64::MIN_POSITIVE)).sqrt() })
    }

    /// Mean Gram error of the blocks.
    pub fn mean_block(&self) -> f64 {
        self.blocks.iter().map(|b| b.gram).sum::<f64>() / self.blocks.len().max(1) as f64
    }

    /// Largest sine of all blocks.
    pub fn sine(&self) -> f64 {
        self.blocks.iter().map(|b| b.sine).fold(0.0, f64::max)
    }
}

/// For each block the orthogonal O (`r_S` × `r_S`) that turns `Ŵ_S` nearest to `W_S`; then
/// `ẑ_S ≈ O z_S`, and `Oᵀβ̂_S` is to be compared with `β_S`.
///
/// # Errors
/// The two have other structures.
pub fn rotations(truth: &Loadings, estimate: &Loadings) -> Result<Vec<Array2<f64>>, FactorError> {
    if truth.structure() != estimate.structure() {
        let (expected, found) = (truth.structure().total(), estimate.structure().total());
        return Err(FactorError::Shape { what: "blocks to compare", expected, found });
    }
    let pairs = truth.blocks().iter().zip(estimate.blocks());
    Ok(pairs.map(|((_, w), (_, found))| procrustes(found.view(), w.view())).collect())
}

/// ‖(I − P)Q̂‖₂ with P the projector on the columns of `truth`: exact for small angles too.
fn sine(truth: ArrayView2<f64>, estimate: ArrayView2<f64>) -> f64 {
    let (p, q) = (orthonormal(truth), orthonormal(estimate));
    spectral((&q - &p.dot(&p.t().dot(&q))).view()).min(1.0)
}

/// F1 of a set of blocks against the true one: 2TP / (2TP + FP + FN); 1 where both are empty.
pub fn support_f1(truth: &BTreeSet<Subset>, found: &BTreeSet<Subset>) -> f64 {
    let hits = truth.intersection(found).count();
    let all = truth.len() + found.len();
    if all == 0 { 1.0 } else { 2.0 * hits as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structure::Structure;
    use ndarray::array;

    #[test]
    fn a_turned_block_is_right_and_mixed_blocks_are_not() {
        let (both, one) = (Subset::of(&[0, 1]), Subset::of(&[0]));
        let structure = Structure::new(&[2, 1], [(both, 1), (one, 1)]).unwrap();
        let blocks = |a: f64, b: f64| {
            let whole = array![[a, 1.0], [1.0, b], [2.0, 0.0]];
            Loadings::from_full(structure.clone(), whole.view()).unwrap()
        };
        let truth = blocks(0.5, 0.5);
        let mut turned = truth.full();
        turned.column_mut(0).mapv_inplace(|v| -v);
        let turned = Loadings::from_full(structure.clone(), turned.view()).unwrap();
        let same = Recovery::new(&truth, &turned).unwrap();
        assert!(same.gram < 1e-12 && same.aligned < 1e-12 && same.sine() < 1e-12, "{same:?}");
        let other = Recovery::new(&truth, &blocks(0.5, -2.0)).unwrap();
        assert!(other.blocks[0].gram < 1e-12);
        // (1, ½) and (1, −2) are at a right angle.
        assert!((other.blocks[1].sine - 1.0).abs() < 1e-12, "{other:?}");
    }

    #[test]
    fn f1_by_hand() {
        let set = |list: &[usize]| list.iter().map(|m| Subset::of(&[*m])).collect::<BTreeSet<_>>();
        assert!((support_f1(&set(&[0, 1]), &set(&[1, 2, 3])) - 0.4).abs() < 1e-12);
        assert!((support_f1(&set(&[]), &set(&[])) - 1.0).abs() < 1e-12);
    }
}
