//! From recorded steps to dispatches: steps that do not depend on each other become tasks of one
//! dispatch, whatever their kernels.
//!
//! A step waits for the steps before it that write what it reads, read what it writes, or write
//! what it writes. There are as many dispatches as the longest such chain has steps. What is on no
//! longest chain runs as late as it can; but what is kept anyway, as gradients of weights are, is made as
//! soon as it can be, so that memory is not held for it.

use crate::step::Step;
use crate::tape::Buffer;
use crate::view::View;
use std::collections::BTreeMap;

/// Steps that run in one dispatch, by their position in the recording.
pub(crate) type Group = Vec<usize>;

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
        for view in step.reads() {
            before.extend(touching(&writers, view));
        }
        for view in step.writes() {
            before.extend(touching(&writers, view));
            before.extend(touching(&readers, view));
        }
        before.sort_unstable();
        before.dedup();
        before.retain(|&other| other != at);
        for view in step.reads() {
            readers.entry(view.buffer.0).or_default().push((at, *view));
        }
        for view in step.writes() {
            writers.entry(view.buffer.0).or_default().push((at, *view));
        }
        found.push(before);
    }
    found
}

/// Groups the steps, in an order that keeps every dependency; within a group by kernel.
pub(crate) fn schedule(buffers: &[Buffer], steps: &[Step]) -> Vec<Group> {
    let before = dependencies(steps);
    // How many dispatches follow that of a step, at least: by what comes after it, from the back.
    let mut followers = vec![0; steps.len()];
    for step in (0..steps.len()).rev() {
        for &other in &before[step] {
            followers[other] = followers[other].max(followers[step] + 1);
        }
    }
    let end = followers.iter().copied().max().map_or(0, |last| last + 1);
    let mut order: Vec<Group> = vec![Vec::new(); end];
    let mut at = vec![0; steps.len()];
    for (step, followers) in followers.into_iter().enumerate() {
        let kept = steps[step].writes().all(|view| buffers[view.buffer.0 as usize].persistent);
        let earliest = before[step].iter().map(|&other| at[other] + 1).max().unwrap_or(0);
        at[step] = if kept { earliest } else { end - 1 - followers };
        order[at[step]].push(step);
    }
    for group in &mut order {
        group.sort_by_key(|&step| (steps[step].kernel.name, step));
    }
    order
}
