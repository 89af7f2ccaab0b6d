//! Symile's O(N²) loss, really O(N^(M−1)): each row of each modality as anchor, against every
//! combination of rows of the others (Saporta et al. 2024; `"n_squared"` in their package).
//!
//! `ℓ(i₁…i_M) = s Σ_d Π_m r_m[i_m, d]`; the loss of anchor a, row i is
//! `ln Σ_{combinations} e^ℓ − ℓ(i,…,i)`. Combinations are streamed, never stored.

use crate::Real;
use crate::kernel::{Call, Task};
use crate::ops::products::emit_dot;
use crate::step::Arg;
use crate::tape::{Tape, Var};
use ndarray::{Array1, Array2, ArrayView2, Axis};

kernel! {
    FORWARD = "tuples",
    [read x0, read x1, read x2, read x3, read x4, read x5, read x6, read x7, read log_scale,
     write lse, write loss],
    [modalities],
    anchors, cost, forward
}
kernel! {
    BACKWARD = "tuples_grad",
    [read x0, read x1, read x2, read x3, read x4, read x5, read x6, read x7, read log_scale,
     read lse, read grad, write d],
    [modalities, which],
    rows, cost, backward
}

const MOST: usize = 8;
/// Columns of the gradient that a workgroup makes.
const COLUMNS: u32 = 64;

fn anchors(task: &Task) -> [u32; 2] {
    [task.places[0].rows, task.attrs[0]]
}

fn rows(task: &Task) -> [u32; 2] {
    [task.places[0].rows, task.places[0].cols.div_ceil(COLUMNS)]
}

fn cost(task: &Task) -> f64 {
    let x = &task.places[0];
    let m = task.attrs[0];
    f64::from(x.rows).powf(f64::from(m)) * f64::from(x.cols) * f64::from(m)
}

/// A running log-sum-exp.
#[derive(Clone, Copy)]
struct Stream<F> {
    top: F,
    sum: F,
}

impl<F: Real> Stream<F> {
    const fn new(top: F, sum: F) -> Self {
        Self { top, sum }
    }

    fn add(&mut self, other: Self) {
        let top = self.top.max(other.top);
        let part = |s: Self| {
            if s.sum > F::zero() { s.sum * (s.top - top).exp() } else { F::zero() }
        };
        self.sum = part(*self) + part(other);
        self.top = top;
    }

    fn of(values: &mut [F]) -> Self {
        let top = values.iter().fold(F::neg_infinity(), |m, &v| m.max(v));
        for v in values.iter_mut() {
            *v -= top;
        }
        F::exp_all(values);
        Self { top, sum: values.iter().fold(F::zero(), |s, &v| s + v) }
    }
}

/// Calls `body` for every combination of rows of the modalities from the third on, with the
/// elementwise product of those rows.
fn combinations<F: Real>(xs: &[ArrayView2<'_, F>], mut body: impl FnMut(&[usize], &Array1<F>)) {
    let (n, d) = xs[0].dim();
    let mut picked = vec![0; xs.len() - 2];
    loop {
        let mut product = Array1::from_elem(d, F::one());
        for (x, &i) in xs[2..].iter().zip(&picked) {
            product *= &x.row(i);
        }
        body(&picked, &product);
        // Counts up in base n.
        let Some(at) = picked.iter().rposition(|&i| i + 1 < n) else {
            return;
        };
        picked[at] += 1;
        picked[at + 1..].fill(0);
    }
}

/// `s (x₀ ⊙ product) x₁ᵀ`: the logits of one combination of the others.
fn slab<F: Real>(xs: &[ArrayView2<'_, F>], product: &Array1<F>, scale: F) -> Array2<F> {
    (&xs[0] * product * scale).dot(&xs[1].t())
}

fn forward<F: Real>(call: &mut Call<'_, F>) {
    let m = call.count(0);
    let xs = &call.ins[..m];
    let scale = call.ins[8][[0, 0]].exp();
    let n = xs[0].nrows();
    let mut streams = vec![vec![Stream::new(F::neg_infinity(), F::zero()); n]; m];
    combinations(xs, |picked, product| {
        let logits = slab(xs, product, scale);
        for (i, row) in logits.axis_iter(Axis(0)).enumerate() {
            let part = Stream::of(&mut row.to_vec());
            streams[0][i].add(part);
            for (q, &k) in picked.iter().enumerate() {
                streams[q + 2][k].add(part);
            }
        }
        for (j, column) in logits.axis_iter(Axis(1)).enumerate() {
            streams[1][j].add(Stream::of(&mut column.to_vec()));
        }
    });
    for i in 0..n {
        let mut product = xs[0].row(i).to_owned();
        for x in &xs[1..] {
            product *= &x.row(i);
        }
        let positive = scale * product.sum();
        for (a, stream) in streams.iter().enumerate() {
            let lse = stream[i].top + stream[i].sum.ln();
            call.outs[0][[i, a]] = lse;
            call.outs[1][[i, a]] = lse - positive;
        }
    }
}

fn backward<F: Real>(call: &mut Call<'_, F>) {
    let (m, which) = (call.count(0), call.count(1));
    // The wanted modality first, so that it is a side of every slab.
    let mut at: Vec<usize> = (0..m).collect();
    at.swap(0, which);
    let xs: Vec<ArrayView2<'_, F>> = at.iter().map(|&q| call.ins[q].view()).collect();
    let scale = call.ins[8][[0, 0]].exp();
    let (lse, grad) = (&call.ins[9], &call.ins[10]);
    let d = &mut call.outs[0];
    d.fill(F::zero());
    combinations(&xs, |picked, product| {
        let logits = slab(&xs, product, scale);
        let mut weights = Array2::zeros(logits.dim());
        let mut add = |lse_of: &dyn Fn(usize, usize) -> F, g_of: &dyn Fn(usize, usize) -> F| {
            let mut e = logits.clone();
            for ((i, j), v) in e.indexed_iter_mut() {
                *v -= lse_of(i, j);
            }
            if let Some(values) = e.as_slice_mut() {
                F::exp_all(values);
            }
            for ((i, j), w) in weights.indexed_iter_mut() {
                let positive = i == j && picked.iter().all(|&k| k == i);
                let share = if positive { e[[i, j]] - F::one() } else { e[[i, j]] };
                *w += g_of(i, j) * share;
            }
        };
        add(&|i, _| lse[[i, at[0]]], &|i, _| grad[[i, at[0]]]);
        add(&|_, j| lse[[j, at[1]]], &|_, j| grad[[j, at[1]]]);
        for (q, &k) in picked.iter().enumerate() {
            add(&|_, _| lse[[k, at[q + 2]]], &|_, _| grad[[k, at[q + 2]]]);
        }
        let part = weights.dot(&xs[1]) * product * scale;
        d.zip_mut_with(&part, |d, &v| *d += v);
    });
}

impl Tape {
    /// The loss of each row (down) with each modality as anchor (across), against all combinations
    /// of the others' rows: `(n,d)` each `→ (n,modalities)`.
    ///
    /// # Panics
    /// Outside 2 to 8 modalities, or where rows have gaps.
    pub fn contrast_tuples(&mut self, xs: &[Var], log_scale: Var) -> Var {
        assert!((2..=MOST).contains(&xs.len()), "2 to 8 modalities");
        assert!(xs.iter().all(|&x| self.view(x).is_contiguous()), "rows without gaps");
        let (n, m) = (self.rows(xs[0]), xs.len() as u32);
        let lse = self.fresh("lse", n, m, false);
        let loss = self.fresh("loss", n, m, true);
        let mut operands: Vec<Arg> =
            (0..MOST).map(|q| xs.get(q).map_or(Arg::None, |&x| self.arg(x))).collect();
        operands.push(self.arg(log_scale));
        let mut args = operands.clone();
        args.extend([lse, loss].map(|v| self.arg(v)));
        self.emit(&FORWARD, "tuples", args, vec![m]);
        let xs = xs.to_vec();
        self.rule1(loss, move |tape, grad| {
            let mut found = Vec::new();
            for (which, &x) in xs.iter().enumerate() {
                let d = tape.fresh("grad", tape.rows(x), tape.cols(x), false);
                let mut args = operands.clone();
                args.extend([lse, grad, d].map(|v| tape.arg(v)));
                tape.emit(&BACKWARD, "tuples", args, vec![m, which as u32]);
                found.push((x, d));
            }
            if tape.needs_grad(log_scale) {
                let (x, d) = found[0];
                found.push((log_scale, emit_dot(tape, x, d)));
            }
            found
        });
        loss
    }
}
