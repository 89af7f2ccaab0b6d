//! Known factors read from the whole embedding, from each block and from each modality alone,
//! where the data was generated.

use crate::linalg::{Ridge, beside, rows, take, views};
use crate::origin::{Origin, origins};
use crate::probes::{Source, predictors};
use crate::stats::{cell, mean};
use crate::{Data, Look, Replica};
use ndarray::{Array1, Array2};
use std::collections::BTreeMap;
use trefoil_protocol::Recovery;

/// Fewer rows than this to fit or to test on, and there is no value.
const LEAST: usize = 5;

/// Held-out R² of each factor from `origin` of one replica: ridge regression on the predictors
/// that a linear probe has there, strength chosen on `tune` for each factor. A factor of several
/// columns (a one-hot class, a vector of latents) has the mean of theirs; columns that are constant
/// on the held-out rows do not count.
pub fn r2(data: &Data, look: &Look, replica: &Replica, origin: Origin) -> Vec<Option<f64>> {
    let usable = origin.rows(data, replica);
    let source = Source { parts: origin.parts(data, replica), rows: &usable };
    // Factors that are known for the same rows share a decomposition.
    let mut groups: BTreeMap<Vec<bool>, Vec<usize>> = BTreeMap::new();
    for (f, factor) in data.factors.iter().enumerate() {
        let known = factor.values.rows().into_iter().map(|row| row.iter().all(|v| v.is_finite()));
        let rows = known.zip(&usable).map(|(known, usable)| known && *usable).collect();
        groups.entry(rows).or_default().push(f);
    }
    let mut found = vec![None; data.factors.len()];
    for (known, factors) in groups {
        for (f, value) in factors.iter().zip(of_group(data, look, &source, &known, &factors)) {
            found[*f] = value;
        }
    }
    found
}

fn of_group(
    data: &Data,
    look: &Look,
    source: &Source,
    known: &[bool],
    factors: &[usize],
) -> Vec<Option<f64>> {
    let usable =
        |all: &[usize]| -> Vec<usize> { all.iter().copied().filter(|r| known[*r]).collect() };
    let (fit, tune, held) = (usable(&look.fit), usable(&look.tune), usable(&look.held_out));
    if fit.len() < LEAST || held.len() < LEAST {
        return vec![None; factors.len()];
    }
    let all = [fit.as_slice(), &tune, &held].concat();
    let x = predictors(source, &all, fit.len());
    if x.ncols() == 0 {
        return vec![None; factors.len()];
    }
    let targets: Vec<Array2<f32>> =
        factors.iter().map(|f| take(&data.factors[*f].values, &all)).collect();
    let widths: Vec<usize> = targets.iter().map(Array2::ncols).collect();
    let y = beside(&views(&targets), all.len());
    let part = |from: usize, to: usize| (rows(&x, from..to), rows(&y, from..to));
    let path = |to: usize| Ridge::new(part(0, to).0.to_owned(), part(0, to).1.to_owned());
    let chosen = fit.len() + tune.len();
    let fitted = path(fit.len());
    let (tune_x, tune_y) = part(fit.len(), chosen);
    let strengths = fitted.choose_each(tune_x, tune_y, &widths);
    let last = if look.refit { path(chosen) } else { fitted };
    // One fit a strength serves every factor that chose it.
    let mut by_strength: BTreeMap<u64, Array1<f64>> = BTreeMap::new();
    let (held_x, held_y) = part(chosen, all.len());
    let mut first = 0;
    let mut found = Vec::new();
    for (strength, width) in strengths.iter().zip(widths) {
        let r2 = by_strength
            .entry(strength.to_bits())
            .or_insert_with(|| last.fit(*strength).r2(held_x, held_y));
        let own = r2.iter().skip(first).take(width).copied();
        found.push(mean(&own.filter(|v| v.is_finite()).collect::<Vec<f64>>()));
        first += width;
    }
    found
}

/// What one seed gave: R² of each factor, by what it was read from.
pub type Read = BTreeMap<Origin, Vec<Option<f64>>>;

/// The table over seeds; `None` where the truth is not known. `blocks` are the names of the
/// objective's own; `per_seed` is `None` for a seed that failed.
pub fn over_seeds(data: &Data, blocks: &[String], per_seed: &[Option<Read>]) -> Option<Recovery> {
    if data.factors.is_empty() {
        return None;
    }
    let origins = origins(data, blocks.len());
    let at = |f: usize, origin: &Origin| {
        let values: Vec<Option<f64>> = per_seed
            .iter()
            .map(|seed| seed.as_ref().and_then(|read| *read.get(origin)?.get(f)?))
            .collect();
        cell(&values)
    };
    let line = |f: usize| origins.iter().map(|origin| at(f, origin)).collect();
    Some(Recovery {
        factors: data.factors.iter().map(|f| f.name.clone()).collect(),
        blocks: origins.iter().map(|origin| origin.name(data, blocks)).collect(),
        r2: (0..data.factors.len()).map(line).collect(),
    })
}
