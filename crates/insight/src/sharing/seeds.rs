//! Maps of several replicas become one, with an interval for every number.

use super::job::{MapComponent, ReplicaMap};
use super::plan::{SharingPlan, rows_needed};
use super::products::factors;
use crate::Data;
use crate::stats::{cell, mean};
use ndarray::{Array1, Array2};
use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;
use std::collections::{BTreeMap, BTreeSet};
use trefoil_protocol::{Cell, Component, Sharing, SubsetWeight};

/// Two components are the same if their held-out scores correlate at least so much (ours).
const SAME: f64 = 0.5;

/// A component as seen by each seed.
struct Track<'a> {
    first: &'a MapComponent,
    seen: Vec<Option<&'a MapComponent>>,
}

/// The map over seeds. `maps` is in seed order, `None` for a seed that failed.
///
/// Components of later seeds are matched with those of the first that has them, by the size of
/// the correlation of their held-out scores (Hungarian algorithm). A shared component that only
/// later seeds have is listed too; a specific one is not, but counts in the totals.
pub fn over_seeds(data: &Data, plan: &SharingPlan, maps: &[Option<ReplicaMap>]) -> Sharing {
    let found: Vec<&ReplicaMap> = maps.iter().flatten().collect();
    let per_modality = |value: &dyn Fn(usize) -> Vec<Option<f64>>| -> BTreeMap<String, Cell> {
        (0..plan.modalities.len())
            .map(|i| (data.modalities[plan.modalities[i]].name.clone(), cell(&value(i))))
            .collect()
    };
    let components = tracks(maps)
        .iter()
        .map(|t| {
            let of = |pick: fn(&MapComponent) -> &Vec<f64>| {
                per_modality(&|i| t.seen.iter().map(|c| c.map(|c| pick(c)[i])).collect())
            };
            Component {
                subset: data.names(&t.first.subset),
                seeds: t.seen.iter().flatten().count() as u32,
                readability: of(|c| &c.readability),
                weight: of(|c| &c.weight),
            }
        })
        .collect();
    let subsets = subsets(&found)
        .into_iter()
        .map(|set| SubsetWeight {
            weight: per_modality(&|i| {
                maps.iter().map(|map| map.as_ref().map(|map| total(map, &set, i))).collect()
            }),
            subset: data.names(&set),
        })
        .collect();
    let needs_both = if plan.modalities.len() < 3 {
        BTreeMap::new()
    } else {
        per_modality(&|i| maps.iter().map(|m| m.as_ref().and_then(|m| m.needs_both[i])).collect())
    };
    let average = |pick: fn(&ReplicaMap) -> f64| {
        mean(&found.iter().map(|m| pick(m)).collect::<Vec<f64>>()).unwrap_or(0.0)
    };
    Sharing {
        null: average(|m| m.null),
        tau: average(|m| m.tau),
        fit_rows: plan.fit.len() as u32,
        held_out_rows: plan.held_out.len() as u32,
        modalities: data.names(&plan.modalities),
        warnings: warnings(data, plan, &found),
        components,
        subsets,
        needs_both,
    }
}

fn total(map: &ReplicaMap, set: &[usize], modality: usize) -> f64 {
    map.components.iter().filter(|c| c.subset == set).map(|c| c.weight[modality]).sum()
}

/// Every subset that has a component in some seed, larger ones first.
fn subsets(maps: &[&ReplicaMap]) -> Vec<Vec<usize>> {
    let all: BTreeSet<Vec<usize>> =
        maps.iter().flat_map(|m| m.components.iter().map(|c| c.subset.clone())).collect();
    let mut all: Vec<Vec<usize>> = all.into_iter().collect();
    all.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    all
}

fn warnings(data: &Data, plan: &SharingPlan, maps: &[&ReplicaMap]) -> Vec<String> {
    let mut out = plan.warnings.clone();
    let shared = maps.iter().map(|m| m.shared).max().unwrap_or(0);
    if plan.fit.len() < rows_needed(shared) {
        out.push(format!(
            "The map is unreliable: {} training rows for {shared} shared components, where {} \
             would be needed. A direction counts as shared only above an eigenvalue of {:.2}.",
            plan.fit.len(),
            rows_needed(shared),
            mean(&maps.iter().map(|m| m.tau).collect::<Vec<f64>>()).unwrap_or(0.0),
        ));
    }
    let capped: BTreeSet<usize> = maps.iter().flat_map(|m| m.capped.iter().copied()).collect();
    if !capped.is_empty() {
        out.push(format!(
            "Only the directions with most variance enter (64 at most, and one for every ten \
             training rows): {}.",
            data.names(&capped.into_iter().collect::<Vec<usize>>()).join(", "),
        ));
    }
    let (modalities, used) = (plan.modalities.len(), factors(plan.modalities.len()));
    if modalities > 3 {
        out.push(format!(
            "\u{201c}Needs both\u{201d} multiplies only the first {used} components of each of \
             {modalities} modalities."
        ));
    }
    out
}

fn tracks(maps: &[Option<ReplicaMap>]) -> Vec<Track<'_>> {
    let mut tracks: Vec<Track> = Vec::new();
    for (seed, map) in maps.iter().enumerate() {
        let Some(map) = map else { continue };
        let first = maps[..seed].iter().all(Option::is_none);
        let matched = if first { vec![None; map.components.len()] } else { matches(&tracks, map) };
        for (component, at) in map.components.iter().zip(matched) {
            if let Some(at) = at {
                tracks[at].seen[seed] = Some(component);
            } else if first || component.subset.len() > 1 {
                let mut seen = vec![None; maps.len()];
                seen[seed] = Some(component);
                tracks.push(Track { first: component, seen });
            }
        }
    }
    tracks.sort_by(|a, b| {
        let size = b.first.subset.len().cmp(&a.first.subset.len());
        size.then(a.first.subset.cmp(&b.first.subset))
    });
    tracks
}

/// For each component of `map`, the track that it belongs to.
fn matches(tracks: &[Track], map: &ReplicaMap) -> Vec<Option<usize>> {
    let size = tracks.len().max(map.components.len());
    let mut correlation = Array2::<f64>::zeros((size, size));
    let unit = |c: &MapComponent| {
        let mean = c.scores.mean().unwrap_or(0.0);
        let centred = &c.scores - mean;
        let norm = centred.dot(&centred).sqrt();
        if norm > 0.0 { centred / norm } else { centred }
    };
    let known: Vec<Array1<f32>> = tracks.iter().map(|t| unit(t.first)).collect();
    for (j, c) in map.components.iter().enumerate() {
        let scores = unit(c);
        for (i, k) in known.iter().enumerate() {
            let found = f64::from(k.dot(&scores).abs());
            // Two that are not the same must not outweigh one pair that is.
            correlation[[i, j]] = if found >= SAME { found } else { 0.0 };
        }
    }
    // The algorithm wants weights with a total order.
    let weights = Matrix::from_fn(size, size, |(i, j)| (correlation[[i, j]] * 1e9) as i64);
    let (_, column_of) = kuhn_munkres(&weights);
    let mut out = vec![None; map.components.len()];
    for (i, j) in column_of.into_iter().enumerate().take(tracks.len()) {
        if correlation[[i, j]] >= SAME {
            out[j] = Some(i);
        }
    }
    out
}
