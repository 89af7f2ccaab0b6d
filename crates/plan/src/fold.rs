//! What hangs on constants alone is worked out when the plan is recorded: the gradient of a mean over
//! complete rows, for one, is the same in every step.

use crate::kernel::{Access, Call};
use crate::step::{Arg, Step};
use crate::tape::Buffer;
use crate::view::View;
use ndarray::{Array2, ArrayView2};
use std::collections::BTreeMap;

/// Takes out the steps that read nothing but constants; what they write becomes constant.
pub(crate) fn fold(buffers: &mut [Buffer], phases: &mut [Vec<Step>]) {
    let mut changing = vec![false; buffers.len()];
    for view in phases.iter().flatten().flat_map(Step::writes) {
        changing[view.buffer.0 as usize] = true;
    }
    for steps in phases {
        fold_phase(buffers, steps, &changing);
    }
}

/// `changing` says which buffers some step of any phase writes.
fn fold_phase(buffers: &mut [Buffer], steps: &mut Vec<Step>, changing: &[bool]) {
    // How many steps write each buffer: one that is made by parts stays as it is.
    let mut writers: BTreeMap<u32, usize> = BTreeMap::new();
    for view in steps.iter().flat_map(Step::writes) {
        *writers.entry(view.buffer.0).or_default() += 1;
    }
    let mut known: Vec<bool> = buffers.iter().map(|b| b.init.is_some()).collect();
    for (known, changing) in known.iter_mut().zip(changing) {
        *known &= !changing;
    }
    steps.retain(|step| {
        let Some(values) = evaluated(buffers, &known, &writers, step) else { return true };
        for (view, values) in step.writes().zip(values) {
            let id = view.buffer.0 as usize;
            known[id] = true;
            buffers[id].init = Some(values.into_iter().collect());
            buffers[id].persistent = true;
        }
        false
    });
}

/// Drops the constants that no phase reads any more: each would have memory in every replica.
pub(crate) fn forget(buffers: &mut [Buffer], phases: &[Vec<Step>]) {
    let mut used = vec![false; buffers.len()];
    for step in phases.iter().flatten() {
        for view in step.reads().chain(step.writes()) {
            used[view.buffer.0 as usize] = true;
        }
    }
    for (buffer, used) in buffers.iter_mut().zip(used) {
        if buffer.init.is_some() && !used {
            buffer.init = None;
            buffer.persistent = false;
        }
    }
}

/// What a step writes, where it only reads what is known and makes whole buffers.
fn evaluated(
    buffers: &[Buffer],
    known: &[bool],
    writers: &BTreeMap<u32, usize>,
    step: &Step,
) -> Option<Vec<Array2<f64>>> {
    let mut ins = Vec::new();
    let mut outs = Vec::new();
    for (operand, arg) in step.kernel.operands.iter().zip(&step.args) {
        match (operand.access, arg) {
            (Access::Read, Arg::View(view)) => {
                let buffer = &buffers[view.buffer.0 as usize];
                let values = buffer.init.as_ref().filter(|_| known[view.buffer.0 as usize])?;
                ins.push(matrix(values, view)?);
            }
            (Access::Read, Arg::None) => ins.push(ArrayView2::from_shape((0, 0), &[]).ok()?),
            // What is written and left out is not there at all.
            (Access::Write, Arg::None) => {}
            (Access::Write, Arg::View(view)) => {
                let buffer = &buffers[view.buffer.0 as usize];
                if buffer.persistent
                    || !view.fills(buffer.len)
                    || writers.get(&view.buffer.0) != Some(&1)
                {
                    return None;
                }
                outs.push(Array2::<f64>::zeros((view.rows as usize, view.cols as usize)));
            }
            _ => return None,
        }
    }
    // What reads nothing is not made of constants: it draws, or counts.
    if ins.iter().all(ArrayView2::is_empty) || outs.is_empty() {
        return None;
    }
    let mut views: Vec<_> = outs.iter_mut().map(|out| out.view_mut()).collect();
    (step.kernel.f64)(&mut Call { ins: &ins, outs: &mut views, tables: &[], attrs: &step.attrs });
    Some(outs)
}

fn matrix<'a>(values: &'a [f64], view: &View) -> Option<ArrayView2<'a, f64>> {
    let (rows, cols) = (view.rows as usize, view.cols as usize);
    let values = view.fills(values.len() as u32).then_some(values)?;
    ArrayView2::from_shape((rows, cols), values).ok()
}
