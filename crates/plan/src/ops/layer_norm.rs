//! Layer normalisation (Ba et al. 2016) of each row: `y = (x − mean)/√(var + 1e-5) · γ + β`.

use crate::kernel::{Call, Task, grid};
use crate::ops::column_sum;
use crate::tape::{Tape, Var};
use crate::{Group, Init, Real, lanes};

kernel! {
    FORWARD = "layer_norm",
    [read x, read gamma, read beta, write y, write stats], [],
    grid::rows_of_first, cost, forward
}
kernel! {
    BACKWARD = "layer_norm_grad",
    [read x, read gamma, read stats, read grad, write d, write weighted], [],
    grid::rows_of_first, cost, backward
}

/// As `PyTorch`'s default.
const EPSILON: f64 = 1e-5;

fn cost(task: &Task) -> f64 {
    10.0 * f64::from(task.places[0].len())
}

fn forward<F: Real>(call: &mut Call<'_, F>) {
    let [x, gamma, beta] = call.ins else { unreachable!("operands of layer_norm") };
    let [y, stats] = call.outs else { unreachable!("operands of layer_norm") };
    let d = F::of(x.ncols() as f64);
    let (gamma, beta) = (lanes::row(gamma.row(0)), lanes::row(beta.row(0)));
    for ((i, x), y) in lanes::rows(x).enumerate().zip(lanes::rows_mut(y)) {
        let mean = lanes::sum(x) / d;
        y.iter_mut().zip(x).for_each(|(centered, &x)| *centered = x - mean);
        let var = lanes::dot(y, y) / d;
        let inverse = F::one() / (var + F::of(EPSILON)).sqrt();
        stats[[i, 0]] = mean;
        stats[[i, 1]] = inverse;
        for (y, (&gamma, &beta)) in y.iter_mut().zip(gamma.iter().zip(beta)) {
            *y = *y * inverse * gamma + beta;
        }
    }
}

fn backward<F: Real>(call: &mut Call<'_, F>) {
    let [x, gamma, stats, grad] = call.ins else { unreachable!("operands of layer_norm_grad") };
    let [d, weighted] = call.outs else { unreachable!("operands of layer_norm_grad") };
    let n = F::of(x.ncols() as f64);
    let gamma = lanes::row(gamma.row(0));
    let (mut hat, mut scaled) = (vec![F::zero(); x.ncols()], vec![F::zero(); x.ncols()]);
    for (i, (x, grad)) in lanes::rows(x).zip(lanes::rows(grad)).enumerate() {
        let (mean, inverse) = (stats[[i, 0]], stats[[i, 1]]);
        hat.iter_mut().zip(x).for_each(|(hat, &x)| *hat = (x - mean) * inverse);
        scaled.iter_mut().zip(grad.iter().zip(gamma)).for_each(|(s, (&g, &gamma))| *s = g * gamma);
        let (sum, along) = (lanes::sum(&scaled) / n, lanes::dot(&scaled, &hat) / n);
        for (w, (&g, &hat)) in lanes::row_mut(weighted, i).iter_mut().zip(grad.iter().zip(&hat)) {
            *w = g * hat;
        }
        for (d, (&g, &hat)) in lanes::row_mut(d, i).iter_mut().zip(scaled.iter().zip(&hat)) {
            *d = inverse * (g - sum - hat * along);
        }
    }
}

impl Tape {
    /// Layer normalisation with parameters `<name>.gamma` and `<name>.beta`: `(n,d) → (n,d)`.
    pub fn layer_norm(&mut self, name: &str, x: Var) -> Var {
        let (rows, cols) = (self.rows(x), self.cols(x));
        let gamma =
            self.param(&format!("{name}.gamma"), 1, cols, Group::Vector, Init::Constant(1.0));
        let beta = self.param(&format!("{name}.beta"), 1, cols, Group::Vector, Init::Constant(0.0));
        let y = self.fresh("normed", rows, cols, true);
        let stats = self.fresh("stats", rows, 2, false);
        let args = vec![self.arg(x), self.arg(gamma), self.arg(beta), self.arg(y), self.arg(stats)];
        self.emit(&FORWARD, "layer_norm", args, Vec::new());
        self.rule1(y, move |tape, grad| {
            let d = tape.fresh("grad", rows, cols, false);
            let weighted = tape.fresh("weighted", rows, cols, false);
            let args = [x, gamma, stats, grad, d, weighted].map(|v| tape.arg(v)).to_vec();
            tape.emit(&BACKWARD, "layer_norm", args, Vec::new());
            vec![
                (x, d),
                (gamma, column_sum::emit(tape, weighted, None)),
                (beta, column_sum::emit(tape, grad, None)),
            ]
        });
        y
    }
}
