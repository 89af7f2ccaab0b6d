//! Which of HCL's blocks a label needs: a group lasso on what the trained encoders make of the
//! training rows, and least squares on the blocks that it keeps.
//!
//! The regression is the one of HCL's downstream task (Li, Yu & Zhou 2026) with the size of the
//! penalty by our rule, on encoders' blocks where theirs is on scores of the linear model; so
//! nothing is known of the noise in them, and nothing is debiased.

use crate::host::Host;
use crate::study::splits;
use crate::{Loaded, SessionError};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use std::ops::ControlFlow;
use trefoil_data::Label;
use trefoil_factor::{Moments, Subset};
use trefoil_insight::metrics::r2;
use trefoil_insight::stats::cell;
use trefoil_objectives::{Objective, Outputs};
use trefoil_protocol::{BlockSelection, Cell, SelectedBlock};

/// Penalty in units of `sd(y)·√((r_S + 2 log G)/m)`; the rule asks for 1 to 1.5. A block that has
/// nothing to do with a label is kept with the chance that a chi-squared variable of `r_S` degrees of
/// freedom exceeds `k²(r_S + 2 log G)`: with seven blocks of four, at k = 1 one such label in two keeps
/// some block, at 1.4 one in forty.
const STRENGTH: f64 = 1.4;
/// Classes up to which each is told from the others.
const MOST_CLASSES: usize = 4;
/// Rows of the regression, at most: evenly spaced ones of a longer table.
const MOST_ROWS: usize = 8192;
/// Fewer rows to fit or to test on, and there is no selection.
const LEAST: [usize; 2] = [20, 5];
/// Rows of a class below which it is not told from the others.
const LEAST_OF_CLASS: usize = 5;
/// Added to the diagonal of the moments of standardised columns: blocks that are copies of each
/// other would have no least squares.
const RIDGE: f64 = 1e-6;
/// Standard deviations beyond which a column says no more, as in probes.
const FARTHEST: f64 = 10.0;

/// One regression: a number, or a class as 0 and 1.
struct Target {
    label: String,
    class: Option<String>,
    /// A value a row.
    values: Vec<Option<f64>>,
}

/// What one seed gave, block by block.
struct Fit {
    rows: usize,
    kept: Vec<bool>,
    shrunk: Vec<f64>,
    norm: Vec<f64>,
    r2: Option<f64>,
    r2_all: Option<f64>,
}

/// An entry for each number, for each class of two, and for each class of three or four told from
/// the others. Labels of more classes are left out: a class of ten is no regression.
pub(crate) async fn selection<H: Host>(
    host: &H,
    loaded: &Loaded,
    objective: &dyn Objective,
    outputs: &[Option<Outputs>],
    watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<Vec<BlockSelection>, SessionError> {
    let (present, blocks) = (loaded.present(), objective.blocks());
    let targets: Vec<Target> = loaded.dataset.labels().iter().flat_map(targets).collect();
    let complete = |rows: Vec<usize>| -> Vec<usize> {
        rows.into_iter().filter(|&row| present.iter().all(|here| here[row])).collect()
    };
    let [train, _, test] = splits(loaded).map(complete);
    let mut fits: Vec<Vec<Option<Fit>>> = targets.iter().map(|_| Vec::new()).collect();
    for outputs in outputs {
        let values = outputs.as_ref().map(|o| objective.readout(o, &present).blocks);
        for (target, fits) in targets.iter().zip(&mut fits) {
            let fit = values.as_ref().and_then(|values| {
                let sets = blocks.iter().map(|b| Subset::of(&b.subset));
                let blocks: Vec<_> = sets.zip(values.iter().map(|v| v.view())).collect();
                let y = (target.values.as_slice(), target.class.is_some());
                fit(&blocks, y, &train, &test)
            });
            fits.push(fit);
            if watch(1.0).is_break() {
                return Err(SessionError::Cancelled);
            }
            host.breathe().await;
        }
    }
    let names: Vec<String> = blocks.into_iter().map(|b| b.name).collect();
    Ok(targets.into_iter().zip(fits).filter_map(|(t, f)| over_seeds(t, &f, &names)).collect())
}

fn targets(label: &Label) -> Vec<Target> {
    let Some(target) = label.target() else { return Vec::new() };
    let regression = |class: Option<usize>| {
        let value = |v: &f32| match class {
            _ if v.is_nan() => None,
            None => Some(f64::from(*v)),
            Some(class) => Some(f64::from(u8::from(*v as usize == class))),
        };
        Target {
            label: label.name().to_owned(),
            class: class.map(|c| target.classes()[c].clone()),
            values: target.values().iter().map(value).collect(),
        }
    };
    match target.classes().len() {
        0 => vec![regression(None)],
        2 => vec![regression(Some(1))],
        n @ 3..=MOST_CLASSES => (0..n).map(|class| regression(Some(class))).collect(),
        _ => Vec::new(),
    }
}

/// The regression of `y` (a class as 0 and 1, where it is one) on `blocks` (rows × `r_S`, in the objective's order), fitted on the rows
/// of `train` that have a value, tested on those of `test`. None where there are too few, or
/// nothing varies.
fn fit(
    blocks: &[(Subset, ArrayView2<f32>)],
    (y, of_class): (&[Option<f64>], bool),
    train: &[usize],
    test: &[usize],
) -> Option<Fit> {
    let known = |rows: &[usize]| -> Vec<(usize, f64)> {
        rows.iter().filter_map(|&row| Some((row, y[row]?))).collect()
    };
    let (train, test) = (spaced(known(train)), known(test));
    if train.len() < LEAST[0] || test.len() < LEAST[1] {
        return None;
    }
    let values = |rows: &[(usize, f64)]| rows.iter().map(|r| r.1).collect::<Array1<f64>>();
    let (fitted, truth) = (values(&train), values(&test));
    let ones = fitted.iter().filter(|v| **v > 0.5).count();
    if of_class && ones.min(fitted.len() - ones) < LEAST_OF_CLASS {
        return None;
    }
    let (mean, sd) = moments(fitted.iter().copied())?;
    let (fitted, truth) = ((fitted - mean) / sd, (truth - mean) / sd);
    let z: Vec<(Subset, [Array2<f64>; 2])> =
        blocks.iter().map(|(s, values)| (*s, standardised(*values, &train, &test))).collect();
    let known: Vec<_> =
        z.iter().filter(|(_, z)| z[0].ncols() > 0).map(|(s, z)| (*s, z[0].view())).collect();
    if known.is_empty() {
        return None;
    }
    let mut regression = Moments::of_factors(&known, fitted.view()).ok()?;
    for own in regression.gram.diag_mut() {
        *own += RIDGE;
    }
    let structure = regression.structure();
    let explained = |beta: &Array1<f64>| {
        let mut predicted = Array1::<f64>::zeros(truth.len());
        for (subset, z) in &z {
            predicted += &z[1].dot(&beta.slice_axis(Axis(0), structure.columns(*subset).into()));
        }
        r2(&truth.to_vec(), &predicted.to_vec())
    };
    let found = regression.select(STRENGTH).ok()?;
    let norm = |beta: &Array1<f64>, subset: Subset| {
        let of = regression.norms(beta.view()).into_iter().find(|(s, _)| *s == subset);
        of.map_or(0.0, |(_, norm)| norm)
    };
    let each = |beta: &Array1<f64>| blocks.iter().map(|(s, _)| norm(beta, *s)).collect::<Vec<_>>();
    Some(Fit {
        rows: train.len(),
        kept: blocks.iter().map(|(s, _)| found.groups.contains(s)).collect(),
        shrunk: each(&found.lasso),
        norm: each(&found.refit),
        r2: explained(&found.refit),
        r2_all: regression.ols().ok().and_then(|beta| explained(&beta)),
    })
}

/// At most [`MOST_ROWS`] of `rows`.
fn spaced(rows: Vec<(usize, f64)>) -> Vec<(usize, f64)> {
    let all = rows.len();
    if all <= MOST_ROWS {
        return rows;
    }
    (0..MOST_ROWS).map(|i| rows[i * all / MOST_ROWS]).collect()
}

/// A block at the training and the test rows, by mean and standard deviation of the former; columns
/// that do not vary are left out.
fn standardised(
    block: ArrayView2<f32>,
    train: &[(usize, f64)],
    test: &[(usize, f64)],
) -> [Array2<f64>; 2] {
    let scales: Vec<(usize, f64, f64)> = (0..block.ncols())
        .filter_map(|c| {
            let (mean, sd) = moments(train.iter().map(|r| f64::from(block[[r.0, c]])))?;
            (sd > 1e-6 * mean.abs()).then_some((c, mean, sd))
        })
        .collect();
    [train, test].map(|rows| {
        Array2::from_shape_fn((rows.len(), scales.len()), |(i, k)| {
            let (c, mean, sd) = scales[k];
            ((f64::from(block[[rows[i].0, c]]) - mean) / sd).clamp(-FARTHEST, FARTHEST)
        })
    })
}

/// Mean and standard deviation; none where nothing varies.
fn moments(values: impl Iterator<Item = f64> + Clone) -> Option<(f64, f64)> {
    let n = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / n;
    let sd = (values.map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    (sd > 1e-9).then_some((mean, sd))
}

fn over_seeds(target: Target, fits: &[Option<Fit>], names: &[String]) -> Option<BlockSelection> {
    let fit_rows = fits.iter().flatten().next()?.rows as u32;
    let over = |of: &dyn Fn(&Fit) -> Option<f64>| -> Cell {
        cell(&fits.iter().map(|f| f.as_ref().and_then(of)).collect::<Vec<_>>())
    };
    let block = |(i, name): (usize, &String)| SelectedBlock {
        name: name.clone(),
        seeds: fits.iter().flatten().filter(|f| f.kept[i]).count() as u32,
        shrunk: over(&|f| Some(f.shrunk[i])),
        norm: over(&|f| Some(f.norm[i])),
    };
    Some(BlockSelection {
        target: target.label,
        class: target.class,
        fit_rows,
        blocks: names.iter().enumerate().map(block).collect(),
        r2: over(&|f| f.r2),
        r2_all: over(&|f| f.r2_all),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: usize = 900;
    const TRAIN: usize = 600;

    /// From 0 to 1 (`SplitMix64`).
    fn draw(at: usize) -> f64 {
        let mut z = (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Five blocks of two columns with means and scales of their own; one column of the last does
    /// not vary.
    fn blocks() -> Vec<(Subset, Array2<f32>)> {
        let sets: [&[usize]; 5] = [&[0, 1, 2], &[0, 1], &[0], &[1], &[2]];
        let block = |(b, set): (usize, &&[usize])| {
            let value = |(i, c): (usize, usize)| {
                let drawn = draw(i * 10 + 2 * b + c) * (b + 1) as f64 + 10.0 * c as f64;
                if (b, c) == (4, 1) { 4.0 } else { drawn as f32 }
            };
            (Subset::of(set), Array2::from_shape_fn((ROWS, 2), value))
        };
        sets.iter().enumerate().map(block).collect()
    }

    fn found(y: &[Option<f64>], of_class: bool) -> Option<Fit> {
        let blocks = blocks();
        let views: Vec<_> = blocks.iter().map(|(s, z)| (*s, z.view())).collect();
        let rows: Vec<usize> = (0..ROWS).collect();
        fit(&views, (y, of_class), &rows[..TRAIN], &rows[TRAIN..])
    }

    /// From blocks 1 and 4 (the second column of 1, the first of 4).
    fn truth() -> Vec<Option<f64>> {
        let blocks = blocks();
        let value = |i: usize| f64::from(blocks[1].1[[i, 1]]) - f64::from(blocks[4].1[[i, 0]]);
        (0..ROWS).map(|i| Some(5.0 + value(i))).collect()
    }

    #[test]
    fn the_blocks_that_a_number_is_made_of_are_kept() {
        let found = found(&truth(), false).unwrap();
        assert_eq!(found.kept, [false, true, false, false, true]);
        assert!(found.r2.unwrap() > 0.999, "{:?}", found.r2);
        for (i, kept) in found.kept.iter().enumerate() {
            assert_eq!((found.norm[i] > 0.0, found.shrunk[i] > 0.0), (*kept, *kept));
            assert!(found.shrunk[i] <= found.norm[i], "{i}");
        }
    }

    #[test]
    fn a_permuted_number_needs_no_block() {
        let y = truth();
        let mut order: Vec<usize> = (0..ROWS).collect();
        order.sort_by(|a, b| draw(*a + 1_000_000).total_cmp(&draw(*b + 1_000_000)));
        let turned: Vec<Option<f64>> = order.into_iter().map(|i| y[i]).collect();
        let found = found(&turned, false).unwrap();
        assert_eq!(found.kept, [false; 5]);
        assert!(found.norm.iter().all(|n| *n == 0.0));
        assert!(found.r2.unwrap() <= 0.0 && found.r2_all.unwrap() < 0.05);
    }

    #[test]
    fn a_class_is_told_from_the_others_and_rows_without_one_do_not_count() {
        let y = truth();
        let mut sorted: Vec<f64> = y.iter().flatten().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted[ROWS / 2];
        let class = |(i, v): (usize, &Option<f64>)| {
            let above = f64::from(u8::from((*v)? > middle));
            (i % 3 != 0).then_some(above)
        };
        let class: Vec<Option<f64>> = y.iter().enumerate().map(class).collect();
        let one = found(&class, true).unwrap();
        assert_eq!((one.rows, one.kept), (400, vec![false, true, false, false, true]));
        let rare: Vec<Option<f64>> = (0..ROWS).map(|i| Some(f64::from(u8::from(i < 4)))).collect();
        assert!(found(&rare, true).is_none(), "four rows of a class");
        assert!(found(&vec![Some(1.5); ROWS], false).is_none(), "nothing varies");
    }

    #[test]
    fn a_long_table_is_thinned_evenly() {
        let rows: Vec<(usize, f64)> = (0..3 * MOST_ROWS).map(|i| (i, 0.0)).collect();
        let some = spaced(rows);
        assert_eq!((some.len(), some[0].0, some[1].0), (MOST_ROWS, 0, 3));
        assert_eq!(some[MOST_ROWS - 1].0, 3 * MOST_ROWS - 3);
    }
}
