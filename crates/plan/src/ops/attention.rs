//! Attention of one query that does not depend on the row, over the tokens of each row:
//! `w = softmax_t(s·⟨q_h, k_t,h⟩)`, `out_h = Σ_t w_t v_t,h` for each head h.
//!
//! Keys and values `(b·tokens, d)`, query `(1,d)`, weights `(b, heads·tokens)`, out `(b,d)`; the
//! scale s is 1/√(d/heads) or 1. With the class token among the tokens this is what one
//! transformer block computes for it: its query is the same for every row, so O(tokens) is enough.

use crate::Real;
use crate::kernel::{Call, Task, grid};
use crate::tape::{Tape, Var};

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
    let [weights, out] = call.outs else { unreachable!("operands of attention") };
    for b in 0..out.nrows() {
        for h in 0..heads {
            let part = h * width..(h + 1) * width;
            let score = |t: usize| {
                part.clone().fold(F::zero(), |s, c| s + query[[0, c]] * keys[[b * tokens + t, c]])
                    * factor
            };
            let scores: Vec<F> = (0..tokens).map(score).collect();
            let top = scores.iter().fold(F::neg_infinity(), |m, &s| m.max(s));
            let total = scores.iter().fold(F::zero(), |z, &s| z + (s - top).exp());
            for (t, &s) in scores.iter().enumerate() {
                weights[[b, h * tokens + t]] = (s - top).exp() / total;
            }
            for c in part {
                out[[b, c]] = (0..tokens).fold(F::zero(), |o, t| {
                    o + weights[[b, h * tokens + t]] * values[[b * tokens + t, c]]
                });
            }
        }
    }
}

fn backward<F: Real>(call: &mut Call<'_, F>) {
    let [keys, values, query, weights, grad] = call.ins else {
        unreachable!("operands of attention_grad")
    };
    let (tokens, heads) = (call.count(0), call.count(1));
    let width = keys.ncols() / heads;
    let factor: F = scale(width, call.attrs[2]);
    let [d_keys, d_values, d_scores] = call.outs else {
        unreachable!("operands of attention_grad")
    };
    for b in 0..grad.nrows() {
        for h in 0..heads {
            let part = h * width..(h + 1) * width;
            let weight = |t: usize| weights[[b, h * tokens + t]];
            let slope = |t: usize| {
                part.clone().fold(F::zero(), |s, c| s + grad[[b, c]] * values[[b * tokens + t, c]])
            };
            let slopes: Vec<F> = (0..tokens).map(slope).collect();
            let mean = (0..tokens).fold(F::zero(), |s, t| s + weight(t) * slopes[t]);
            for t in 0..tokens {
                let d = weight(t) * (slopes[t] - mean) * factor;
                d_scores[[b, h * tokens + t]] = d;
                for c in part.clone() {
                    d_keys[[b * tokens + t, c]] = d * query[[0, c]];
                    d_values[[b * tokens + t, c]] = weight(t) * grad[[b, c]];
                }
            }
        }
    }
}

fn query_backward<F: Real>(call: &mut Call<'_, F>) {
    let [keys, d_scores] = call.ins else { unreachable!("operands of attention_query_grad") };
    let (tokens, heads) = (call.count(0), call.count(1));
    let width = keys.ncols() / heads;
    for (c, d) in call.outs[0].iter_mut().enumerate() {
        let h = c / width;
        let mut total = 0.0;
        for b in 0..d_scores.nrows() {
            for t in 0..tokens {
                total += (d_scores[[b, h * tokens + t]] * keys[[b * tokens + t, c]]).wide();
            }
        }
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
