//! Ranks on people's own data, where noise is neither white nor known.

mod components;
mod counts;

pub use counts::CrossEvidence;

use crate::FactorError;
use crate::linalg::{finite, same};
use crate::peel::MOST_PEELED;
use crate::ranks::{RankWarning, fit_into, signed};
use crate::structure::{Structure, Subset, check_dims};
use components::whiten;
use counts::{Counting, FEWEST_DRAWS};
use ndarray::{Array2, ArrayView2};
use std::collections::BTreeMap;

/// How [`own_ranks`] looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnOptions {
    /// Of the permutations.
    pub seed: u64,
    /// Permutations behind the edge of noise; at least twenty are made.
    pub draws: usize,
    /// Principal components of a modality, at most.
    pub components: usize,
    /// No more than one component for so many rows.
    pub rows_each: usize,
}

impl Default for OwnOptions {
    fn default() -> Self {
        Self { seed: 0, draws: FEWEST_DRAWS, components: 50, rows_each: 5 }
    }
}

/// Ranks found on people's own data.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnRanks {
    /// Blocks on the components: `d_m` is how many of modality m were looked at. Blocks of one
    /// modality are what is left of `d_m`, noise and all.
    pub structure: Structure,
    /// The white components of each modality, n × `d_m`.
    pub components: Vec<Array2<f64>>,
    /// What the ranks rest on, larger sets first.
    pub evidence: Vec<CrossEvidence>,
    /// What was left out and what did not add up.
    pub warnings: Vec<RankWarning>,
}

/// Ranks of the blocks shared by the modalities `parts`, each n × its columns, rows aligned and all
/// there.
///
/// Ours. Each modality is reduced to at most min(50, n/5) principal components and whitened, so
/// that scales and noise within a modality do not matter; then only what is between modalities
/// says anything. The covariance between U and m has rank
/// ρ(U) + ρ(m) − ρ(U∪m) = `Σ {r_T : T∩U ≠ ∅, m∈T}`. Its singular values are counted above what they
/// reach when rows are permuted within every modality (parallel analysis; Horn 1965): the 95 %
/// point over draws of the largest of all pairs (U, m), each in units of its own mean, so that of
/// data without sharing 5 % show any. From the counts come the ρ(U), and from these the number
/// `Σ_{T⊇S} r_T` of factors that all of S have, by Möbius inversion within S; sets are gone through
/// from the largest, and what the larger ones have is taken off. On exact ranks that is the
/// rank–Möbius rule; on counts, a weak factor that is seen in fewer places cannot turn up in sets
/// that do not show it.
///
/// Above [`MOST_PEELED`] modalities only pairs and the set of all are counted.
///
/// # Errors
/// Those of [`OwnJob::new`] and [`OwnJob::finish`].
pub fn own_ranks(parts: &[ArrayView2<f64>], options: OwnOptions) -> Result<OwnRanks, FactorError> {
    let mut job = OwnJob::new(parts, options)?;
    while !job.step() {}
    job.finish()
}

/// [`own_ranks`], a little at a time.
#[derive(Debug)]
pub struct OwnJob {
    counting: Counting,
    warnings: Vec<RankWarning>,
}

impl OwnJob {
    /// Whitens the modalities.
    ///
    /// # Errors
    /// Rows that do not agree, too few of them, too many modalities, a value that is not finite, a
    /// modality that does not vary.
    pub fn new(parts: &[ArrayView2<f64>], options: OwnOptions) -> Result<Self, FactorError> {
        let widths: Vec<usize> = parts.iter().map(|x| x.dim().1).collect();
        check_dims(&widths)?;
        let rows = parts.first().map_or(0, |x| x.dim().0);
        let needed = 2 * options.rows_each.max(2);
        if rows < needed {
            return Err(FactorError::TooFewRows { what: "of data", found: rows, needed });
        }
        let most = options.components.min(rows / options.rows_each.max(1)).max(1);
        let mut warnings = Vec::new();
        let mut components = Vec::new();
        for (modality, x) in parts.iter().enumerate() {
            same("rows of a modality", rows, x.nrows())?;
            finite(x.iter(), "the data")?;
            let (white, capped) = whiten(*x, most);
            if white.ncols() == 0 {
                return Err(FactorError::Singular { what: "the covariance of a modality" });
            }
            if capped {
                warnings.push(RankWarning::Capped { modality, kept: white.ncols() });
            }
            components.push(white);
        }
        Ok(Self { counting: Counting::new(components, options), warnings })
    }

    /// How far it is, from 0 to 1.
    pub fn done(&self) -> f64 {
        self.counting.done()
    }

    /// One permutation more; true once all are drawn.
    pub fn step(&mut self) -> bool {
        self.counting.step()
    }

    /// The ranks; call it once [`OwnJob::step`] has said that all is drawn.
    ///
    /// # Errors
    /// Ranks that are no structure, which does not happen on counts.
    pub fn finish(self) -> Result<OwnRanks, FactorError> {
        let Self { counting, mut warnings } = self;
        let (components, evidence) = counting.finish();
        let dims: Vec<usize> = components.iter().map(|x| x.dim().1).collect();
        let counts: BTreeMap<(Subset, usize), usize> =
            evidence.iter().map(|e| ((e.subset, e.modality), e.count)).collect();
        let mut ranks = if dims.len() > MOST_PEELED {
            warnings.push(RankWarning::PairsOnly { modalities: dims.len() });
            pairs_and_all(&dims, &counts, &mut warnings)
        } else {
            from_the_largest(&dims, &counts, &mut warnings)
        };
        fit_into(&dims, &mut ranks, &mut warnings);
        for (m, width) in dims.iter().enumerate() {
            let shared: usize = ranks.iter().filter(|(s, _)| s.contains(m)).map(|(_, r)| r).sum();
            ranks.insert(Subset::of(&[m]), width - shared);
        }
        let structure = Structure::new(&dims, ranks)?;
        Ok(OwnRanks { structure, components, evidence, warnings })
    }
}

/// Blocks of two or more modalities.
fn from_the_largest(
    dims: &[usize],
    counts: &BTreeMap<(Subset, usize), usize>,
    warnings: &mut Vec<RankWarning>,
) -> BTreeMap<Subset, usize> {
    let order = Subset::all(dims.len()).subsets();
    let mut rho: BTreeMap<Subset, i64> = BTreeMap::new();
    for subset in order.iter().rev() {
        let chains = subset.modalities().map(|m| {
            let rest = subset.without(Subset::of(&[m]));
            let shared = signed(counts.get(&(rest, m)).copied().unwrap_or(0));
            rho.get(&rest).copied().unwrap_or(0) + signed(dims[m]) - shared
        });
        // A factor is more often overlooked than made up.
        let rank = chains.min().unwrap_or(0);
        rho.insert(*subset, rank);
    }
    let rank = |u: Subset| rho.get(&u).copied().unwrap_or(0);
    let mut ranks: BTreeMap<Subset, usize> = BTreeMap::new();
    for subset in order.into_iter().filter(|s| s.len() > 1) {
        let all_of_it: i64 = subset
            .subsets()
            .into_iter()
            .map(|t| {
                let sign = if (subset.len() - t.len()).is_multiple_of(2) { 1 } else { -1 };
                sign * (rank(subset) - rank(subset.without(t)))
            })
            .sum();
        let above: usize = ranks.iter().filter(|(t, _)| subset.within(**t)).map(|(_, r)| r).sum();
        let count = all_of_it - signed(above);
        if count < 0 {
            warnings.push(RankWarning::Negative { subset, count });
        }
        ranks.insert(subset, usize::try_from(count).unwrap_or(0));
    }
    ranks
}

/// With pairs and the set of all alone, `c_ab = r_ab + r_all`, and the chain counts
/// `Σ r_ab + (M−1) r_all`: two equations for `r_all`.
fn pairs_and_all(
    dims: &[usize],
    counts: &BTreeMap<(Subset, usize), usize>,
    warnings: &mut Vec<RankWarning>,
) -> BTreeMap<Subset, usize> {
    let m = dims.len();
    let pair = |a: usize, b: usize| {
        let count = |a, b| counts.get(&(Subset::of(&[a]), b)).copied().unwrap_or(0);
        count(a, b).max(count(b, a))
    };
    let pairs: Vec<(usize, usize)> = (0..m).flat_map(|a| (a + 1..m).map(move |b| (a, b))).collect();
    let every: usize = pairs.iter().map(|(a, b)| pair(*a, *b)).sum();
    let chain: usize =
        (2..m).map(|k| counts.get(&(Subset::all(k), k)).copied().unwrap_or(0)).sum::<usize>()
            + pair(0, 1);
    let fewest = pairs.iter().map(|(a, b)| pair(*a, *b)).min().unwrap_or(0);
    let all = (every as f64 - chain as f64) / ((m - 1) * (m - 2)) as f64 * 2.0;
    let all = (all.round().max(0.0) as usize).min(fewest);
    let mut ranks = BTreeMap::from([(Subset::all(m), all)]);
    for (a, b) in pairs {
        let (subset, count) = (Subset::of(&[a, b]), signed(pair(a, b)) - signed(all));
        if count < 0 {
            warnings.push(RankWarning::Negative { subset, count });
        }
        ranks.insert(subset, usize::try_from(count).unwrap_or(0));
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::counts::questions;
    use super::*;
    use crate::world::{generator, normal};

    /// The rule with sets from the largest on agrees with the direct one on exact ranks.
    #[test]
    fn exact_counts_give_the_ranks_back() {
        let dims = [12, 12, 12, 12];
        let truth: BTreeMap<Subset, usize> = Subset::all(4)
            .subsets()
            .into_iter()
            .filter(|s| s.len() > 1)
            .enumerate()
            .map(|(i, s)| (s, i % 3))
            .collect();
        let counts: BTreeMap<(Subset, usize), usize> = questions(4)
            .into_iter()
            .map(|(u, m)| {
                let both = truth.iter().filter(|(t, _)| t.meets(u) && t.contains(m));
                ((u, m), both.map(|(_, r)| r).sum())
            })
            .collect();
        let mut warnings = Vec::new();
        assert_eq!(from_the_largest(&dims, &counts, &mut warnings), truth);
        assert_eq!(warnings, []);
    }

    #[test]
    fn a_factor_that_one_pair_does_not_show_is_not_shared_by_all() {
        // One factor of all three, seen everywhere but between 1 and 2.
        let counts: BTreeMap<(Subset, usize), usize> = questions(3)
            .into_iter()
            .map(|(u, m)| ((u, m), usize::from(u.with(Subset::of(&[m])) != Subset::of(&[0, 1]))))
            .collect();
        let mut warnings = Vec::new();
        let found = from_the_largest(&[5, 5, 5], &counts, &mut warnings);
        assert_eq!(found[&Subset::all(3)], 0);
        assert_eq!(found[&Subset::of(&[0, 1])], 0);
    }

    #[test]
    fn what_cannot_be_looked_at_is_refused() {
        let x = normal(&mut generator(3, 0), 30, 3);
        let flat = Array2::from_elem((30, 2), 0.1);
        let of = |parts: &[ArrayView2<f64>]| own_ranks(parts, OwnOptions::default()).unwrap_err();
        let singular = FactorError::Singular { what: "the covariance of a modality" };
        assert_eq!(of(&[x.view(), flat.view()]), singular);
        let short = normal(&mut generator(3, 0), 5, 3);
        assert!(matches!(of(&[short.view()]), FactorError::TooFewRows { found: 5, .. }));
        assert!(matches!(of(&[x.view(), short.view()]), FactorError::Shape { found: 5, .. }));
        let mut hole = x.clone();
        hole[[0, 0]] = f64::NAN;
        assert_eq!(of(&[hole.view()]), FactorError::NotFinite { what: "the data" });
    }
}
