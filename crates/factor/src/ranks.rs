//! How many factors each set of modalities shares, from ranks alone.

use crate::FactorError;
use crate::covariance::Covariance;
use crate::linalg::eigenvalues;
use crate::noise::{Noise, NoiseModel, own_noise};
use crate::peel::MOST_PEELED;
use crate::structure::{Structure, Subset};
use ndarray::Array2;
use std::collections::BTreeMap;
use std::fmt;

/// An eigenvalue counts from this much above the edge of noise.
const MARGIN: f64 = 1.05;

/// What was counted on one set U of modalities.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// U.
    pub subset: Subset,
    /// Of the covariance within U, largest first; in units of the noise where that differs between
    /// modalities.
    pub eigenvalues: Vec<f64>,
    /// What an eigenvalue must exceed to count.
    pub edge: f64,
    /// ρ̂(U), how many do.
    pub count: usize,
}

/// Estimated ranks and what they rest on.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranks {
    /// The blocks.
    pub structure: Structure,
    /// Noise, from before the ranks were known.
    pub noise: Noise,
    /// For each set of modalities, in the order of blocks.
    pub evidence: Vec<Evidence>,
    /// What did not add up.
    pub warnings: Vec<RankWarning>,
}

/// Why ranks are not what was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RankWarning {
    /// The counts ask for a negative number of factors; zero is taken.
    Negative {
        /// The block.
        subset: Subset,
        /// What the counts ask for.
        count: i64,
    },
    /// A block was made smaller, as a modality has no columns for its factors.
    Dropped {
        /// The block.
        subset: Subset,
        /// Factors taken away.
        factors: usize,
        /// From zero.
        modality: usize,
    },
    /// A modality varies in more directions than the rows can support; the others are not seen.
    Capped {
        /// From zero.
        modality: usize,
        /// Directions kept.
        kept: usize,
    },
    /// Too many modalities to count through all sets.
    PairsOnly {
        /// How many there are.
        modalities: usize,
    },
}

impl fmt::Display for RankWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Negative { subset, count } => write!(
                f,
                "the counts do not add up for {subset} ({count} factors; taken as 0): some \
                 factors are too weak to be seen everywhere"
            ),
            Self::Dropped { subset, factors, modality } => write!(
                f,
                "{factors} factors of {subset} were dropped: modality {} has no columns for them",
                modality + 1
            ),
            Self::Capped { modality, kept } => write!(
                f,
                "of modality {} the first {kept} principal components were looked at; what is \
                 shared in others is not seen",
                modality + 1
            ),
            Self::PairsOnly { modalities } => write!(
                f,
                "with {modalities} modalities only pairs and all together were looked at: what \
                 three or more, but not all, share is counted with the pairs"
            ),
        }
    }
}

/// The rank–Möbius rule, ours: if loadings are generic, the signal within U has rank
/// `ρ(U) = Σ_{T∩U≠∅} r_T`, so that
///
/// `r_S = Σ_{T⊆S} (−1)^{|S|−|T|} (R − ρ(T^c))`, with ρ(∅) = 0 and R = ρ(all).
///
/// `rho` is asked for sets of `modalities` modalities. In the order of blocks; counts that were not
/// ranks of one signal can give negative numbers.
pub fn mobius(modalities: usize, rho: impl Fn(Subset) -> usize) -> BTreeMap<Subset, i64> {
    let all = Subset::all(modalities);
    let inside = |t: Subset| {
        let rest = all.without(t);
        signed(rho(all)) - if rest.is_empty() { 0 } else { signed(rho(rest)) }
    };
    let rank = |s: Subset| {
        // The empty T adds R − ρ(all) = 0.
        let term = |t: &Subset| {
            let sign = if (s.len() - t.len()).is_multiple_of(2) { 1 } else { -1 };
            sign * inside(*t)
        };
        s.subsets().iter().map(term).sum()
    };
    all.subsets().into_iter().map(|s| (s, rank(s))).collect()
}

/// Ranks by the rank–Möbius rule with
/// `ρ̂(U) = #{eigenvalues of S_UU > 1.05 σ² (1 + √(p_U/n))²}`, `p_U` the columns of U: 1.05 times the
/// edge of the Marchenko–Pastur law. Negative ranks are clipped and blocks that do not fit are cut,
/// both with a warning.
///
/// σ² is found with the count that it leads to: the smallest k such that no more than k eigenvalues
/// exceed the edge that the other d−k imply. With [`NoiseModel::PerModality`] that is done on each
/// modality, and the covariance is brought to units of the noise before anything is counted; a
/// modality in which factors take all columns has its noise overestimated and factors overlooked.
///
/// A factor weaker than the edge is not seen, and where it is seen in a larger set alone it is
/// counted elsewhere, often without a warning: with noise as strong as the weakest loadings it took
/// 32,000 rows for ranks that 2,000 gave at a tenth of it.
///
/// # Errors
/// More than [`MOST_PEELED`] modalities, or one that does not vary at all.
pub fn estimate_ranks(covariance: &Covariance, model: NoiseModel) -> Result<Ranks, FactorError> {
    let dims = covariance.dims();
    if dims.len() > MOST_PEELED {
        return Err(FactorError::TooManyModalities { found: dims.len(), most: MOST_PEELED });
    }
    let rows = covariance.rows();
    let noise = match model {
        NoiseModel::Global => {
            let variance = blind_noise(&eigenvalues(covariance.matrix()), rows);
            Noise::uniform(variance, dims.len())
        }
        NoiseModel::PerModality => {
            let of = |m| eigenvalues(covariance.within(Subset::of(&[m])).view());
            Noise { variances: (0..dims.len()).map(|m| blind_noise(&of(m), rows)).collect() }
        }
    };
    if noise.variances.iter().any(|v| *v <= 0.0 && model == NoiseModel::PerModality) {
        return Err(FactorError::Singular { what: "the covariance of a modality" });
    }
    let unit = match model {
        NoiseModel::Global => covariance.clone(),
        NoiseModel::PerModality => {
            let scale = noise.columns(dims).mapv(f64::sqrt);
            let matrix = covariance.matrix();
            let scaled = Array2::from_shape_fn(matrix.dim(), |(i, j)| {
                matrix[[i, j]] / (scale[i] * scale[j])
            });
            Covariance::population(scaled, dims)?
        }
    };
    let variance = match model {
        NoiseModel::Global => noise.variances[0],
        NoiseModel::PerModality => 1.0,
    };
    let evidence: Vec<Evidence> = Subset::all(dims.len())
        .subsets()
        .into_iter()
        .map(|subset| {
            let eigenvalues = eigenvalues(unit.within(subset).view());
            let edge = edge(variance, eigenvalues.len(), rows);
            let count = above(&eigenvalues, edge);
            Evidence { subset, eigenvalues, edge, count }
        })
        .collect();
    let counts: BTreeMap<Subset, usize> = evidence.iter().map(|e| (e.subset, e.count)).collect();
    let found = mobius(dims.len(), |u| counts.get(&u).copied().unwrap_or(0));
    let mut warnings = Vec::new();
    let mut ranks = clip(found, &mut warnings);
    fit_into(dims, &mut ranks, &mut warnings);
    Ok(Ranks { structure: Structure::new(dims, ranks)?, noise, evidence, warnings })
}

/// 1.05 σ² (1 + √(p/n))².
fn edge(variance: f64, columns: usize, rows: Option<usize>) -> f64 {
    let ratio = rows.map_or(0.0, |n| (columns as f64 / n.max(1) as f64).sqrt());
    MARGIN * variance * (1.0 + ratio).powi(2)
}

fn above(values: &[f64], edge: f64) -> usize {
    values.iter().take_while(|v| **v > edge).count()
}

/// σ² without knowing the ranks. With k too small the mean is too high, so that the fixed point is
/// reached from below; at most d−1.
fn blind_noise(values: &[f64], rows: Option<usize>) -> f64 {
    let mut factors = 0;
    loop {
        let Some(variance) = own_noise(values, factors, rows) else { return 0.0 };
        let count = above(values, edge(variance, values.len(), rows));
        if count <= factors || count >= values.len() {
            return variance;
        }
        factors = count;
    }
}

pub(crate) fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn clip(found: BTreeMap<Subset, i64>, warnings: &mut Vec<RankWarning>) -> BTreeMap<Subset, usize> {
    let mut clipped = BTreeMap::new();
    for (subset, count) in found {
        if count < 0 {
            warnings.push(RankWarning::Negative { subset, count });
        }
        clipped.insert(subset, usize::try_from(count).unwrap_or(0));
    }
    clipped
}

/// Keeps `Σ_{S∋m} r_S ≤ d_m`: takes factors from the largest sets first, but from that of all
/// modalities last.
pub(crate) fn fit_into(
    dims: &[usize],
    ranks: &mut BTreeMap<Subset, usize>,
    warnings: &mut Vec<RankWarning>,
) {
    for (modality, columns) in dims.iter().enumerate() {
        let taken: usize =
            ranks.iter().filter(|(s, _)| s.contains(modality)).map(|(_, rank)| rank).sum();
        let mut excess = taken.saturating_sub(*columns);
        let all = Subset::all(dims.len());
        let order: Vec<Subset> =
            ranks.keys().copied().filter(|s| *s != all).chain(std::iter::once(all)).collect();
        for subset in order.into_iter().filter(|s| s.contains(modality)) {
            let Some(rank) = ranks.get_mut(&subset) else { continue };
            let factors = excess.min(*rank);
            if factors > 0 {
                *rank -= factors;
                excess -= factors;
                warnings.push(RankWarning::Dropped { subset, factors, modality });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobius_inverts_the_ranks_of_any_structure() {
        for m in 1..=5 {
            let ranks: BTreeMap<Subset, i64> = Subset::all(m)
                .subsets()
                .into_iter()
                .enumerate()
                .map(|(i, s)| (s, signed(i * 7 % 4)))
                .collect();
            let rho = |u: Subset| {
                ranks
                    .iter()
                    .filter(|(t, _)| t.meets(u))
                    .map(|(_, r)| usize::try_from(*r).unwrap())
                    .sum()
            };
            assert_eq!(mobius(m, rho), ranks);
        }
    }

    #[test]
    fn negative_counts_are_clipped_aloud() {
        // Each of two modalities shows one factor, both together three.
        let found = mobius(2, |u| if u.len() == 2 { 3 } else { 1 });
        let mut warnings = Vec::new();
        let ranks = clip(found, &mut warnings);
        let both = Subset::all(2);
        assert_eq!(ranks[&both], 0);
        assert_eq!(warnings, [RankWarning::Negative { subset: both, count: -1 }]);
        assert!(warnings[0].to_string().contains("{12} (-1 factors"));
    }

    #[test]
    fn what_does_not_fit_goes_largest_sets_first_and_all_last() {
        let (all, two, one) = (Subset::all(3), Subset::of(&[0, 1]), Subset::of(&[0]));
        let mut ranks = BTreeMap::from([(all, 2), (two, 2), (one, 2)]);
        let mut warnings = Vec::new();
        fit_into(&[3, 9, 9], &mut ranks, &mut warnings);
        assert_eq!(ranks, BTreeMap::from([(all, 2), (two, 0), (one, 1)]));
        let dropped = |subset, factors| RankWarning::Dropped { subset, factors, modality: 0 };
        assert_eq!(warnings, [dropped(two, 2), dropped(one, 1)]);
    }
}
