//! Attention of one query that does not depend on the row, over the tokens of each row:
//! `w = softmax_t(s·⟨q_h, k_t,h⟩)`, `out_h = Σ_t w_t v_t,h` for each head h.
//!
//! Keys and values `(b·tokens, d)`, query `(1,d)`, weights `(b, heads·tokens)`, out `(b,d)`; the
//! scale s is 1/√(d/heads) or 1. With the class token among the tokens this is what one
//! transformer block computes for it: its query is the same for every row, so O(tokens) is enough
//! (Vaswani et al. 2017, arXiv 1706.03762, section 3.2.1; the shortcut is derived, ours).

use crate::kernel::{Call, Task, grid};
use crate::tape::{Tape, Var};
use crate::{Real, lanes};
use std::ops::Range;

kernel! {
    FORWARD = "attention",
    [read keys, read values, read query, write weights, write out],
    [tokens, heads, scaled],
    heads_grid, cost, forward
}
kernel! {
    BACKWARD = "attention_grad",
    [read keys, read values, read query, read weights, read grad,
     write d_keys, write d_values, write d_scores],
    [tokens, heads, scaled],
    heads_grid_back, cost_back, backward
}
kernel! {
    QUERY_BACKWARD = "attention_query_grad",
    [read keys, read d_scores, write d_query],
    [tokens, heads],
    columns, cost, query_backward
}

fn heads_grid(task: &Task) -> [u32; 2] {
    grid::threads(task.places[4].rows * task.attrs[1])
}

fn heads_grid_back(task: &Task) -> [u32; 2] {
    grid::threads(task.places[4].rows * task.attrs[1])
}

/// A workgroup a column.
fn columns(task: &Task) -> [u32; 2] {
    [task.places[2].cols, 1]
}

fn cost(task: &Task) -> f64 {
    4.0 * f64::from(task.places[0].len())
}

fn cost_back(task: &Task) -> f64 {
    10.0 * f64::from(task.places[0].len())
}

fn scale<F: Real>(width: usize, scaled: u32) -> F {
    if scaled == 0 { F::one() } else { F::one() / F::of(width as f64).sqrt() }
}

fn forward<F: Real>(call: &mut Call<'_, F>) {
    let [keys, values, query] = call.ins else { unreachable!("operands of attention") };
    let (tokens, heads) = (call.count(0), call.count(1));
    let width = keys.ncols() / heads;
    let factor: F = scale(width, call.attrs[2]);
    let query: Vec<F> = query.iter().map(|&q| q * factor).collect();
    let [weights, out] = call.outs else { unreachable!("operands of attention") };
    let (mut keys, mut values) = (lanes::rows(keys), lanes::rows(values));
    for (weights, out) in lanes::rows_mut(weights).zip(lanes::rows_mut(out)) {
        for (t, key) in keys.by_ref().take(tokens).enumerate() {
            for (h, part) in parts(width, heads) {
                weights[h * tokens + t] = lanes::dot(&query[part.clone()], &key[part]);
            }
        }
        for share in weights.chunks_exact_mut(tokens) {
            let top = lanes::max(share);
            for s in share.iter_mut() {
                *s -= top;
            }
            F::exp_all(share);
            let total = lanes::sum(share);
            for s in share {
                *s /= total;
            }
        }
        out.fill(F::zero());
        for (t, value) in values.by_ref().take(tokens).enumerate() {
            for (h, part) in parts(width, heads) {
                lanes::add_scaled(&mut out[part.clone()], weights[h * tokens + t], &value[part]);
            }
        }
    }
}

/// The columns of each head.
fn parts(width: usize, heads: usize) -> impl Iterator<Item = (usize, Range<usize>)> {
    (0..heads).map(move |h| (h, h * width..(h + 1) * width))
}

fn backward<F: Real>(call: &mut Call<'_, F>) {
    let [keys, values, query, weights, grad] = call.ins else {
        unreachable!("operands of attention_grad")
    };
    let (tokens, heads) = (call.count(0), call.count(1));
    let width = keys.ncols() / heads;
    let factor: F = scale(width, call.attrs[2]);
    let query = lanes::row(query.row(0));
    let [d_keys, d_values, d_scores] = call.outs else {
        unreachable!("operands of attention_grad")
    };
    let mut values = lanes::rows(values);
    let (mut d_keys, mut d_values) = (lanes::rows_mut(d_keys), lanes::rows_mut(d_values));
    let upstream = lanes::rows(grad).zip(lanes::rows(weights));
    for ((grad, weights), d_scores) in upstream.zip(lanes::rows_mut(d_scores)) {
        for (t, value) in values.by_ref().take(tokens).enumerate() {
            for (h, part) in parts(width, heads) {
                d_scores[h * tokens + t] = lanes::dot(&grad[part.clone()], &value[part]);
            }
        }
        for (d, weights) in d_scores.chunks_exact_mut(tokens).zip(weights.chunks_exact(tokens)) {
            let mean = lanes::dot(weights, d);
            for (d, &weight) in d.iter_mut().zip(weights) {
                *d = weight * (*d - mean) * factor;
            }
        }
        let both = d_keys.by_ref().zip(d_values.by_ref()).take(tokens);
        for (t, (d_key, d_value)) in both.enumerate() {
            for (h, part) in parts(width, heads) {
                let (d, weight) = (d_scores[h * tokens + t], weights[h * tokens + t]);
                let here = query[part.clone()].iter().zip(&grad[part.clone()]);
                let to = d_key[part.clone()].iter_mut().zip(&mut d_value[part]);
                for ((d_key, d_value), (&query, &grad)) in to.zip(here) {
                    *d_key = d * query;
                    *d_value = weight * grad;
                }
            }
        }
    }
}

fn query_backward<F: Real>(call: &mut Call<'_, F>) {
    let [keys, d_scores] = call.ins else { unreachable!("operands of attention_query_grad") };
    let (tokens, heads) = (call.count(0), call.count(1));
    let width = keys.ncols() / heads;
    // Over the tokens of a row as they are, over the rows in f64, as there may be many.
    let mut totals = vec![0.0f64; keys.ncols()];
    let mut of_row = vec![F::zero(); keys.ncols()];
    let mut keys = lanes::rows(keys);
    for d_scores in lanes::rows(d_scores) {
        of_row.fill(F::zero());
        for (t, key) in keys.by_ref().take(tokens).enumerate() {
            for (h, part) in parts(width, heads) {
                let d = d_scores[h * tokens + t];
                lanes::add_scaled(&mut of_row[part.clone()], d, &key[part]);
            }
        }
        totals.iter_mut().zip(&of_row).for_each(|(total, x)| *total += x.wide());
    }
    for (d, total) in call.outs[0].iter_mut().zip(totals) {
        *d = F::of(total);
    }
}

/// Shape of an attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    /// Tokens of each row.
    pub tokens: u32,
    /// Heads.
    pub heads: u32,
    /// Whether scores are divided by the square root of a head's width.
    pub scaled: bool,
}

impl Tape {
    /// What the query `(1,d)` reads from the tokens of each row, `(b·tokens,d)` each `→ (b,d)`.
    ///
    /// # Panics
    /// Where the heads do not divide the width.
    pub fn attend(&mut self, keys: Var, values: Var, query: Var, how: Heads) -> Var {
        let Heads { tokens, heads, scaled } = how;
        let (rows, cols) = (self.rows(keys) / tokens, self.cols(keys));
        assert_eq!(cols % heads, 0, "heads divide the width");
        let needs_grad = self.any_needs_grad(&[keys, values, query]);
        let weights = self.fresh("weights", rows, heads * tokens, false);
        let out = self.fresh("attended", rows, cols, needs_grad);
        let args = [keys, values, query, weights, out].map(|v| self.arg(v)).to_vec();
        let attrs = vec![tokens, heads, u32::from(scaled)];
        self.emit(&FORWARD, "attention", args, attrs.clone());
        self.rule1(out, move |tape, grad| {
            let d_keys = tape.fresh("grad", rows * tokens, cols, false);
            let d_values = tape.fresh("grad", rows * tokens, cols, false);
            let d_scores = tape.fresh("d_scores", rows, heads * tokens, false);
            let args = [keys, values, query, weights, grad, d_keys, d_values, d_scores];
            tape.emit(&BACKWARD, "attention", args.map(|v| tape.arg(v)).to_vec(), attrs.clone());
            let mut found = vec![(keys, d_keys), (values, d_values)];
            if tape.needs_grad(query) {
                let d_query = tape.fresh("grad", 1, cols, false);
                let args = [keys, d_scores, d_query].map(|v| tape.arg(v)).to_vec();
                tape.emit(&QUERY_BACKWARD, "attention", args, vec![tokens, heads]);
                found.push((query, d_query));
            }
            found
        });
        out
    }
}
