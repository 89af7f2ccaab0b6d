//! From recorded steps to dispatches: steps that do not depend on each other become tasks of one
//! dispatch, whatever their kernels; and so do chains of steps that go row by row.
//!
//! A step waits for the steps before it that write what it reads, read what it writes, or write
//! what it writes. There are as many dispatches as the longest such way has steps, those within a
//! [chain](crate::chain) not counted. What is on no longest way runs as late as it can; but what is kept
//! anyway, as gradients of weights are, is made as soon as it can be, so that memory is not held for it.

use crate::chain::{Rows, aligned, views};
use crate::kernel::{Access, Link};
use crate::step::Step;
use crate::tape::Buffer;
use crate::view::View;
use std::collections::{BTreeMap, BTreeSet};

/// Steps that run in one dispatch, by their position in the recording.
pub(crate) type Group = Vec<usize>;

/// Steps in dispatches.
pub(crate) struct Schedule {
    /// Those of each dispatch, in an order in which they can run one after the other.
    pub(crate) order: Vec<Group>,
    /// Of each step that is in a chain, where.
    pub(crate) links: Vec<Option<Link>>,
}

/// A step that another waits for, and whether only for the same samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wait {
    on: usize,
    by_row: bool,
}

/// An operand of a step that came before.
#[derive(Clone, Copy)]
struct Touch {
    step: usize,
    operand: usize,
    view: View,
}

/// For each step, the earlier ones it waits for.
fn waits(steps: &[Step], rows: &[Option<Rows>]) -> Vec<Vec<Wait>> {
    // By buffer, so that a step is compared with those that touch its memory only.
    let mut readers: BTreeMap<u32, Vec<Touch>> = BTreeMap::new();
    let mut writers: BTreeMap<u32, Vec<Touch>> = BTreeMap::new();
    let mut found = Vec::with_capacity(steps.len());
    for (at, step) in steps.iter().enumerate() {
        // Of each, whether every element that the two share is of the same sample.
        let mut before: BTreeMap<usize, bool> = BTreeMap::new();
        let mut touch = |all: &BTreeMap<u32, Vec<Touch>>, operand: usize, view: &View| {
            for other in all.get(&view.buffer.0).into_iter().flatten() {
                if other.step != at && other.view.overlaps(view) {
                    let together = || {
                        let (a, b) = (rows[other.step].as_ref()?, rows[at].as_ref()?);
                        let samples = a.samples.min(b.samples);
                        let both = a.is_by_row(other.operand) && b.is_by_row(operand);
                        Some(both && aligned(&other.view, view, samples))
                    };
                    *before.entry(other.step).or_insert(true) &= together().unwrap_or(false);
                }
            }
        };
        for (operand, view) in views(step) {
            let access = step.kernel.operands[operand].access;
            touch(&writers, operand, &view);
            if access != Access::Read {
                touch(&readers, operand, &view);
            }
        }
        for (operand, view) in views(step) {
            let mine = Touch { step: at, operand, view };
            let access = step.kernel.operands[operand].access;
            if access != Access::Write {
                readers.entry(view.buffer.0).or_default().push(mine);
            }
            if access != Access::Read {
                writers.entry(view.buffer.0).or_default().push(mine);
            }
        }
        found.push(before.into_iter().map(|(on, by_row)| Wait { on, by_row }).collect());
    }
    found
}

/// The dispatch of each step.
fn levels(buffers: &[Buffer], steps: &[Step], waits: &[Vec<Wait>]) -> Vec<usize> {
    // How many dispatches follow that of a step, at least: by what comes after it, from the back.
    let mut followers = vec![0; steps.len()];
    for step in (0..steps.len()).rev() {
        for wait in &waits[step] {
            let least = followers[step] + usize::from(!wait.by_row);
            followers[wait.on] = followers[wait.on].max(least);
        }
    }
    let end = followers.iter().copied().max().map_or(0, |last| last + 1);
    let mut at = vec![0; steps.len()];
    for (step, followers) in followers.into_iter().enumerate() {
        let kept = steps[step].writes().all(|view| buffers[view.buffer.0 as usize].persistent);
        let earliest = waits[step].iter().map(|wait| at[wait.on] + usize::from(!wait.by_row)).max();
        at[step] = if kept { earliest.unwrap_or(0) } else { end - 1 - followers };
    }
    at
}

/// The chain that each step is in, named by its first step, and how many links come before.
fn chains(waits: &[Vec<Wait>], at: &[usize]) -> (Vec<usize>, Vec<u32>) {
    let mut chain: Vec<usize> = (0..waits.len()).collect();
    let mut depth = vec![0; waits.len()];
    for step in 0..waits.len() {
        for wait in waits[step].iter().filter(|wait| at[wait.on] == at[step]) {
            depth[step] = depth[step].max(depth[wait.on] + 1);
            let (a, b) = (chain[wait.on], chain[step]);
            let (first, other) = (a.min(b), a.max(b));
            chain[..=step].iter_mut().filter(|c| **c == other).for_each(|c| *c = first);
        }
    }
    (chain, depth)
}

/// Groups the steps, in an order that keeps every dependency; within a group by depth and kernel.
pub(crate) fn schedule(buffers: &[Buffer], steps: &[Step], flops: &[f64]) -> Schedule {
    let rows: Vec<Option<Rows>> =
        steps.iter().zip(flops).map(|(step, &flops)| Rows::of(step, flops)).collect();
    let mut waits = waits(steps, &rows);
    loop {
        let at = levels(buffers, steps, &waits);
        let (chain, depth) = chains(&waits, &at);
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (step, &chain) in chain.iter().enumerate() {
            members.entry(chain).or_default().push(step);
        }
        members.retain(|_, steps| steps.len() > 1);
        let samples = |members: &[usize]| -> Option<u32> {
            let all = || members.iter().filter_map(|&step| Some(rows[step].as_ref()?.samples));
            let fewest = all().min()?;
            all().all(|samples| samples.is_multiple_of(fewest)).then_some(fewest)
        };
        // Tokens of two kinds, say, that nothing of a row each holds together.
        let apart: BTreeSet<usize> =
            members.values().filter(|m| samples(m).is_none()).flatten().copied().collect();
        if !apart.is_empty() {
            for step in apart {
                waits[step].iter_mut().for_each(|wait| wait.by_row = false);
            }
            continue;
        }
        let mut links = vec![None; steps.len()];
        for (&chain, members) in &members {
            let samples = samples(members).unwrap_or_default();
            for &step in members {
                let shares = rows[step].as_ref().map(|rows| rows.shares(&steps[step], samples));
                links[step] = shares.map(|shares| Link {
                    chain: chain as u32,
                    depth: depth[step],
                    samples,
                    shares,
                });
            }
        }
        let mut order: Vec<Group> = vec![Vec::new(); at.iter().max().map_or(0, |last| last + 1)];
        for (step, &at) in at.iter().enumerate() {
            order[at].push(step);
        }
        for group in &mut order {
            group.sort_by_key(|&step| (depth[step], steps[step].kernel.name, step));
        }
        return Schedule { order, links };
    }
}
