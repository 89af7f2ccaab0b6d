//! How much of the variance is noise.

use crate::FactorError;
use crate::covariance::Covariance;
use crate::linalg::{eigenvalues, leading_root, same};
use crate::structure::{Structure, Subset, range};
use ndarray::{Array1, Array2};

const STEPS: usize = 500;
const TOLERANCE: f64 = 1e-8;

/// What the noise is taken to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoiseModel {
    /// One variance for all columns: the mean of the d−R smallest eigenvalues, as in the published
    /// code. Far off where modalities differ.
    Global,
    /// One variance for each modality, ours. From the modality's own block where that has columns
    /// to spare: the mean of its `d_m − R_m` smallest eigenvalues, `R_m = Σ_{S∋m} r_S`, times
    /// `n'/(n'−R_m)` with n' = n−1, since the factors take `R_m` of the degrees of freedom of every
    /// noise direction. Else from all modalities together, see [`Noise::estimate`].
    PerModality,
}

/// Noise variance of each modality.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// `σ_m²`, one per modality.
    pub variances: Vec<f64>,
}

impl Noise {
    /// The same variance everywhere.
    pub fn uniform(variance: f64, modalities: usize) -> Self {
        Self { variances: vec![variance; modalities] }
    }

    /// Estimates σ² by `model` from a covariance and the ranks.
    ///
    /// A modality with no more columns than factors shows no noise of its own. Its variance is
    /// then found from all modalities together, those of the others given: the fixed point of
    /// `σ_m² = mean diag (S − LLᵀ)_mm` with L the leading R factors in units of the noise, that
    /// is, maximum likelihood of factor analysis (Jöreskog 1967) with equal uniquenesses within a
    /// modality.
    ///
    /// # Errors
    /// Other widths than the structure's, or as many factors as columns.
    pub fn estimate(
        covariance: &Covariance,
        structure: &Structure,
        model: NoiseModel,
    ) -> Result<Self, FactorError> {
        let (factors, dimensions) = (structure.total(), structure.dim());
        same("columns of the covariance", dimensions, covariance.matrix().nrows())?;
        same("modalities of the covariance", structure.dims().len(), covariance.dims().len())?;
        if factors >= dimensions {
            return Err(FactorError::NoNoiseDimensions { factors, dimensions });
        }
        let modalities = structure.dims().len();
        if model == NoiseModel::Global {
            let values = eigenvalues(covariance.matrix());
            return Ok(Self::uniform(mean(&values[factors..]).max(0.0), modalities));
        }
        let own: Vec<Option<f64>> = (0..modalities)
            .map(|m| {
                let set = Subset::of(&[m]);
                let values = eigenvalues(covariance.within(set).view());
                own_noise(&values, structure.rank_meeting(set, 1), covariance.rows())
            })
            .collect();
        Ok(Self { variances: together(covariance, factors, &own) })
    }

    /// σ² of each of the d columns.
    pub fn columns(&self, dims: &[usize]) -> Array1<f64> {
        self.variances
            .iter()
            .zip(dims)
            .flat_map(|(variance, width)| std::iter::repeat_n(*variance, *width))
            .collect()
    }

    /// Σ̂ = S − diag(σ²), d × d.
    ///
    /// # Errors
    /// As many variances as modalities are needed.
    pub fn subtract(&self, covariance: &Covariance) -> Result<Array2<f64>, FactorError> {
        same("noise variances", covariance.dims().len(), self.variances.len())?;
        let noise = Array2::from_diag(&self.columns(covariance.dims()));
        Ok(&covariance.matrix() - &noise)
    }
}

/// Of the eigenvalues of a block (largest first) with `factors` spikes.
pub(crate) fn own_noise(values: &[f64], factors: usize, rows: Option<usize>) -> Option<f64> {
    let rest = values.get(factors..).filter(|rest| !rest.is_empty())?;
    let correction = match rows {
        None => 1.0,
        // Few rows: zero eigenvalues stand for what was never seen.
        Some(n) => {
            let freedom = n.saturating_sub(1);
            freedom as f64 / freedom.checked_sub(factors).filter(|left| *left > 0)? as f64
        }
    };
    Some((mean(rest) * correction).max(0.0))
}

/// Fills in the variances that are not known.
fn together(covariance: &Covariance, factors: usize, own: &[Option<f64>]) -> Vec<f64> {
    let dims = covariance.dims();
    let trace = |a: &Array2<f64>, m| -> f64 {
        range(dims, m).map(|i| a[[i, i]]).sum::<f64>() / dims[m] as f64
    };
    let matrix = covariance.matrix().to_owned();
    let known: Vec<f64> = own.iter().flatten().copied().collect();
    let mut variances: Vec<f64> = own
        .iter()
        .enumerate()
        .map(|(m, v)| {
            let all = trace(&matrix, m);
            v.unwrap_or(if known.is_empty() { 0.5 * all } else { mean(&known).min(0.5 * all) })
        })
        .collect();
    if known.len() == own.len() {
        return variances;
    }
    for _ in 0..STEPS {
        let noise = Noise { variances: variances.clone() };
        let scale = noise.columns(dims).mapv(|v| v.max(f64::MIN_POSITIVE).sqrt());
        let unit = Array2::from_shape_fn(matrix.dim(), |(i, j)| {
            matrix[[i, j]] / (scale[i] * scale[j]) - f64::from(u8::from(i == j))
        });
        let factor = leading_root(unit.view(), factors);
        let mut change = 0.0_f64;
        for (m, variance) in variances.iter_mut().enumerate().filter(|(m, _)| own[*m].is_none()) {
            let explained: f64 = range(dims, m)
                .map(|i| scale[i].powi(2) * factor.row(i).dot(&factor.row(i)))
                .sum::<f64>()
                / dims[m] as f64;
            let all = trace(&matrix, m);
            // Zero would be a fixed point that explains everything.
            let next = (all - explained).max(1e-9 * all);
            change = change.max((next - *variance).abs() / all.max(f64::MIN_POSITIVE));
            *variance = next;
        }
        if change < TOLERANCE {
            break;
        }
    }
    variances
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
