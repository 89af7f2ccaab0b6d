//! Layer normalisation (Ba et al. 2016) of each row: `y = (x − mean)/√(var + 1e-5) · γ + β`.

use crate::kernel::{Call, Task, grid};
use crate::ops::column_sum;
use crate::tape::{Tape, Var};
use crate::{Group, Init, Real};

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
    for (i, x) in x.rows().into_iter().enumerate() {
        let mean = x.sum() / d;
        let var = x.fold(F::zero(), |s, &v| s + (v - mean) * (v - mean)) / d;
        let inverse = F::one() / (var + F::of(EPSILON)).sqrt();
        stats[[i, 0]] = mean;
        stats[[i, 1]] = inverse;
        for (j, y) in y.row_mut(i).iter_mut().enumerate() {
            *y = (x[j] - mean) * inverse * gamma[[0, j]] + beta[[0, j]];
        }
    }
}

fn backward<F: Real>(call: &mut Call<'_, F>) {
    let [x, gamma, stats, grad] = call.ins else { unreachable!("operands of layer_norm_grad") };
    let [d, weighted] = call.outs else { unreachable!("operands of layer_norm_grad") };
    let n = F::of(x.ncols() as f64);
    for i in 0..x.nrows() {
        let (mean, inverse) = (stats[[i, 0]], stats[[i, 1]]);
        let (mut sum, mut along) = (F::zero(), F::zero());
        for j in 0..x.ncols() {
            let hat = (x[[i, j]] - mean) * inverse;
            let g = grad[[i, j]] * gamma[[0, j]];
            weighted[[i, j]] = grad[[i, j]] * hat;
            sum += g;
            along += g * hat;
        }
        for j in 0..x.ncols() {
            let hat = (x[[i, j]] - mean) * inverse;
            let g = grad[[i, j]] * gamma[[0, j]];
            d[[i, j]] = inverse * (g - sum / n - hat * along / n);
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
