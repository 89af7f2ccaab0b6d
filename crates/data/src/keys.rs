//! Which rows are the same: retrieval takes any of them as right. Part of `align`.

use crate::column::Column;
use std::collections::HashMap;

/// The key of a row that lacks the modality.
pub const ABSENT: u32 = u32::MAX;

/// A number a row: equal exactly where all cells of the rows are equal, missing ones included;
/// from 0 in order of first appearance. [`ABSENT`] where the modality is absent.
pub(crate) fn raw_keys(columns: &[Column], present: &[bool]) -> Vec<u32> {
    let mut hashes = vec![0_u64; present.len()];
    for column in columns {
        for (hash, cell) in hashes.iter_mut().zip(&column.cells) {
            // The step of FNV-1a on words, then a shift so that high bits reach low ones.
            *hash = (*hash ^ u64::from(cell.to_bits())).wrapping_mul(0x0100_0000_01B3);
            *hash ^= *hash >> 29;
        }
    }
    let same = |a: usize, b: usize| {
        let mut cells = columns.iter().map(|column| &column.cells);
        // By their bits, so that missing equals missing.
        cells.all(|cells| cells[a].to_bits() == cells[b].to_bits())
    };
    // Distinct rows of each hash, with their keys: rows of one hash may still differ.
    let mut known: HashMap<u64, Vec<(usize, u32)>> = HashMap::new();
    let mut next = 0;
    let key = |row: usize| {
        if !present[row] {
            return ABSENT;
        }
        let rows = known.entry(hashes[row]).or_default();
        if let Some((_, key)) = rows.iter().find(|(other, _)| same(*other, row)) {
            return *key;
        }
        rows.push((row, next));
        next += 1;
        next - 1
    };
    (0..present.len()).map(key).collect()
}
