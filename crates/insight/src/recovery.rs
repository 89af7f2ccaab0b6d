//! Known factors read from blocks, where the data was generated.

use crate::linalg::{Ridge, ridge, take};
use crate::stats::{cell, mean};
use crate::{Data, Look, Part, Replica};
use ndarray::Array2;
use trefoil_protocol::Recovery;

/// Fewer rows than this to fit or to test on, and there is no value.
const LEAST: usize = 5;

/// Held-out R² of each factor (rows) from each block of one replica (columns): ridge regression
/// on the rows that have the block, strength chosen on `tune`. A factor of several columns (a
/// one-hot class, a vector of latents) has the mean of theirs; columns that are constant on the
/// held-out rows do not count.
pub fn r2(data: &Data, look: &Look, replica: &Replica) -> Vec<Vec<Option<f64>>> {
    let columns: Vec<Vec<Option<f64>>> =
        replica.blocks.iter().map(|b| from_block(data, look, &b.part)).collect();
    (0..data.factors.len()).map(|f| columns.iter().map(|c| c[f]).collect()).collect()
}

fn from_block(data: &Data, look: &Look, block: &Part) -> Vec<Option<f64>> {
    data.factors.iter().map(|f| of_factor(&f.values, look, block)).collect()
}

fn of_factor(factor: &Array2<f32>, look: &Look, block: &Part) -> Option<f64> {
    let known = |r: &usize| block.present[*r] && factor.row(*r).iter().all(|v| v.is_finite());
    let rows = |all: &[usize]| -> Vec<usize> { all.iter().copied().filter(known).collect() };
    let (fit, tune, held) = (rows(&look.fit), rows(&look.tune), rows(&look.held_out));
    if fit.len() < LEAST || held.len() < LEAST || block.values.ncols() == 0 {
        return None;
    }
    let x = |rows: &[usize]| take(&block.values, rows);
    let y = |rows: &[usize]| take(factor, rows);
    let path = Ridge::new(x(&fit), y(&fit));
    let strength = path.choose(x(&tune).view(), y(&tune).view());
    let training = rows(&look.training());
    let last = ridge(x(&training), y(&training), strength);
    let r2 = last.r2(x(&held).view(), y(&held).view());
    mean(&r2.iter().copied().filter(|v| v.is_finite()).collect::<Vec<f64>>())
}

/// The table over seeds; `None` where the truth is not known or there are no blocks. `per_seed`
/// holds one table of [`r2`] a seed, `None` for a seed that failed.
pub fn over_seeds(
    data: &Data,
    blocks: &[String],
    per_seed: &[Option<Vec<Vec<Option<f64>>>>],
) -> Option<Recovery> {
    if data.factors.is_empty() || blocks.is_empty() {
        return None;
    }
    let at = |f: usize, b: usize| {
        let values: Vec<Option<f64>> =
            per_seed.iter().map(|t| t.as_ref().and_then(|t| t[f][b])).collect();
        cell(&values)
    };
    Some(Recovery {
        factors: data.factors.iter().map(|f| f.name.clone()).collect(),
        blocks: blocks.to_vec(),
        r2: (0..data.factors.len())
            .map(|f| (0..blocks.len()).map(|b| at(f, b)).collect())
            .collect(),
    })
}
