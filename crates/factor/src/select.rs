//! What a target depends on: regression on estimated factors, and which groups of them matter.

use crate::FactorError;
use crate::block_problem::BlockProblem;
use crate::linalg::{
    centred, columns, eigenvalues, entries, finite, pick, same, solve, solve_vector, symmetric,
};
use crate::loadings::Loadings;
use crate::noise::Noise;
use crate::structure::{Structure, Subset};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Slice};

const SWEEPS: usize = 2000;
const TOLERANCE: f64 = 1e-9;

/// `C = (ŴᵀŴ)⁻¹Ŵᵀ` (R × d), so that ẑ = Cx: the least-squares scores of HCL's downstream task (Li, Yu &
/// Zhou 2026, arXiv 2604.05462).
///
/// # Errors
/// Loadings without full column rank.
pub fn scorer(loadings: &Loadings) -> Result<Array2<f64>, FactorError> {
    let w = loadings.full();
    solve(w.t().dot(&w).view(), w.t(), "ŴᵀŴ")
}

/// Second moments of estimated factors and a target over m rows, both centred.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// `H = ẑᵀẑ/m − C diag(σ²) Cᵀ` (R × R): what the factors' own covariance would be, without the
    /// noise that ẑ carries. With few rows it can have negative eigenvalues.
    pub gram: Array2<f64>,
    /// b = ẑᵀy/m, of length R.
    pub cross: Array1<f64>,
    /// Standard deviation of y.
    pub deviation: f64,
    /// m.
    pub rows: usize,
    structure: Structure,
}

impl Moments {
    /// Of rows `x` (m × d) and targets `y` (m): the debiased moments of HCL's downstream task (Li, Yu &
    /// Zhou 2026). `noise` none leaves the bias in: H = ẑᵀẑ/m.
    ///
    /// # Errors
    /// Widths or lengths that do not agree, fewer than two rows, a value that is not finite, and
    /// those of [`scorer`].
    pub fn new(
        loadings: &Loadings,
        noise: Option<&Noise>,
        x: ArrayView2<f64>,
        y: ArrayView1<f64>,
    ) -> Result<Self, FactorError> {
        let structure = loadings.structure().clone();
        same("columns", structure.dim(), x.ncols())?;
        same("targets", x.nrows(), y.len())?;
        if x.nrows() < 2 {
            return Err(FactorError::TooFewRows {
                what: "with a target",
                found: x.nrows(),
                needed: 2,
            });
        }
        finite(x.iter().chain(y.iter()), "the data")?;
        let m = x.nrows() as f64;
        let c = scorer(loadings)?;
        let z = centred(x).0.dot(&c.t());
        let y = &y - y.sum() / m;
        let mut gram = z.t().dot(&z) / m;
        if let Some(noise) = noise {
            same("noise variances", structure.dims().len(), noise.variances.len())?;
            gram -= &(&c * &noise.columns(structure.dims())).dot(&c.t());
        }
        let deviation = (y.dot(&y) / m).sqrt();
        Ok(Self { gram, cross: z.t().dot(&y) / m, deviation, rows: x.nrows(), structure })
    }

    /// Of factors that something else estimated, an encoder's blocks say: for each set of
    /// modalities its factors (m × `r_S`), in any order, and targets `y` (m). H = ẑᵀẑ/m: there is
    /// no noise to take out.
    ///
    /// # Errors
    /// Lengths that do not agree, fewer than two rows, a value that is not finite, a set that is
    /// empty or given twice.
    pub fn of_factors(
        blocks: &[(Subset, ArrayView2<f64>)],
        y: ArrayView1<f64>,
    ) -> Result<Self, FactorError> {
        let m = y.len();
        if m < 2 {
            return Err(FactorError::TooFewRows { what: "with a target", found: m, needed: 2 });
        }
        // Widths of modalities have no part in the regression: wide enough for any block.
        let widest = blocks.iter().map(|(_, z)| z.ncols()).max().unwrap_or(0).max(1);
        let count = blocks.iter().flat_map(|(s, _)| s.modalities()).max().map_or(1, |m| m + 1);
        let ranks = blocks.iter().map(|(subset, z)| (*subset, z.ncols()));
        let structure = Structure::new(&vec![widest; count], ranks)?;
        let mut z = Array2::zeros((m, structure.total()));
        for (subset, block) in blocks {
            same("rows of a block", m, block.nrows())?;
            finite(block.iter(), "a block")?;
            let at = Slice::from(structure.columns(*subset));
            z.slice_axis_mut(Axis(1), at).assign(block);
        }
        finite(y.iter(), "the target")?;
        let (z, y, m) = (centred(z.view()).0, &y - y.sum() / m as f64, m as f64);
        Ok(Self {
            gram: z.t().dot(&z) / m,
            cross: z.t().dot(&y) / m,
            deviation: (y.dot(&y) / m).sqrt(),
            rows: y.len(),
            structure,
        })
    }

    /// Which blocks the factors are of.
    pub fn structure(&self) -> &Structure {
        &self.structure
    }

    /// Whether H is positive definite; else OLS on it is not a minimum of anything.
    pub fn is_definite(&self) -> bool {
        eigenvalues(self.gram.view()).last().is_none_or(|v| *v > 0.0)
    }

    /// H⁻¹b, of length R.
    ///
    /// # Errors
    /// A singular H.
    pub fn ols(&self) -> Result<Array1<f64>, FactorError> {
        solve_vector(self.gram.view(), self.cross.view(), "the moments of the factors")
    }

    /// H⁻¹b on the factors of `groups`, zero elsewhere; length R.
    ///
    /// # Errors
    /// A singular H.
    pub fn ols_on(&self, groups: &[Subset]) -> Result<Array1<f64>, FactorError> {
        let columns: Vec<usize> = groups.iter().flat_map(|g| self.structure.columns(*g)).collect();
        let gram = pick(self.gram.view(), &columns, &columns);
        let cross: Array1<f64> = columns.iter().map(|c| self.cross[*c]).collect();
        let found = solve_vector(gram.view(), cross.view(), "the moments of the factors")?;
        let mut beta = Array1::zeros(self.cross.len());
        for (column, value) in columns.iter().zip(&found) {
            beta[*column] = *value;
        }
        Ok(beta)
    }

    /// λ of each block for k = 1: `sd(y)·√((r_S + 2 log G)/m)`, G the number of blocks. Ours: the
    /// size that the correlation of a block with pure noise does not often exceed.
    pub fn unit_penalties(&self) -> Vec<f64> {
        let groups = self.structure.blocks().count().max(1) as f64;
        let size = |rank| (rank as f64 + 2.0 * groups.ln()) / self.rows as f64;
        self.structure.blocks().map(|(_, rank)| self.deviation * size(rank).sqrt()).collect()
    }

    /// Group lasso (Yuan & Lin 2006): min over β of `½βᵀHβ − bᵀβ + k Σ λ_S‖β_S‖`, by block coordinate descent with each
    /// block solved exactly. Where H has negative eigenvalues they are raised to almost zero, or
    /// there would be no minimum. `start` has length R.
    fn group_lasso(&self, k: f64, start: &Array1<f64>, problem: &[BlockProblem]) -> Array1<f64> {
        let mut beta = start.clone();
        for _ in 0..SWEEPS {
            let mut change = 0.0_f64;
            for block in problem {
                let at = block.at.clone();
                let own = columns(&block.rows, at.clone());
                let old = entries(beta.view(), at.clone()).to_owned();
                let right = &entries(self.cross.view(), at.clone()) - &block.rows.dot(&beta)
                    + own.dot(&old);
                let new = block.solve(&right, k * block.unit);
                change = (&new - &old).iter().fold(change, |c, v| v.abs().max(c));
                beta.slice_axis_mut(Axis(0), Slice::from(at)).assign(&new);
            }
            let size = beta.iter().fold(0.0_f64, |c, v| v.abs().max(c));
            if change <= TOLERANCE * size {
                break;
            }
        }
        beta
    }

    fn problem(&self) -> Vec<BlockProblem> {
        let eigen = symmetric(self.gram.view());
        let top = eigen.values.first().map_or(0.0, |v| v.max(0.0));
        let floor = (1e-6 * top).max(f64::MIN_POSITIVE);
        let raised: Array1<f64> = eigen.values.iter().map(|v| v.max(floor)).collect();
        let h = (&eigen.vectors * &raised).dot(&eigen.vectors.t());
        let blocks = self.structure.blocks().zip(self.unit_penalties());
        blocks
            .map(|((subset, _), unit)| {
                let at = self.structure.columns(subset);
                let rows = h.slice_axis(Axis(0), Slice::from(at.clone())).to_owned();
                let own = symmetric(columns(&rows, at.clone()));
                BlockProblem { at, rows, values: own.values, vectors: own.vectors, unit }
            })
            .collect()
    }

    /// Groups that the group lasso keeps at `λ_S = k·sd(y)·√((r_S + 2 log G)/m)`, and debiased OLS on
    /// them alone. k between 1 and 1.5; 1 is what we measured.
    ///
    /// # Errors
    /// A singular H on the groups kept.
    pub fn select(&self, k: f64) -> Result<Selection, FactorError> {
        let problem = self.problem();
        let lasso = self.group_lasso(k, &Array1::zeros(self.cross.len()), &problem);
        let kept: Vec<Subset> = self
            .structure
            .blocks()
            .map(|(subset, _)| subset)
            .filter(|g| entries(lasso.view(), self.structure.columns(*g)).iter().any(|v| *v != 0.0))
            .collect();
        let refit = self.ols_on(&kept)?;
        Ok(Selection { groups: kept, lasso, refit })
    }

    /// The group lasso along `ks`, which should decrease: each starts from the one before.
    pub fn path(&self, ks: &[f64]) -> Vec<PathPoint> {
        let problem = self.problem();
        let mut beta = Array1::zeros(self.cross.len());
        ks.iter()
            .map(|k| {
                beta = self.group_lasso(*k, &beta, &problem);
                let norms = self.norms(beta.view());
                PathPoint { k: *k, norms }
            })
            .collect()
    }

    /// `count` values of k, evenly spaced in the logarithm, from the smallest that keeps no group
    /// down to `ratio` times that; none where nothing correlates with the target.
    pub fn grid(&self, count: usize, ratio: f64) -> Vec<f64> {
        let norms = self.norms(self.cross.view());
        let top = norms
            .iter()
            .zip(self.unit_penalties())
            .map(|((_, norm), unit)| norm / unit.max(f64::MIN_POSITIVE))
            .fold(0.0, f64::max);
        // At the very value rounding decides.
        let top = top * (1.0 + 1e-9);
        let at = |i: usize| top * ratio.powf(i as f64 / count.saturating_sub(1).max(1) as f64);
        if top > 0.0 { (0..count).map(at).collect() } else { Vec::new() }
    }

    /// `‖β_S‖` of each block, in order: does not change with the rotation of a block.
    pub fn norms(&self, beta: ArrayView1<f64>) -> Vec<(Subset, f64)> {
        let norm = |subset: Subset| {
            let part = entries(beta, self.structure.columns(subset));
            part.dot(&part).sqrt()
        };
        self.structure.blocks().map(|(subset, _)| (subset, norm(subset))).collect()
    }
}

/// What [`Moments::select`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// Blocks kept, in order.
    pub groups: Vec<Subset>,
    /// Coefficients of the group lasso, of length R: shrunk.
    pub lasso: Array1<f64>,
    /// Debiased OLS on the blocks kept, of length R.
    pub refit: Array1<f64>,
}

/// One point of the path.
#[derive(Clone, Debug, PartialEq)]
pub struct PathPoint {
    /// λ in units of [`Moments::unit_penalties`].
    pub k: f64,
    /// `‖β_S‖` of each block, in order; zero where it is not kept.
    pub norms: Vec<(Subset, f64)>,
}

impl PathPoint {
    /// Blocks that are kept, in order.
    pub fn groups(&self) -> Vec<Subset> {
        self.norms.iter().filter(|(_, norm)| *norm > 0.0).map(|(subset, _)| *subset).collect()
    }
}

/// What predicting zᵀβ by xᵀa costs above the best linear prediction from x, in the population:
/// `(a − a*)ᵀ(WWᵀ + diag σ²)(a − a*)` with `a* = (WWᵀ + diag σ²)⁻¹Wβ`, our oracle. Never negative, unlike
/// the difference to the true factors' least-squares scores that the published code takes. `a` has
/// length d: Cᵀβ̂, with the C of [`scorer`].
///
/// # Errors
/// Lengths that do not agree; a singular covariance.
pub fn excess_risk(
    truth: &Loadings,
    noise: &Noise,
    beta: ArrayView1<f64>,
    a: ArrayView1<f64>,
) -> Result<f64, FactorError> {
    let structure = truth.structure();
    same("coefficients", structure.total(), beta.len())?;
    same("weights", structure.dim(), a.len())?;
    same("noise variances", structure.dims().len(), noise.variances.len())?;
    let covariance = truth.gram() + Array2::from_diag(&noise.columns(structure.dims()));
    let right = truth.full().dot(&beta);
    let best = solve_vector(covariance.view(), right.view(), "the covariance")?;
    let off = &a - &best;
    Ok(off.dot(&covariance.dot(&off)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn moments() -> Moments {
        let structure =
            Structure::new(&[4, 4], [(Subset::all(2), 2), (Subset::of(&[0]), 1)]).unwrap();
        let gram = array![[2.0, 0.3, 0.1], [0.3, 1.0, -0.2], [0.1, -0.2, 0.5]];
        let cross = array![1.0, -0.4, 0.3];
        Moments { gram, cross, deviation: 1.0, rows: 100, structure }
    }

    #[test]
    fn the_group_lasso_meets_its_optimality_conditions() {
        let m = moments();
        let problem = m.problem();
        let units = m.unit_penalties();
        for k in [0.2, 0.6, 1.0, 2.0] {
            let beta = m.group_lasso(k, &Array1::zeros(3), &problem);
            let gradient = &m.gram.dot(&beta) - &m.cross;
            for ((subset, _), unit) in m.structure.blocks().zip(&units) {
                let at = m.structure.columns(subset);
                let (b, g) = (entries(beta.view(), at.clone()), entries(gradient.view(), at));
                let size = b.dot(&b).sqrt();
                if size == 0.0 {
                    assert!(g.dot(&g).sqrt() <= k * unit + 1e-9);
                } else {
                    let rest = &g + &(&b * (k * unit / size));
                    assert!(rest.iter().all(|v| v.abs() < 1e-7), "{k} {subset}: {rest}");
                }
            }
        }
    }

    #[test]
    fn the_path_starts_empty_and_ends_at_least_squares() {
        let m = moments();
        let mut ks = m.grid(10, 1e-3);
        ks.push(0.0);
        let path = m.path(&ks);
        assert!(path[0].norms.iter().all(|(_, norm)| *norm < 1e-12));
        assert!(path[0].groups().is_empty() && !path[1].groups().is_empty());
        let ols = m.norms(m.ols().unwrap().view());
        for ((_, a), (_, b)) in path[10].norms.iter().zip(&ols) {
            assert!((a - b).abs() < 1e-6);
        }
    }

    #[test]
    fn excess_risk_by_hand() {
        let structure = Structure::new(&[1], [(Subset::all(1), 1)]).unwrap();
        let truth = Loadings::from_full(structure, array![[2.0]].view()).unwrap();
        let risk = |a: f64| {
            let noise = Noise::uniform(1.0, 1);
            excess_risk(&truth, &noise, array![3.0].view(), array![a].view()).unwrap()
        };
        // a* = 2·3/(4 + 1).
        assert!(risk(1.2).abs() < 1e-12);
        assert!((risk(2.2) - 5.0).abs() < 1e-12);
    }

    #[test]
    fn moments_that_are_not_positive_still_have_a_path() {
        let mut m = moments();
        m.gram[[2, 2]] = -0.1;
        assert!(!m.is_definite());
        let path = m.path(&m.grid(5, 0.1));
        assert!(path.iter().flat_map(|p| &p.norms).all(|(_, norm)| norm.is_finite()));
    }
}
