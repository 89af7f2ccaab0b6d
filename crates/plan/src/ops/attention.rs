//! Attention of one query that does not depend on the row, over the tokens of each row:
//! `w = softmax_t(s·⟨q_h, k_t,h⟩)`, `out_h = Σ_t w_t v_t,h` for each head h.
//!
//! Keys and values `(b·tokens, d)`, query `(1,d)`, weights `(b, heads·tokens)`, out `(b,d)`; the
//! scale s is 1/√(d/heads) or 1. With the class token among the tokens this is what one
//! transformer block computes for it: its query is the same for every row, so O(tokens) is enough.

use crate::kernel::{Call, Task, grid};
use crate::tape::{Tape, Var};
use crate::{Real, lanes};

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
    let (keys, values): (Vec<_>, Vec<_>) =
        (lanes::rows(keys).collect(), lanes::rows(values).collect());
    let [weights, out] = call.outs else { unreachable!("operands of attention") };
    let mut read = vec![F::zero(); width * heads];
    for b in 0..out.nrows() {
        let here = b * tokens..(b + 1) * tokens;
        read.fill(F::zero());
        for h in 0..heads {
            let part = h * width..(h + 1) * width;
            let mut share: Vec<F> = keys[here.clone()]
                .iter()
                .map(|key| lanes::dot(&query[part.clone()], &key[part.clone()]))
                .collect();
            let top = lanes::max(&share);
            for s in &mut share {
                *s -= top;
            }
            F::exp_all(&mut share);
            let total = lanes::sum(&share);
            for (t, (share, value)) in share.iter().zip(&values[here.clone()]).enumerate() {
                let weight = *share / total;
                weights[[b, h * tokens + t]] = weight;
                lanes::add_scaled(&mut read[part.clone()], weight, &value[part.clone()]);
            }
        }
        out.row_mut(b).iter_mut().zip(&read).for_each(|(to, &v)| *to = v);
    }
}

fn backward<F: Real>(call: &mut Call<'_, F>) {
    let [keys, values, query, weights, grad] = call.ins else {
        unreachable!("operands of attention_grad")
    };
    let (tokens, heads) = (call.count(0), call.count(1));
    let width = keys.ncols() / heads;
    let factor: F = scale(width, call.attrs[2]);
    let query = lanes::row(query.row(0));
    let values: Vec<_> = lanes::rows(values).collect();
    let [d_keys, d_values, d_scores] = call.outs else {
        unreachable!("operands of attention_grad")
    };
    for (b, (grad, weights)) in lanes::rows(grad).zip(lanes::rows(weights)).enumerate() {
        for h in 0..heads {
            let part = h * width..(h + 1) * width;
            let weights = &weights[h * tokens..(h + 1) * tokens];
            let slopes: Vec<F> = values[b * tokens..(b + 1) * tokens]
                .iter()
                .map(|value| lanes::dot(&grad[part.clone()], &value[part.clone()]))
                .collect();
            let mean = lanes::dot(weights, &slopes);
            for (t, (&weight, &slope)) in weights.iter().zip(&slopes).enumerate() {
                let d = weight * (slope - mean) * factor;
                d_scores[[b, h * tokens + t]] = d;
                let row = b * tokens + t;
                for c in part.clone() {
                    d_keys[[row, c]] = d * query[c];
                    d_values[[row, c]] = weight * grad[c];
                }
            }
        }
    }
}

fn query_backward<F: Real>(call: &mut Call<'_, F>) {
    let [keys, d_scores] = call.ins else { unreachable!("operands of attention_query_grad") };
    let (tokens, heads) = (call.count(0), call.count(1));
    let width = keys.ncols() / heads;
    let mut totals = vec![0.0f64; keys.ncols()];
    for (row, key) in lanes::rows(keys).enumerate() {
        for h in 0..heads {
            let d = d_scores[[row / tokens, h * tokens + row % tokens]];
            let part = h * width..(h + 1) * width;
            for (total, &key) in totals[part.clone()].iter_mut().zip(&key[part]) {
                *total += (d * key).wide();
            }
        }
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
