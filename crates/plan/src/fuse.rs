//! Peepholes on the list of steps, which an op's author need not think of: each takes out a step that the
//! next would wait for.
//!
//! - An activation is taken where the product that it follows is written, and its slope where the product
//!   is that makes the gradient.
//! - The first product with the rows of a batch takes them out of their table by itself.
//! - Gradients of rows of length one are added up where they are made those of the rows before.

use crate::kernel::word;
use crate::ops::{activation, gather, matmul, normalize, sum};
use crate::step::{Arg, Step};
use crate::tape::Buffer;
use crate::view::View;
use std::collections::BTreeMap;

/// Who writes and who reads each buffer, by the position of the step.
#[derive(Default)]
struct Uses {
    written: BTreeMap<u32, Vec<usize>>,
    read: BTreeMap<u32, Vec<usize>>,
}

impl Uses {
    fn of(steps: &[Step]) -> Self {
        let mut uses = Self::default();
        for (at, step) in steps.iter().enumerate() {
            for view in step.reads() {
                uses.read.entry(view.buffer.0).or_default().push(at);
            }
            for view in step.writes() {
                uses.written.entry(view.buffer.0).or_default().push(at);
            }
        }
        uses
    }

    fn writers(&self, view: &View) -> &[usize] {
        self.written.get(&view.buffer.0).map_or(&[], Vec::as_slice)
    }

    fn readers(&self, view: &View) -> &[usize] {
        self.read.get(&view.buffer.0).map_or(&[], Vec::as_slice)
    }
}

/// Fuses what can be in one phase.
pub(crate) fn fuse(buffers: &[Buffer], steps: &mut Vec<Step>) {
    let uses = Uses::of(steps);
    let mut done = vec![false; steps.len()];
    for at in 0..steps.len() {
        let step = steps[at].clone();
        if step.kernel == &activation::FORWARD {
            done[at] = value(buffers, steps, &uses, at, &step);
        } else if step.kernel == &activation::BACKWARD {
            done[at] = slope(buffers, steps, &uses, at, &step);
        } else if step.kernel == &normalize::BACKWARD
            && let Some(taken) = gradients(buffers, steps, &uses, at, &step)
        {
            done[taken] = true;
        }
    }
    let mut done = done.into_iter();
    steps.retain(|_| !done.next().unwrap_or_default());
    let uses = Uses::of(steps);
    for at in 0..steps.len() {
        first_product(buffers, steps, &uses, at);
    }
    // Where nobody else asks for them.
    let uses = Uses::of(steps);
    steps.retain(|step| {
        step.kernel != &gather::GATHER || step.writes().any(|rows| !uses.readers(rows).is_empty())
    });
}

/// A product with gathered rows, from their table.
fn first_product(buffers: &[Buffer], steps: &mut [Step], uses: &Uses, at: usize) {
    let step = &steps[at];
    let is_plain = step.kernel == &matmul::MATMUL
        && step.attrs[..3] == [0, 0, 1]
        && step.args[matmul::GATE] == Arg::None;
    let Some(x) = whole(buffers, &step.args[0]).filter(|_| is_plain) else { return };
    let &[writer] = uses.writers(&x) else { return };
    let gathered = &steps[writer];
    if gathered.kernel == &gather::GATHER {
        let [source, index, _] = gathered.args[..] else { return };
        let [_, b, bias, _, c, before] = step.args[..] else { return };
        let (args, label) = (vec![source, index, b, bias, c, before], step.label.clone());
        let attrs = vec![step.attrs[matmul::ACT]];
        steps[at] = Step { kernel: &matmul::ROWS, args, attrs, label };
    }
}

fn whole(buffers: &[Buffer], arg: &Arg) -> Option<View> {
    let Arg::View(view) = arg else { return None };
    let buffer = &buffers[view.buffer.0 as usize];
    (view.fills(buffer.len) && !buffer.persistent).then_some(*view)
}

/// The products that make the whole of a matrix and do nothing else yet.
fn products<'a>(steps: &[Step], uses: &'a Uses, made: &View) -> Option<&'a [usize]> {
    let writers = uses.writers(made);
    let plain = |&at: &usize| {
        let step = &steps[at];
        step.kernel == &matmul::MATMUL
            && step.attrs[matmul::ACT] == 0
            && step.args[matmul::GATE] == Arg::None
            && step.args[matmul::BEFORE] == Arg::None
            // A matrix of rows that are apart must be cut the same way.
            && step.view(matmul::C).is_some_and(|c| c.stride == made.stride || c.rows <= 1)
    };
    if writers.is_empty() || !writers.iter().all(plain) {
        return None;
    }
    let parts = writers.iter().filter_map(|&at| steps[at].view(matmul::C));
    (parts.map(|part| part.len()).sum::<u32>() == made.len()).then_some(writers)
}

/// The same part of another matrix as `part` is of its own.
fn same_part(part: &View, of: &View) -> Arg {
    Arg::View(View { buffer: of.buffer, ..*part })
}

/// `y = f(x)` behind the products that make x.
fn value(buffers: &[Buffer], steps: &mut [Step], uses: &Uses, at: usize, step: &Step) -> bool {
    let (Some(x), Some(y)) = (whole(buffers, &step.args[0]), whole(buffers, &step.args[1])) else {
        return false;
    };
    let Some(products) = products(steps, uses, &x) else { return false };
    let kept = uses.readers(&x).iter().any(|&reader| reader != at);
    for &product in products {
        let product = &mut steps[product];
        let Some(part) = product.view(matmul::C) else { return false };
        product.args[matmul::C] = same_part(&part, &y);
        product.args[matmul::BEFORE] = if kept { Arg::View(part) } else { Arg::None };
        product.attrs[matmul::ACT] = matmul::CURVE + step.attrs[0];
    }
    true
}

/// `d = g ⊙ f′(x)` behind the products that make g, where nothing else wants g.
fn slope(buffers: &[Buffer], steps: &mut [Step], uses: &Uses, at: usize, step: &Step) -> bool {
    let Some((g, d)) = whole(buffers, &step.args[1]).zip(whole(buffers, &step.args[2])) else {
        return false;
    };
    let Some(x) = whole(buffers, &step.args[0]) else { return false };
    let Some(products) = products(steps, uses, &g) else { return false };
    let first = products.iter().copied().min().unwrap_or_default();
    let known = uses.writers(&x).iter().all(|&writer| writer < first);
    if !known || uses.readers(&g).iter().any(|&reader| reader != at) {
        return false;
    }
    for &product in products {
        let product = &mut steps[product];
        let Some(part) = product.view(matmul::C) else { return false };
        product.args[matmul::C] = same_part(&part, &d);
        product.args[matmul::GATE] = same_part(&part, &x);
        product.attrs[matmul::GATE_CURVE] = step.attrs[0];
    }
    true
}

/// Adds up where the sum is used; the position of the step that did.
fn gradients(
    buffers: &[Buffer],
    steps: &mut [Step],
    uses: &Uses,
    at: usize,
    step: &Step,
) -> Option<usize> {
    let grad = whole(buffers, &step.args[normalize::GRADS.start])?;
    let (&[writer], &[_]) = (uses.writers(&grad), uses.readers(&grad)) else { return None };
    if steps[writer].kernel != &sum::SUM {
        return None;
    }
    let terms: Vec<Arg> =
        steps[writer].args[1..].iter().copied().filter(|term| *term != Arg::None).collect();
    let plain = |(term, &factor): (&Arg, &u32)| {
        let alike = matches!(term, Arg::View(v) if (v.rows, v.cols) == (grad.rows, grad.cols));
        alike && factor == word(1.0)
    };
    if terms.len() > normalize::GRADS.len() || !terms.iter().zip(&steps[writer].attrs).all(plain) {
        return None;
    }
    for (operand, term) in normalize::GRADS.zip(terms) {
        steps[at].args[operand] = term;
    }
    Some(writer)
}
