//! Batch normalisation (Ioffe & Szegedy 2015) of each column, over each of `groups` equal runs of
//! rows by itself (the two views of a batch). Rows whose mask is 0 do not count.
//!
//! Training uses the statistics of the batch and tracks their running mean (momentum 0.1);
//! read-out uses the running ones, so that an embedding does not depend on its neighbours.

use crate::kernel::{Call, Task, grid};
use crate::ops::column_sum;
use crate::step::Arg;
use crate::tape::{Tape, Var};
use crate::{Group, Init, Real, lanes};

kernel! {
    FORWARD = "batch_norm",
    [read x, read gamma, read beta, read mask, write y, write mean, write inverse], [],
    columns, cost, forward
}
kernel! {
    BACKWARD = "batch_norm_grad",
    [read x, read gamma, read mask, read mean, read inverse, read grad,
     write d, write d_gamma, write d_beta], [],
    columns_back, cost, backward
}
kernel! {
    TRACK = "batch_norm_track",
    [read mean, read inverse, update running_mean, update running_var], [],
    track_grid, cost, track
}
kernel! {
    APPLY = "batch_norm_apply",
    [read x, read gamma, read beta, read running_mean, read running_var, write y], [],
    grid::elements_of_first, cost, apply
}

const EPSILON: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

fn columns(task: &Task) -> [u32; 2] {
    grid::threads(task.places[5].len())
}

fn columns_back(task: &Task) -> [u32; 2] {
    grid::threads(task.places[3].len())
}

fn track_grid(task: &Task) -> [u32; 2] {
    grid::threads(task.places[0].cols)
}

fn cost(task: &Task) -> f64 {
    8.0 * f64::from(task.places[0].len())
}

/// Weight of each row of a group, and their sum (at least one).
fn weights<F: Real>(
    mask: &ndarray::ArrayView2<'_, F>,
    rows: std::ops::Range<usize>,
) -> (Vec<F>, F) {
    let weights: Vec<F> =
        rows.map(|i| if mask.is_empty() { F::one() } else { mask[[i, 0]] }).collect();
    let total = weights.iter().fold(F::zero(), |s, &w| s + w).max(F::one());
    (weights, total)
}

fn forward<F: Real>(call: &mut Call<'_, F>) {
    let [x, gamma, beta, mask] = call.ins else { unreachable!("operands of batch_norm") };
    let [y, mean, inverse] = call.outs else { unreachable!("operands of batch_norm") };
    let size = x.nrows() / mean.nrows();
    let (gamma, beta) = (lanes::row(gamma.row(0)), lanes::row(beta.row(0)));
    for g in 0..mean.nrows() {
        let rows = g * size..(g + 1) * size;
        let (w, total) = weights(mask, rows.clone());
        let x = || lanes::rows(x).skip(g * size).take(size);
        let mu = lanes::row_mut(mean, g);
        mu.fill(F::zero());
        for (x, &w) in x().zip(&w) {
            lanes::add_scaled(mu, w / total, x);
        }
        // First the variance, then what is made of it.
        let inv = lanes::row_mut(inverse, g);
        inv.fill(F::zero());
        for (x, &w) in x().zip(&w) {
            let share = w / total;
            for (var, (&x, &mu)) in inv.iter_mut().zip(x.iter().zip(mu.iter())) {
                *var += share * (x - mu) * (x - mu);
            }
        }
        for v in inv.iter_mut() {
            *v = F::one() / (*v + F::of(EPSILON)).sqrt();
        }
        for (i, x) in rows.zip(x()) {
            let learned = gamma.iter().zip(beta);
            let terms = x.iter().zip(mu.iter().zip(inv.iter())).zip(learned);
            for (y, ((&x, (&mu, &inv)), (&gamma, &beta))) in
                lanes::row_mut(y, i).iter_mut().zip(terms)
            {
                *y = (x - mu) * inv * gamma + beta;
            }
        }
    }
}

fn backward<F: Real>(call: &mut Call<'_, F>) {
    let [x, gamma, mask, mean, inverse, grad] = call.ins else {
        unreachable!("operands of batch_norm_grad")
    };
    let [d, d_gamma, d_beta] = call.outs else { unreachable!("operands of batch_norm_grad") };
    let size = x.nrows() / mean.nrows();
    let gamma = lanes::row(gamma.row(0));
    let mut hat = vec![F::zero(); x.ncols()];
    for g in 0..mean.nrows() {
        let rows = g * size..(g + 1) * size;
        let (w, total) = weights(mask, rows.clone());
        let both =
            || lanes::rows(x).skip(g * size).take(size).zip(lanes::rows(grad).skip(g * size));
        let (mu, inv) = (lanes::row(mean.row(g)), lanes::row(inverse.row(g)));
        let (sum, along) = (lanes::row_mut(d_beta, g), lanes::row_mut(d_gamma, g));
        sum.fill(F::zero());
        along.fill(F::zero());
        for (x, grad) in both() {
            let here = grad.iter().zip(x).zip(mu.iter().zip(inv));
            for ((sum, along), ((&g, &x), (&mu, &inv))) in
                sum.iter_mut().zip(along.iter_mut()).zip(here)
            {
                *sum += g;
                *along += g * (x - mu) * inv;
            }
        }
        for ((i, &w), (x, grad)) in rows.zip(&w).zip(both()) {
            for (hat, (&x, (&mu, &inv))) in hat.iter_mut().zip(x.iter().zip(mu.iter().zip(inv))) {
                *hat = (x - mu) * inv;
            }
            // Rows that do not count towards the statistics get no gradient through them.
            let share = w / total;
            let sums = sum.iter().zip(along.iter()).zip(&hat);
            let outer = grad.iter().zip(gamma.iter().zip(inv));
            for (d, ((&g, (&gamma, &inv)), ((&sum, &along), &hat))) in
                lanes::row_mut(d, i).iter_mut().zip(outer.zip(sums))
            {
                *d = gamma * inv * (g - share * (sum + hat * along));
            }
        }
    }
}

fn track<F: Real>(call: &mut Call<'_, F>) {
    let [mean, inverse] = call.ins else { unreachable!("operands of batch_norm_track") };
    let [running_mean, running_var] = call.outs else {
        unreachable!("operands of batch_norm_track")
    };
    let (new, old) = (F::of(MOMENTUM), F::of(1.0 - MOMENTUM));
    for g in 0..mean.nrows() {
        for j in 0..mean.ncols() {
            let var = F::one() / (inverse[[g, j]] * inverse[[g, j]]) - F::of(EPSILON);
            running_mean[[0, j]] = old * running_mean[[0, j]] + new * mean[[g, j]];
            running_var[[0, j]] = old * running_var[[0, j]] + new * var;
        }
    }
}

fn apply<F: Real>(call: &mut Call<'_, F>) {
    let [x, gamma, beta, mean, var] = call.ins else {
        unreachable!("operands of batch_norm_apply")
    };
    for ((i, j), y) in call.outs[0].indexed_iter_mut() {
        let hat = (x[[i, j]] - mean[[0, j]]) / (var[[0, j]].max(F::zero()) + F::of(EPSILON)).sqrt();
        *y = hat * gamma[[0, j]] + beta[[0, j]];
    }
}

/// What a batch normalisation normalises by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistics {
    /// Those of the batch, tracked.
    Train,
    /// Those of the batch.
    Batch,
    /// The running ones.
    Running,
}

impl Tape {
    /// Batch normalisation with parameters `<name>.gamma`, `<name>.beta` and tracked statistics:
    /// `(groups·n, d) → (groups·n, d)`, mask `(groups·n, 1)` or none.
    pub fn batch_norm(
        &mut self,
        name: &str,
        x: Var,
        groups: u32,
        mask: Option<Var>,
        statistics: Statistics,
    ) -> Var {
        let (rows, cols) = (self.rows(x), self.cols(x));
        let param = |tape: &mut Self, what: &str, group, value| {
            tape.param(&format!("{name}.{what}"), 1, cols, group, Init::Constant(value))
        };
        let gamma = param(self, "gamma", Group::Vector, 1.0);
        let beta = param(self, "beta", Group::Vector, 0.0);
        let running_mean = param(self, "running_mean", Group::Statistic, 0.0);
        let running_var = param(self, "running_var", Group::Statistic, 1.0);
        let y = self.fresh("normed", rows, cols, true);
        if statistics == Statistics::Running {
            let args = [x, gamma, beta, running_mean, running_var, y].map(|v| self.arg(v)).to_vec();
            self.emit(&APPLY, "batch_norm", args, Vec::new());
            return y;
        }
        let mean = self.fresh("mean", groups, cols, false);
        let inverse = self.fresh("inverse", groups, cols, false);
        let masked = mask.map_or(Arg::None, |m| self.arg(m));
        let mut args = vec![self.arg(x), self.arg(gamma), self.arg(beta), masked];
        args.extend([y, mean, inverse].map(|v| self.arg(v)));
        self.emit(&FORWARD, "batch_norm", args, Vec::new());
        if statistics == Statistics::Train {
            let args = [mean, inverse, running_mean, running_var].map(|v| self.arg(v)).to_vec();
            self.emit(&TRACK, "batch_norm", args, Vec::new());
        }
        self.rule1(y, move |tape, grad| {
            let d = tape.fresh("grad", rows, cols, false);
            let d_gamma = tape.fresh("d_gamma", groups, cols, false);
            let d_beta = tape.fresh("d_beta", groups, cols, false);
            let mut args = vec![tape.arg(x), tape.arg(gamma), masked];
            args.extend([mean, inverse, grad, d, d_gamma, d_beta].map(|v| tape.arg(v)));
            tape.emit(&BACKWARD, "batch_norm", args, Vec::new());
            let [d_gamma, d_beta] = [d_gamma, d_beta].map(|v| column_sum::emit(tape, v, None));
            vec![(x, d), (gamma, d_gamma), (beta, d_beta)]
        });
        y
    }
}
