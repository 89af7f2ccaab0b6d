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
/// Those of [`PeelJob::new`] and [`PeelJob::finish`].
pub fn peel(
    signal: ArrayView2<f64>,
    structure: &Structure,
    rotation: Rotation,
) -> Result<Loadings, FactorError> {
    let mut job = PeelJob::new(signal, structure, rotation)?;
    while !job.step()? {}
    job.finish()
}

/// [`peel()`], a block at a time.
#[derive(Debug)]
pub struct PeelJob {
    structure: Structure,
    rotation: Rotation,
    /// A of the level.
    left: Array2<f64>,
    /// Blocks in the order of their levels.
    order: Vec<(Subset, usize)>,
    blocks: Vec<(Subset, Array2<f64>)>,
    /// Blocks that are taken off already.
    taken: usize,
}

impl PeelJob {
    /// Of the signal (d × d, noise taken off).
    ///
    /// # Errors
    /// Another shape than the structure's, a value that is not finite, or more than
    /// [`MOST_PEELED`] modalities.
    pub fn new(
        signal: ArrayView2<f64>,
        structure: &Structure,
        rotation: Rotation,
    ) -> Result<Self, FactorError> {
        let count = structure.dims().len();
        if count > MOST_PEELED {
            return Err(FactorError::TooManyModalities { found: count, most: MOST_PEELED });
        }
        same("rows of the signal", structure.dim(), signal.nrows())?;
        same("columns of the signal", structure.dim(), signal.ncols())?;
        crate::linalg::finite(signal.iter(), "the signal")?;
        let mut order: Vec<(Subset, usize)> = structure.blocks().collect();
        order.sort_by_key(|(subset, _)| (subset.len(), *subset));
        Ok(Self {
            structure: structure.clone(),
            rotation,
            left: signal.to_owned(),
            blocks: Vec::with_capacity(order.len()),
            order,
            taken: 0,
        })
    }

    /// How far it is, from 0 to 1.
    pub fn done(&self) -> f64 {
        self.blocks.len() as f64 / self.order.len().max(1) as f64
    }

    /// One block more; true once all are known.
    ///
    /// # Errors
    /// None on what [`PeelJob::new`] accepts.
    pub fn step(&mut self) -> Result<bool, FactorError> {
        let Some(&(subset, rank)) = self.order.get(self.blocks.len()) else { return Ok(true) };
        // All of a level are taken from one A.
        if self.blocks.last().is_some_and(|(last, _)| last.len() < subset.len()) {
            self.take_off();
        }
        let gram = remainder(self.left.view(), &self.structure, subset);
        let block = match self.rotation {
            Rotation::Common => leading_root(gram.view(), rank),
            Rotation::PerModality => apart(gram.view(), &self.structure, subset, rank)?,
        };
        self.blocks.push((subset, block));
        Ok(self.blocks.len() == self.order.len())
    }

    fn take_off(&mut self) {
        for (subset, block) in &self.blocks[self.taken..] {
            let gram = block.dot(&block.t());
            let rows = self.structure.rows(*subset);
            for (i, row) in rows.iter().enumerate() {
                for (j, column) in rows.iter().enumerate() {
                    self.left[[*row, *column]] -= gram[[i, j]];
                }
            }
        }
        self.taken = self.blocks.len();
    }

    /// The loadings, once all blocks are known.
    ///
    /// # Errors
    /// Blocks that are not known yet.
    pub fn finish(mut self) -> Result<Loadings, FactorError> {
        self.blocks.sort_by_key(|(subset, _)| *subset);
        Loadings::new(self.structure, self.blocks)
    }
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
