//! W, block by block.

use crate::FactorError;
use crate::linalg::same;
use crate::structure::{Structure, Subset};
use ndarray::{Array2, ArrayView2, Axis};

/// The loadings of each block. Each is known up to one orthogonal matrix on its right, common to
/// all modalities of the block: compare Gram matrices and subspaces, not entries.
#[derive(Clone, Debug, PartialEq)]
pub struct Loadings {
    structure: Structure,
    blocks: Vec<(Subset, Array2<f64>)>,
}

impl Loadings {
    /// From the blocks in the structure's order, each (columns of the modalities of S) × `r_S`.
    ///
    /// # Errors
    /// Blocks of other sets or shapes.
    pub fn new(
        structure: Structure,
        blocks: Vec<(Subset, Array2<f64>)>,
    ) -> Result<Self, FactorError> {
        same("blocks", structure.blocks().count(), blocks.len())?;
        for ((subset, rank), (given, block)) in structure.blocks().zip(&blocks) {
            if subset != *given {
                return Err(FactorError::UnknownModality { subset: *given });
            }
            same("columns of a block", rank, block.ncols())?;
            same("rows of a block", structure.width(subset), block.nrows())?;
        }
        Ok(Self { structure, blocks })
    }

    /// From W (d × R); what the mask does not allow is left out.
    ///
    /// # Errors
    /// Another shape.
    pub fn from_full(structure: Structure, full: ArrayView2<f64>) -> Result<Self, FactorError> {
        same("rows of the loadings", structure.dim(), full.nrows())?;
        same("columns of the loadings", structure.total(), full.ncols())?;
        let blocks = structure
            .blocks()
            .map(|(subset, _)| {
                let columns: Vec<usize> = structure.columns(subset).collect();
                let rows = structure.rows(subset);
                (subset, full.select(Axis(0), &rows).select(Axis(1), &columns))
            })
            .collect();
        Ok(Self { structure, blocks })
    }

    /// Which blocks there are.
    pub fn structure(&self) -> &Structure {
        &self.structure
    }

    /// Each block, in order: (columns of the modalities of S) × `r_S`.
    pub fn blocks(&self) -> &[(Subset, Array2<f64>)] {
        &self.blocks
    }

    /// One block; none where the set has no factors.
    pub fn block(&self, subset: Subset) -> Option<&Array2<f64>> {
        self.blocks.iter().find(|(s, _)| *s == subset).map(|(_, block)| block)
    }

    /// W, d × R.
    pub fn full(&self) -> Array2<f64> {
        let mut full = Array2::zeros((self.structure.dim(), self.structure.total()));
        for (subset, block) in &self.blocks {
            let start = self.structure.columns(*subset).start;
            for (row, from) in self.structure.rows(*subset).into_iter().zip(block.rows()) {
                for (k, value) in from.iter().enumerate() {
                    full[[row, start + k]] = *value;
                }
            }
        }
        full
    }

    /// `WWᵀ`, d × d.
    pub fn gram(&self) -> Array2<f64> {
        let full = self.full();
        full.dot(&full.t())
    }
}
