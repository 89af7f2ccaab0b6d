//! Ranks on people's own data, where noise is neither white nor known.

use crate::FactorError;
use crate::linalg::{centred, columns, eigenvalues, finite, orthonormal, same, symmetric};
use crate::peel::MOST_PEELED;
use crate::ranks::{RankWarning, fit_into};
use crate::structure::{Structure, Subset, check_dims};
use crate::world::{generator, normal};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand::seq::SliceRandom;
use std::collections::BTreeMap;

/// Directions with less than this share of a modality's variance are rounding, or as good as.
const FLOOR: f64 = 1e-4;
/// Up to this many columns or rows a modality is decomposed whole.
const DENSE: usize = 256;
const EXTRA: usize = 10;
const ITERATIONS: usize = 12;
const FEWEST_DRAWS: usize = 20;
const LEVEL: f64 = 0.95;

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

/// What was counted between the modalities of a set and one other.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossEvidence {
    /// The set U.
    pub subset: Subset,
    /// The other modality m, from zero.
    pub modality: usize,
    /// Singular values of the covariance between the white components of U and of m, largest
    /// first. For one modality in U: the canonical correlations.
    pub singular: Vec<f64>,
    /// What one must exceed to count.
    pub edge: f64,
    /// How many do: the factors that U and m share.
    pub count: usize,
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
/// Rows that do not agree, too few of them, too many modalities, a value that is not finite, a
/// modality that does not vary.
pub fn own_ranks(parts: &[ArrayView2<f64>], options: OwnOptions) -> Result<OwnRanks, FactorError> {
    let widths: Vec<usize> = parts.iter().map(|x| x.ncols()).collect();
    check_dims(&widths)?;
    let rows = parts.first().map_or(0, |x| x.nrows());
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
    let dims: Vec<usize> = components.iter().map(|x| x.ncols()).collect();
    let evidence = count(&components, options);
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
    Ok(OwnRanks { structure: Structure::new(&dims, ranks)?, components, evidence, warnings })
}

/// The scores of at most `most` principal components, with unit variance (denominator n), and
/// whether there were more.
fn whiten(x: ArrayView2<f64>, most: usize) -> (Array2<f64>, bool) {
    let (x, mean) = centred(x);
    let n = x.nrows() as f64;
    let total = x.iter().map(|v| v * v).sum::<f64>() / n;
    // Of a constant column the mean leaves rounding.
    let level = mean.dot(&mean) + total;
    if total <= 1e-20 * level {
        return (Array2::zeros((x.nrows(), 0)), false);
    }
    let (values, axes) = principal(&x, most + 1);
    let above = values.iter().take_while(|v| **v > FLOOR * total).count();
    let kept = above.min(most);
    let mut scores = x.dot(&columns(&axes, 0..kept));
    for mut column in scores.columns_mut() {
        let size = (column.dot(&column) / n).sqrt();
        column /= size;
    }
    (scores, above > most)
}

/// Leading eigenpairs of xᵀx/n: whole where that is small, else by subspace iteration with
/// Rayleigh–Ritz steps (Halko, Martinsson & Tropp 2011, algorithm 4.4) from a fixed start.
fn principal(x: &Array2<f64>, most: usize) -> (Vec<f64>, Array2<f64>) {
    let n = x.nrows() as f64;
    let width = (most + EXTRA).min(x.ncols()).min(x.nrows());
    if x.ncols() <= DENSE {
        let eigen = symmetric((x.t().dot(x) / n).view());
        return (eigen.values, eigen.vectors);
    }
    let mut axes = normal(&mut generator(0, 4), x.ncols(), width);
    let mut values = Vec::new();
    for _ in 0..ITERATIONS {
        let basis = orthonormal(x.t().dot(&x.dot(&axes)).view());
        let scores = x.dot(&basis);
        let ritz = symmetric((scores.t().dot(&scores) / n).view());
        axes = basis.dot(&ritz.vectors);
        values = ritz.values;
    }
    (values, axes)
}

/// Which (U, m) are looked at: all, or above [`MOST_PEELED`] modalities the pairs and the chain
/// that adds one modality after the other.
fn questions(modalities: usize) -> Vec<(Subset, usize)> {
    let all = Subset::all(modalities);
    if modalities <= MOST_PEELED {
        let of = |u: Subset| all.without(u).modalities().map(move |m| (u, m)).collect::<Vec<_>>();
        return all.subsets().into_iter().flat_map(of).collect();
    }
    let chain = (2..modalities).rev().map(|m| (Subset::all(m), m));
    let pairs = (0..modalities)
        .flat_map(|a| (0..modalities).filter(move |b| *b != a).map(move |b| (Subset::of(&[a]), b)));
    chain.chain(pairs).collect()
}

/// Squared singular values add up over the modalities of U: Cᵀ C of each pair, by (from, to).
fn squares(parts: &[Array2<f64>]) -> Vec<Vec<Array2<f64>>> {
    let n = parts.first().map_or(1, |x| x.nrows()) as f64;
    let mut all = vec![vec![Array2::zeros((0, 0)); parts.len()]; parts.len()];
    for a in 0..parts.len() {
        for b in a + 1..parts.len() {
            let cross = parts[a].t().dot(&parts[b]) / n;
            all[a][b] = cross.t().dot(&cross);
            all[b][a] = cross.dot(&cross.t());
        }
    }
    all
}

fn singular(squares: &[Vec<Array2<f64>>], subset: Subset, modality: usize) -> Vec<f64> {
    let sum = subset
        .modalities()
        .map(|a| &squares[a][modality])
        .fold(None, |sum: Option<Array2<f64>>, square| {
            Some(sum.map_or_else(|| square.clone(), |s| s + square))
        });
    let values = sum.map_or_else(Vec::new, |sum| eigenvalues(sum.view()));
    values.into_iter().map(|v| v.max(0.0).sqrt()).collect()
}

fn count(parts: &[Array2<f64>], options: OwnOptions) -> Vec<CrossEvidence> {
    let questions = questions(parts.len());
    let draws = options.draws.max(FEWEST_DRAWS);
    let mut nulls = Array2::zeros((draws, questions.len()));
    let mut rng = generator(options.seed, 5);
    for mut null in nulls.rows_mut() {
        let shuffled: Vec<Array2<f64>> = parts
            .iter()
            .map(|x| {
                let mut order: Vec<usize> = (0..x.nrows()).collect();
                order.shuffle(&mut rng);
                x.select(Axis(0), &order)
            })
            .collect();
        let squares = squares(&shuffled);
        for (top, (subset, m)) in null.iter_mut().zip(&questions) {
            *top = singular(&squares, *subset, *m).first().copied().unwrap_or(0.0);
        }
    }
    let means = nulls.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(questions.len()));
    let mut largest: Vec<f64> = nulls
        .rows()
        .into_iter()
        .map(|null| null.iter().zip(&means).map(|(v, mean)| v / mean).fold(0.0, f64::max))
        .collect();
    largest.sort_by(f64::total_cmp);
    // A new draw exceeds the k-th of n with probability 1 − k/(n+1).
    let at = (LEVEL * (draws + 1) as f64).ceil() as usize;
    let factor = largest.get(at.clamp(1, draws) - 1).copied().unwrap_or(1.0);
    let squares = squares(parts);
    questions
        .into_iter()
        .zip(&means)
        .map(|((subset, modality), mean)| {
            let singular = singular(&squares, subset, modality);
            let edge = factor * mean;
            let count = singular.iter().take_while(|v| **v > edge).count();
            CrossEvidence { subset, modality, singular, edge, count }
        })
        .collect()
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
            let shared = counts.get(&(rest, m)).copied().unwrap_or(0) as i64;
            rho.get(&rest).copied().unwrap_or(0) + dims[m] as i64 - shared
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
        let count = all_of_it - above as i64;
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
        let (subset, count) = (Subset::of(&[a, b]), pair(a, b) as i64 - all as i64);
        if count < 0 {
            warnings.push(RankWarning::Negative { subset, count });
        }
        ranks.insert(subset, usize::try_from(count).unwrap_or(0));
    }
    ranks
}
