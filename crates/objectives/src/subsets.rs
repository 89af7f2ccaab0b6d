//! Sets of modalities, in the order in which blocks and components are shown: the largest first.

use trefoil_protocol::HclStructure;

/// Modalities up to which every subset has a block, where each block has encoders of its own.
pub(crate) const DEEP: usize = 4;
/// And where it has a matrix.
pub(crate) const LINEAR: usize = 6;

/// Every set of `modalities` modalities but the empty one.
pub(crate) fn every(modalities: usize) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = (1u32..1 << modalities)
        .map(|bits| (0..modalities).filter(|m| bits >> m & 1 == 1).collect())
        .collect();
    found.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    found
}

/// Whether a structure has blocks for sets of `size` of `modalities` modalities. One that is wrong
/// on purpose lacks some.
pub(crate) fn has(structure: HclStructure, size: usize, modalities: usize) -> bool {
    match structure {
        HclStructure::Every => true,
        HclStructure::NoPartial => size == 1 || size == modalities,
        HclStructure::Global => size == modalities,
    }
}

/// The sets of modalities that have a block: every one up to `most` modalities; beyond, those of one
/// and two and the one of all.
pub(crate) fn blocks(modalities: usize, structure: HclStructure, most: usize) -> Vec<Vec<usize>> {
    let mut found = every(modalities);
    found.retain(|s| modalities <= most || s.len() <= 2 || s.len() == modalities);
    found.retain(|s| has(structure, s.len(), modalities));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_modalities_have_seven_blocks() {
        let expected: Vec<Vec<usize>> =
            vec![vec![0, 1, 2], vec![0, 1], vec![0, 2], vec![1, 2], vec![0], vec![1], vec![2]];
        assert_eq!(blocks(3, HclStructure::Every, DEEP), expected);
        let without = [&expected[..1], &expected[4..]].concat();
        assert_eq!(blocks(3, HclStructure::NoPartial, DEEP), without);
        assert_eq!(blocks(3, HclStructure::Global, DEEP), expected[..1]);
    }

    #[test]
    fn many_modalities_have_pairs_and_all() {
        assert_eq!(blocks(8, HclStructure::Every, LINEAR).len(), 1 + 28 + 8);
        assert_eq!(blocks(4, HclStructure::Every, DEEP).len(), 15);
        assert_eq!(blocks(6, HclStructure::Every, DEEP).len(), 1 + 15 + 6);
        assert_eq!(blocks(6, HclStructure::Every, LINEAR).len(), 63);
    }
}
