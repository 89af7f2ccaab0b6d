//! What no pair of modalities shows, as a number: the total correlation that Symile's loss tells of,
//! less the best tree of what CLIP's tell of the pairs.

use crate::Loaded;
use crate::run::Run;
use crate::trained::Trained;
use std::collections::BTreeSet;
use trefoil_insight::information::total_correlation::{
    FromLosses, PairLoss, from_losses, of_columns,
};
use trefoil_insight::stats::cell;
use trefoil_plan::Executor;
use trefoil_protocol::ObjectiveName;
use trefoil_protocol::{
    BeyondPairs, Cell, ExactShared, Negatives, ObjectiveSpec, PairInformation, Split,
};

/// Rows for each combination of values from which counting is taken for exact: it is too high by
/// about half a combination a row, in nats (Miller & Madow), so a fortieth at most.
const ROWS_EACH: usize = 20;

/// None unless the run has Symile with O(N) negatives and CLIP with a curve for each pair, and every
/// row has every modality: only then do all losses have the same candidates.
pub(crate) fn beyond_pairs<E: Executor>(run: &Run<E>, loaded: &Loaded) -> Option<BeyondPairs> {
    let names = loaded.names();
    let complete = loaded.present().iter().all(|present| present.iter().all(|here| *here));
    if names.len() < 3 || !complete {
        return None;
    }
    let of = |name: ObjectiveName| {
        let is = |t: &Trained<E>| t.name.parse::<ObjectiveSpec>().is_ok_and(|s| s.name == name);
        run.objectives.iter().position(is)
    };
    let (symile, clip) = (of(ObjectiveName::Symile)?, of(ObjectiveName::Clip)?);
    if run.objectives[symile].settings.negatives != Negatives::Linear {
        return None;
    }
    let ceiling = run.objectives[symile].start().validation_chance?;
    let pairs = pairs(&run.objectives[clip].start().terms, &names)?;
    let seeds: Vec<Option<FromLosses>> = (0..run.seeds.len())
        .map(|seed| {
            let whole = best(run, symile, seed)?;
            let by_pair = best(run, clip, seed)?;
            let losses: Vec<PairLoss> = pairs
                .iter()
                .zip(&by_pair[1..])
                .map(|(&(a, b), &loss)| PairLoss { a, b, loss })
                .collect();
            from_losses(*whole.first()?, ceiling, &losses).ok()
        })
        .collect();
    let over = |of: &dyn Fn(&FromLosses) -> f64| -> Cell {
        cell(&seeds.iter().map(|s| s.as_ref().map(of)).collect::<Vec<_>>())
    };
    Some(BeyondPairs {
        ceiling,
        total: over(&|s| s.total.value),
        pairs: pairs
            .iter()
            .enumerate()
            .map(|(i, &(a, b))| PairInformation {
                given: vec![names[a].clone(), names[b].clone()],
                value: over(&|s| s.pairs[i].1.value),
            })
            .collect(),
        shown: over(&|s| s.shown.value),
        beyond: over(&|s| s.beyond_estimate),
        exact: exact(loaded),
    })
}

/// The pairs of CLIP's terms after the total, if each pair has one.
fn pairs(terms: &[String], names: &[String]) -> Option<Vec<(usize, usize)>> {
    let all = (0..names.len()).flat_map(|a| (a + 1..names.len()).map(move |b| (a, b)));
    let all: Vec<(usize, usize)> = all.collect();
    let named = all.iter().enumerate().all(|(i, &(a, b))| {
        terms.get(i + 1).is_some_and(|t| *t == format!("{}\u{2013}{}", names[a], names[b]))
    });
    named.then_some(all)
}

/// Losses of the validation that was best for a seed: the total, then the terms.
fn best<E: Executor>(run: &Run<E>, objective: usize, seed: usize) -> Option<Vec<f64>> {
    let seeds = run.seeds.len();
    let validations = run
        .records
        .iter()
        .filter(|r| r.objective as usize == objective && r.split == Split::Validation)
        .map(|r| -> Vec<f64> { r.values.chunks(seeds).map(|term| f64::from(term[seed])).collect() })
        .filter(|values| values.first().is_some_and(|loss| loss.is_finite()));
    validations.min_by(|a, b| a[0].total_cmp(&b[0]))
}

/// By counting, where there are rows enough for every combination of values.
fn exact(loaded: &Loaded) -> Option<ExactShared> {
    let keys: Vec<&[u32]> = loaded.measured.modalities.iter().map(|m| m.key.as_slice()).collect();
    let rows = keys.first()?.len();
    let combinations: BTreeSet<Vec<u32>> =
        (0..rows).map(|row| keys.iter().map(|key| key[row]).collect()).collect();
    if combinations.len() * ROWS_EACH > rows {
        return None;
    }
    let counted = of_columns(&keys).ok()?;
    Some(ExactShared { total: counted.total, shown: counted.shown, beyond: counted.beyond })
}
