//! Which modalities share how many factors.

use crate::FactorError;
use ndarray::Array2;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// Modalities that fit into a [`Subset`].
pub const MOST_MODALITIES: usize = 16;

/// A set of modalities, as bits. Larger sets come first, then lexicographically:
/// {123}, {12}, {13}, {23}, {1}, {2}, {3}. HCL's column order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subset(u16);

impl Subset {
    /// No modality.
    pub const EMPTY: Self = Self(0);

    /// The set of `modalities`, counted from zero; those from [`MOST_MODALITIES`] on are dropped.
    pub fn of(modalities: &[usize]) -> Self {
        Self(
            modalities
                .iter()
                .filter(|m| **m < MOST_MODALITIES)
                .fold(0, |bits, m| bits | (1_u16 << *m)),
        )
    }

    /// The modalities `0..count`.
    pub fn all(count: usize) -> Self {
        Self(((1_u32 << count.min(MOST_MODALITIES)) - 1) as u16)
    }

    /// How many modalities are in it.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether none is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `modality` (from zero) is in it.
    pub fn contains(self, modality: usize) -> bool {
        modality < MOST_MODALITIES && self.0 & (1 << modality) != 0
    }

    /// Whether both have a modality in common.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether all of it is in `other`.
    pub fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// What is in it and not in `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in either.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Its modalities, from zero, in order.
    pub fn modalities(self) -> impl Iterator<Item = usize> {
        (0..MOST_MODALITIES).filter(move |m| self.contains(*m))
    }

    /// All its subsets but the empty one, in the order of blocks.
    pub fn subsets(self) -> Vec<Self> {
        let mut found: Vec<Self> =
            (1..=self.0).map(Self).filter(|subset| subset.within(self)).collect();
        found.sort();
        found
    }
}

impl Ord for Subset {
    fn cmp(&self, other: &Self) -> Ordering {
        let lexicographic = other.0.reverse_bits().cmp(&self.0.reverse_bits());
        other.len().cmp(&self.len()).then(lexicographic)
    }
}

impl PartialOrd for Subset {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `{12}`, counted from one; `{1,10}` where a number has two digits.
impl fmt::Display for Subset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.modalities().map(|m| (m + 1).to_string()).collect();
        write!(f, "{{{}}}", names.join(if names.iter().any(|n| n.len() > 1) { "," } else { "" }))
    }
}

/// Widths of the modalities, and how many factors each set of them shares. Blocks without factors
/// are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Structure {
    dims: Vec<usize>,
    ranks: BTreeMap<Subset, usize>,
}

impl Structure {
    /// `dims[m]` = `d_m`, and the factors `r_S` of each block.
    ///
    /// # Errors
    /// A modality without columns, too many modalities, and a block that is empty, names no such
    /// modality, is given twice, or has more factors than its modalities have columns.
    pub fn new(
        dims: &[usize],
        ranks: impl IntoIterator<Item = (Subset, usize)>,
    ) -> Result<Self, FactorError> {
        check_dims(dims)?;
        let mut kept = Self { dims: dims.to_vec(), ranks: BTreeMap::new() };
        for (subset, rank) in ranks {
            if subset.is_empty() {
                return Err(FactorError::EmptySet);
            }
            if !subset.within(kept.all()) {
                return Err(FactorError::UnknownModality { subset });
            }
            let rows = kept.width(subset);
            if rank > rows {
                return Err(FactorError::TooLarge { subset, rank, rows });
            }
            if kept.ranks.insert(subset, rank).is_some() {
                return Err(FactorError::Repeated { subset });
            }
        }
        kept.ranks.retain(|_, rank| *rank > 0);
        Ok(kept)
    }

    /// `d_m` of each modality.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// Blocks with factors, in order.
    pub fn blocks(&self) -> impl Iterator<Item = (Subset, usize)> {
        self.ranks.iter().map(|(subset, rank)| (*subset, *rank))
    }

    /// `r_S`; zero for a set without a block.
    pub fn rank(&self, subset: Subset) -> usize {
        self.ranks.get(&subset).copied().unwrap_or(0)
    }

    /// All modalities.
    pub fn all(&self) -> Subset {
        Subset::all(self.dims.len())
    }

    /// d, all columns.
    pub fn dim(&self) -> usize {
        self.dims.iter().sum()
    }

    /// R, all factors.
    pub fn total(&self) -> usize {
        self.ranks.values().sum()
    }

    /// Σ of `r_T` over the blocks of at least `size` modalities that meet `subset`.
    pub fn rank_meeting(&self, subset: Subset, size: usize) -> usize {
        self.blocks().filter(|(t, _)| t.len() >= size && t.meets(subset)).map(|(_, r)| r).sum()
    }

    /// Columns that the modalities of `subset` have together.
    pub fn width(&self, subset: Subset) -> usize {
        self.dims.iter().enumerate().filter(|(m, _)| subset.contains(*m)).map(|(_, d)| d).sum()
    }

    /// Where modality `m` lies among the d columns.
    pub fn range(&self, m: usize) -> Range<usize> {
        range(&self.dims, m)
    }

    /// Where the modalities of `subset` lie among the d columns.
    pub fn rows(&self, subset: Subset) -> Vec<usize> {
        rows(&self.dims, subset)
    }

    /// Where the factors of `subset` lie among the R columns of W.
    pub fn columns(&self, subset: Subset) -> Range<usize> {
        let start = self.ranks.iter().take_while(|(s, _)| **s < subset).map(|(_, r)| r).sum();
        start..start + self.rank(subset)
    }

    /// K (d × R): one where a loading may differ from zero.
    pub fn mask(&self) -> Array2<f64> {
        let mut mask = Array2::zeros((self.dim(), self.total()));
        for (subset, _) in self.blocks() {
            for row in self.rows(subset) {
                for column in self.columns(subset) {
                    mask[[row, column]] = 1.0;
                }
            }
        }
        mask
    }

    /// What the counts of dimensions say against identifiability. None is no proof: they are
    /// necessary, not sufficient.
    pub fn warnings(&self) -> Vec<StructureWarning> {
        let mut warnings = Vec::new();
        for (m, columns) in self.dims.iter().enumerate() {
            let factors = self.rank_meeting(Subset::of(&[m]), 1);
            if factors > *columns {
                warnings.push(StructureWarning::Crowded {
                    modality: m,
                    factors,
                    columns: *columns,
                });
            }
        }
        for (subset, _) in self.blocks() {
            let rest = self.all().without(subset);
            let (factors, columns) = (self.rank_meeting(rest, subset.len()), self.width(rest));
            if !rest.is_empty() && factors > columns {
                warnings.push(StructureWarning::NotPeeled { subset, factors, columns });
            }
        }
        warnings
    }
}

/// A count that does not add up. The structure can still be fitted, to no unique answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StructureWarning {
    /// A modality is narrower than the factors that enter it, so that nothing in it is noise alone.
    /// Peeling can still be exact: the private factors go first.
    Crowded {
        /// From zero.
        modality: usize,
        /// `Σ_{S∋m} r_S`.
        factors: usize,
        /// `d_m`.
        columns: usize,
    },
    /// The complement of a block is too narrow to tell its factors apart, so that peeling does not
    /// find the block, nor those above it that it is taken from.
    NotPeeled {
        /// The block S.
        subset: Subset,
        /// `Σ r_T` over |T| ≥ |S| that meet `S^c`.
        factors: usize,
        /// Columns of `S^c`.
        columns: usize,
    },
}

impl fmt::Display for StructureWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crowded { modality, factors, columns } => {
                write!(
                    f,
                    "modality {} has {columns} columns for {factors} factors: its noise cannot be told \
                 from it alone",
                    modality + 1
                )
            }
            Self::NotPeeled { subset, factors, columns } => write!(
                f,
                "block {subset} cannot be told apart: the other modalities have {columns} columns \
                 for {factors} factors"
            ),
        }
    }
}

pub(crate) fn check_dims(dims: &[usize]) -> Result<(), FactorError> {
    if dims.len() > MOST_MODALITIES {
        return Err(FactorError::TooManyModalities { found: dims.len(), most: MOST_MODALITIES });
    }
    match dims.iter().position(|d| *d == 0) {
        None if dims.is_empty() => Err(FactorError::NoColumns { modality: 1 }),
        None => Ok(()),
        Some(m) => Err(FactorError::NoColumns { modality: m + 1 }),
    }
}

pub(crate) fn range(dims: &[usize], m: usize) -> Range<usize> {
    let start = dims.iter().take(m).sum();
    start..start + dims.get(m).copied().unwrap_or(0)
}

pub(crate) fn rows(dims: &[usize], subset: Subset) -> Vec<usize> {
    subset.modalities().flat_map(|m| range(dims, m)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(modalities: &[usize]) -> Subset {
        Subset::of(modalities)
    }

    #[test]
    fn blocks_are_in_the_published_order() {
        let names: Vec<String> = Subset::all(3).subsets().iter().map(Subset::to_string).collect();
        assert_eq!(names, ["{123}", "{12}", "{13}", "{23}", "{1}", "{2}", "{3}"]);
        assert_eq!(Subset::all(16).len(), 16);
        assert_eq!(set(&[0, 11]).to_string(), "{1,12}");
    }

    #[test]
    fn rows_and_columns_follow_the_mask() {
        let s = Structure::new(&[2, 1, 2], [(set(&[2]), 1), (set(&[0, 2]), 2), (set(&[1]), 0)])
            .unwrap();
        assert_eq!(s.blocks().collect::<Vec<_>>(), [(set(&[0, 2]), 2), (set(&[2]), 1)]);
        assert_eq!(s.rows(set(&[0, 2])), [0, 1, 3, 4]);
        assert_eq!(s.columns(set(&[2])), 2..3);
        let mask = s.mask();
        assert_eq!(mask.row(0).to_vec(), [1.0, 1.0, 0.0]);
        assert_eq!(mask.row(2).to_vec(), [0.0; 3]);
        assert_eq!(mask.row(4).to_vec(), [1.0; 3]);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let new = |dims: &[usize], ranks: &[(Subset, usize)]| {
            Structure::new(dims, ranks.iter().copied()).unwrap_err()
        };
        assert_eq!(new(&[], &[]), FactorError::NoColumns { modality: 1 });
        assert_eq!(new(&[1, 0], &[]), FactorError::NoColumns { modality: 2 });
        assert_eq!(new(&[1], &[(Subset::EMPTY, 1)]), FactorError::EmptySet);
        let (one, two) = (set(&[0]), set(&[1]));
        assert_eq!(new(&[1], &[(two, 1)]), FactorError::UnknownModality { subset: two });
        assert_eq!(new(&[3], &[(one, 1), (one, 2)]), FactorError::Repeated { subset: one });
        assert_eq!(new(&[3], &[(one, 4)]), FactorError::TooLarge { subset: one, rank: 4, rows: 3 });
        let many = FactorError::TooManyModalities { found: 17, most: 16 };
        assert_eq!(new(&[1; 17], &[]), many);
    }

    #[test]
    fn counts_warn_only_where_they_do_not_add_up() {
        let every = |dims: [usize; 3]| {
            Structure::new(&dims, Subset::all(3).subsets().into_iter().map(|s| (s, 3))).unwrap()
        };
        assert_eq!(every([12, 12, 12]).warnings(), []);
        // Nine factors of two or more modalities enter the third, whose private ones peel first.
        let tight = every([40, 50, 10]).warnings();
        assert_eq!(tight, [StructureWarning::Crowded { modality: 2, factors: 12, columns: 10 }]);
        let narrow = every([40, 50, 8]).warnings();
        assert_eq!(narrow.len(), 2);
        assert!(narrow[1].to_string().starts_with("block {12} cannot be told apart"));
    }
}
