//! What the linear theory of HCL counts in the data, before anything trains.

use crate::{BlockRanks, LARGEST_BLOCK};
use serde::{Deserialize, Serialize};

/// How many factors each set of modalities shares, on training rows that have all modalities.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FactorCounts {
    /// Those rows.
    pub rows: u32,
    /// Training rows that lack a modality, which could not be looked at.
    pub incomplete: u32,
    /// Names of the modalities, in their order.
    pub modalities: Vec<String>,
    /// Principal components of each modality that were looked at.
    pub components: Vec<u32>,
    /// One entry for each set of two or more modalities that could be counted, the largest first.
    pub blocks: Vec<BlockCount>,
    /// What the counts rest on.
    pub evidence: Vec<FactorEvidence>,
    /// What did not add up or was left out, in words.
    pub warnings: Vec<String>,
}

/// Factors that a set of modalities shares, and no larger one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockCount {
    /// `a+b`
    pub name: String,
    /// Its modalities.
    pub subset: Vec<String>,
    /// Factors.
    pub count: u32,
}

/// Singular values of the covariance between white components: with one modality given, the
/// canonical correlations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactorEvidence {
    /// On one side.
    pub given: Vec<String>,
    /// On the other.
    pub target: String,
    /// Largest first.
    pub values: Vec<f64>,
    /// What permuted rows reach: a value counts above it.
    pub edge: f64,
    /// How many count.
    pub count: u32,
}

impl FactorCounts {
    /// As a run takes them: blocks of two or more modalities as counted, and for each modality
    /// alone what those leave of its components, noise and all, but no more than `own`.
    pub fn ranks(&self, own: u32) -> BlockRanks {
        let counted = self.blocks.iter().filter(|b| b.count > 0);
        let mut sizes: std::collections::BTreeMap<String, u32> =
            counted.map(|b| (b.name.clone(), b.count.min(LARGEST_BLOCK))).collect();
        for (name, components) in self.modalities.iter().zip(&self.components) {
            let shared = self.blocks.iter().filter(|b| b.subset.contains(name));
            let shared: u32 = shared.map(|b| b.count).sum();
            let left = components.saturating_sub(shared).min(own);
            if left > 0 {
                sizes.insert(name.clone(), left);
            }
        }
        BlockRanks::Given(sizes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_blocks_get_what_shared_ones_leave() {
        let block = |names: &[&str], count| BlockCount {
            name: names.join("+"),
            subset: names.iter().map(|n| (*n).to_owned()).collect(),
            count,
        };
        let counts = FactorCounts {
            modalities: ["a", "b", "c"].map(str::to_owned).to_vec(),
            components: vec![3, 9, 4],
            blocks: vec![block(&["a", "b", "c"], 1), block(&["a", "b"], 2), block(&["b", "c"], 0)],
            ..FactorCounts::default()
        };
        assert_eq!(counts.ranks(4).to_string(), "a+b=2,a+b+c=1,b=4,c=3");
    }
}
