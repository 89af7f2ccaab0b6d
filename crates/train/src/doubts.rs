//! What to doubt in the blocks that HCL has learned: blocks that correlate with one another, and
//! blocks that a modality is named in but has no part in. Ours, both: the theory takes factors that
//! do not correlate and loadings that are not zero for granted, and a fit says nothing of either.

use ndarray::{Array1, Array2, ArrayView1, Axis};
use trefoil_objectives::{Objective, Outputs};

/// Root mean square of the correlations between two blocks from which it is said. In the linear
/// theory factors of correlation ρ spoil their blocks by ρ²: a tenth, here.
const CORRELATED: f64 = 0.3;
/// Correlation of a modality with the others of a block below which it has no part in it.
const APART: f64 = 0.1;
/// Fewest rows of which a correlation says anything.
const ROWS: usize = 50;
/// Doubts of one kind, at most: the worst.
const MOST: usize = 5;

/// Doubts about the blocks of an objective in words, by its outputs on `rows`; mean over the seeds
/// that did not fail. `names` are those of the modalities.
pub(crate) fn doubts(
    objective: &dyn Objective,
    outputs: &[Option<Outputs>],
    present: &[Vec<bool>],
    rows: &[usize],
    names: &[String],
) -> Vec<String> {
    let blocks = objective.blocks();
    let mut correlated: Vec<(f64, String)> = Vec::new();
    let mut apart: Vec<(f64, String)> = Vec::new();
    let seeds: Vec<Seed> = outputs
        .iter()
        .flatten()
        .map(|outputs| Seed {
            parts: objective.exports(outputs),
            blocks: objective.readout(outputs, present).blocks,
        })
        .collect();
    for (i, left) in blocks.iter().enumerate() {
        for (j, right) in blocks.iter().enumerate().skip(i + 1) {
            let all: Vec<usize> = [&left.subset[..], &right.subset[..]].concat();
            let here = with(rows, present, &all);
            let of = |seed: &Seed| between(&seed.blocks[i], &seed.blocks[j], &here);
            let Some(found) = mean(seeds.iter().map(of)) else { continue };
            // What blocks that have nothing to do with each other reach on so many rows.
            let chance = 2.0 * (f64::from(left.rank.max(right.rank)) / here.len() as f64).sqrt();
            if found > CORRELATED.max(chance) {
                let words = format!(
                    "Blocks {} and {} correlate ({found:.2}): what one of them should hold leaks into \
                     the other, by about the square of that.",
                    left.name, right.name
                );
                correlated.push((found, words));
            }
        }
        let mut alone: Vec<(f64, String)> = Vec::new();
        for &m in left.subset.iter().filter(|_| left.subset.len() > 1) {
            let here = with(rows, present, &left.subset);
            let of = |seed: &Seed| seed.agreement(&left.name, &names[m], &here);
            let Some(found) = mean(seeds.iter().map(of)) else { continue };
            if found < APART {
                let rest: Vec<&str> =
                    (left.subset.iter().filter(|o| **o != m)).map(|&o| names[o].as_str()).collect();
                let words = format!(
                    "{} has no part in block {} (correlation with the others {}): it tells no \
                     more than a block of {} would.",
                    names[m],
                    left.name,
                    signed(found),
                    rest.join("+")
                );
                alone.push((found, words));
            }
        }
        let least = alone.iter().map(|(found, _)| *found).fold(f64::INFINITY, f64::min);
        if alone.len() > 1 && alone.len() + 1 >= left.subset.len() {
            // All but one, so that one has no others either.
            let words = format!(
                "What the modalities write into block {} does not correlate ({}): it holds nothing \
                 shared that a straight line could see.",
                left.name,
                signed(least)
            );
            alone = vec![(least, words)];
        }
        apart.extend(alone);
    }
    correlated.sort_by(|a, b| b.0.total_cmp(&a.0));
    apart.sort_by(|a, b| a.0.total_cmp(&b.0));
    let worst = |found: Vec<(f64, String)>| found.into_iter().take(MOST).map(|(_, words)| words);
    worst(correlated).chain(worst(apart)).collect()
}

/// With a true minus.
fn signed(value: f64) -> String {
    format!("{value:.2}").replace('-', "\u{2212}")
}

/// What one seed has learned.
struct Seed {
    /// Modality, block, values.
    parts: Vec<(String, String, Array2<f32>)>,
    blocks: Vec<Array2<f32>>,
}

impl Seed {
    /// Mean over the dimensions of a block of the correlation between what `modality` writes and
    /// the mean of what the others write.
    fn agreement(&self, block: &str, modality: &str, rows: &[usize]) -> Option<f64> {
        let (own, others): (Vec<_>, Vec<_>) =
            self.parts.iter().filter(|p| p.1 == block).partition(|p| p.0 == modality);
        let (own, first) = (own.first()?, others.first()?);
        let sum = others.iter().skip(1).fold(first.2.clone(), |sum, other| sum + &other.2);
        let (own, sum) = (standard(&own.2, rows)?, standard(&sum, rows)?);
        let each = own.columns().into_iter().zip(sum.columns());
        let found: Array1<f64> = each.map(|(a, b)| correlation(a, b)).collect();
        found.mean()
    }
}

/// Rows that have all of these modalities.
fn with(rows: &[usize], present: &[Vec<bool>], modalities: &[usize]) -> Vec<usize> {
    rows.iter().copied().filter(|&row| modalities.iter().all(|&m| present[m][row])).collect()
}

/// Root mean square correlation of the directions of two blocks: `√(‖C‖² / the smaller rank)`.
fn between(left: &Array2<f32>, right: &Array2<f32>, rows: &[usize]) -> Option<f64> {
    let (left, right) = (standard(left, rows)?, standard(right, rows)?);
    let cross = left.t().dot(&right) / rows.len() as f64;
    let square: f64 = cross.iter().map(|c| c * c).sum();
    Some((square / left.ncols().min(right.ncols()).max(1) as f64).sqrt())
}

/// Columns of mean zero and variance one over these rows; a constant one is zero. None of too few.
fn standard(values: &Array2<f32>, rows: &[usize]) -> Option<Array2<f64>> {
    if rows.len() < ROWS {
        return None;
    }
    let mut x = values.select(Axis(0), rows).mapv(f64::from);
    for mut column in x.columns_mut() {
        let mean = column.mean()?;
        column -= mean;
        let size = (column.dot(&column) / rows.len() as f64).sqrt();
        if size > 1e-6 {
            column /= size;
        } else {
            column.fill(0.0);
        }
    }
    Some(x)
}

fn correlation(a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> f64 {
    a.dot(&b) / a.len() as f64
}

fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let values: Array1<f64> = values.flatten().collect();
    values.mean()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use trefoil_objectives::{ModalityShape, Shape, build};
    use trefoil_protocol::{BlockRanks, ObjectiveName, Settings};

    const N: usize = 400;

    /// A number that looks random.
    fn noise(stream: usize, i: usize) -> f32 {
        let bits = (stream as u64 * 7919 + i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let bits = (bits ^ (bits >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((bits ^ (bits >> 32)) as u32) as f32 / u32::MAX as f32 - 0.5
    }

    /// Doubts about blocks a+b, a, b of two dimensions, whose values are made by `value`.
    fn about(value: impl Fn(&str, &str, usize, usize) -> f32) -> Vec<String> {
        let names = ["a".to_owned(), "b".to_owned()];
        let modality =
            |name: &String| ModalityShape { name: name.clone(), inputs: 3, absent_input: None };
        let shape = Shape { modalities: names.iter().map(modality).collect(), batch: 8 };
        let settings =
            Settings { rank: 2, ranks: BlockRanks::Equal, ..ObjectiveName::Hcl.defaults() };
        let hcl = build(ObjectiveName::Hcl, &settings, &shape).unwrap();
        let mut outputs: Outputs = BTreeMap::new();
        for (m, s) in [("a", "a+b"), ("b", "a+b"), ("a", "a"), ("b", "b")] {
            let values = Array2::from_shape_fn((N, 2), |(i, d)| value(m, s, i, d));
            outputs.insert(format!("{m} in {s}"), values);
        }
        let rows: Vec<usize> = (0..N).collect();
        doubts(hcl.as_ref(), &[None, Some(outputs)], &[vec![true; N], vec![true; N]], &rows, &names)
    }

    /// Both write the same into a+b; a and b have their own.
    fn sound(m: &str, s: &str, i: usize, d: usize) -> f32 {
        let own = if m == "a" { 20 } else { 30 };
        noise(if s == "a+b" { d } else { own + d }, i) + 0.1 * noise(own + 5 + d, i)
    }

    #[test]
    fn sound_blocks_leave_no_doubt() {
        assert_eq!(about(sound), Vec::<String>::new());
    }

    #[test]
    fn a_block_that_holds_what_another_holds_is_doubted() {
        let found =
            about(|m, s, i, d| if s == "a" { sound("a", "a+b", i, d) } else { sound(m, s, i, d) });
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("Blocks a+b and a correlate ("), "{found:?}");
    }

    #[test]
    fn a_modality_without_a_part_in_its_block_is_doubted() {
        let found =
            about(
                |m, s, i, d| {
                    if (m, s) == ("b", "a+b") { noise(50 + d, i) } else { sound(m, s, i, d) }
                },
            );
        // Of two, either may be the one that is wrong.
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("write into block a+b does not correlate"), "{found:?}");
    }
}
