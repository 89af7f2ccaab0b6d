//! Known factors read from blocks, where the data was generated.

use crate::linalg::{Ridge, take};
use crate::{Data, Look, Part, Replica};
use trefoil_protocol::Recovery;

use crate::stats::{cell, mean};

/// Fewer rows than this to fit or to test on, and there is no value.
const LEAST: usize = 5;

/// Held-out R² of each factor (rows) from each block of one replica (columns): ridge regression
/// on the rows that have the block, strength chosen on `tune`. A factor of several columns (a
/// one-hot class, a vector of latents) has the mean of theirs; columns that are constant on the
/// held-out rows do not count.
pub fn r2(data: &Data, look: &Look, replica: &Replica) -> Vec<Vec<Option<f64>>> {
    let columns: Vec<Vec<Option<f64>>> = replica
        .blocks
        .iter()
        .map(|b| from_block(data, look, &b.part))
        .collect();
    (0..data.factors.len())
        .map(|f| columns.iter().map(|c| c[f]).collect())
        .collect()
}

fn from_block(data: &Data, look: &Look, block: &Part) -> Vec<Option<f64>> {
    let rows = |all: &[usize]| -> Vec<usize> {
        all.iter().copied().filter(|r| block.present[*r]).collect()
    };
    let (fit, tune, held) = (rows(&look.fit), rows(&look.tune), rows(&look.held_out));
    if fit.len() < LEAST || held.len() < LEAST || block.values.ncols() == 0 {
        return vec![None; data.factors.len()];
    }
    let x = |rows: &[usize]| take(&block.values, rows);
    let training = if look.refit {
        [fit.as_slice(), &tune].concat()
    } else {
        fit.clone()
    };
    data.factors
        .iter()
        .map(|f| {
            let y = |rows: &[usize]| take(&f.values, rows);
            let ridge = Ridge::new(x(&fit), y(&fit));
            let strength = ridge.choose(x(&tune).view(), y(&tune).view());
            let last = crate::linalg::ridge(x(&training), y(&training), strength);
            let r2 = last.r2(x(&held).view(), y(&held).view());
            mean(
                &r2.iter()
                    .copied()
                    .filter(|v| v.is_finite())
                    .collect::<Vec<f64>>(),
            )
        })
        .collect()
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
        let values: Vec<Option<f64>> = per_seed
            .iter()
            .map(|t| t.as_ref().and_then(|t| t[f][b]))
            .collect();
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
