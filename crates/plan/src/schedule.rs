//! From recorded steps to dispatches: steps of one kernel that do not depend on each other become
//! tasks of one dispatch.
//!
//! A step waits for the steps before it that write what it reads, read what it writes, or write
//! what it writes. Among the kernels that could go next, the one is taken that gains least from
//! waiting: whose steps still to come are reached through its own ready steps anyway.

use crate::kernel::Access;
use crate::tape::{Arg, Step};
use crate::view::View;
use std::collections::BTreeMap;

/// Steps that run in one dispatch, by their position in the recording.
pub(crate) type Group = Vec<usize>;

fn reads(step: &Step) -> impl Iterator<Item = &View> {
    views(step).filter(|(access, _)| *access != Access::Write).map(|(_, view)| view)
}

fn writes(step: &Step) -> impl Iterator<Item = &View> {
    views(step)
        .filter(|(access, _)| matches!(access, Access::Write | Access::Update))
        .map(|(_, view)| view)
}

fn views(step: &Step) -> impl Iterator<Item = (Access, &View)> {
    step.kernel.operands.iter().zip(&step.args).filter_map(|(operand, arg)| match arg {
        Arg::View(view) => Some((operand.access, view)),
        Arg::Table { .. } | Arg::None => None,
    })
}

/// For each step, the earlier ones it waits for.
pub(crate) fn dependencies(steps: &[Step]) -> Vec<Vec<usize>> {
    // By buffer, so that a step is compared with those that touch its memory only.
    let mut readers: BTreeMap<u32, Vec<(usize, View)>> = BTreeMap::new();
    let mut writers: BTreeMap<u32, Vec<(usize, View)>> = BTreeMap::new();
    let mut found = Vec::with_capacity(steps.len());
    for (at, step) in steps.iter().enumerate() {
        let mut before = Vec::new();
        let touching = |all: &BTreeMap<u32, Vec<(usize, View)>>, view: &View| -> Vec<usize> {
            all.get(&view.buffer.0)
                .into_iter()
                .flatten()
                .filter(|(_, other)| other.overlaps(view))
                .map(|(step, _)| *step)
                .collect()
        };
        for view in reads(step) {
            before.extend(touching(&writers, view));
        }
        for view in writes(step) {
            before.extend(touching(&writers, view));
            before.extend(touching(&readers, view));
        }
        before.sort_unstable();
        before.dedup();
        before.retain(|&other| other != at);
        for view in reads(step) {
            readers.entry(view.buffer.0).or_default().push((at, *view));
        }
        for view in writes(step) {
            writers.entry(view.buffer.0).or_default().push((at, *view));
        }
        found.push(before);
    }
    found
}

/// Groups the steps, in an order that keeps every dependency.
pub(crate) fn schedule(steps: &[Step]) -> Vec<Group> {
    let before = dependencies(steps);
    let kernels: Vec<&str> = steps.iter().map(|s| s.kernel.name).collect();
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut after = vec![Vec::new(); steps.len()];
    for (step, before) in before.iter().enumerate() {
        for &other in before {
            after[other].push(step);
        }
    }
    let mut ready: BTreeMap<&str, Group> = BTreeMap::new();
    for step in (0..steps.len()).filter(|&s| waiting[s] == 0) {
        ready.entry(kernels[step]).or_default().push(step);
    }
    let mut done = vec![false; steps.len()];
    let mut order = Vec::new();
    while !ready.is_empty() {
        let choice = ready
            .iter()
            .min_by_key(|(kernel, group)| {
                (latecomers(kernel, group, &kernels, &before, &done), group[0])
            })
            .map(|(kernel, _)| *kernel);
        let Some(group) = choice.and_then(|kernel| ready.remove(kernel)) else {
            break;
        };
        for &step in &group {
            done[step] = true;
            for &next in &after[step] {
                waiting[next] -= 1;
                if waiting[next] == 0 {
                    ready.entry(kernels[next]).or_default().push(next);
                }
            }
        }
        order.push(group);
    }
    order
}

/// Steps of `kernel` still to come that do not depend on its ready ones: they could join if it
/// waited.
fn latecomers(
    kernel: &str,
    group: &[usize],
    kernels: &[&str],
    before: &[Vec<usize>],
    done: &[bool],
) -> usize {
    let mut depends = vec![false; kernels.len()];
    for &step in group {
        depends[step] = true;
    }
    let first = group.iter().copied().min().unwrap_or(0);
    let mut count = 0;
    for step in first..kernels.len() {
        if depends[step] || done[step] {
            continue;
        }
        depends[step] = before[step].iter().any(|&other| depends[other]);
        if kernels[step] == kernel && !depends[step] {
            count += 1;
        }
    }
    count
}
