//! Mean squared error of each row: `y[i] = (1/d) Σⱼ (x[i,j] − target[i,j])²`: `(n,d) → (n,1)`.
//! HCL's reconstruction (ours).

use crate::Real;
use crate::kernel::{Call, Task, grid};
use crate::tape::{Tape, Var};

kernel! {
    FORWARD = "squared_error",
    [read x, read target, write y], [], grid::rows_of_first, cost, forward
}
kernel! {
    BACKWARD = "squared_error_grad",
    [read x, read target, read grad, write d], [], grid::elements_of_first, cost, backward
}

fn cost(task: &Task) -> f64 {
    3.0 * f64::from(task.places[0].len())
}

fn forward<F: Real>(call: &mut Call<'_, F>) {
    let [x, target] = call.ins else { unreachable!("operands of squared_error") };
    for (i, y) in call.outs[0].iter_mut().enumerate() {
        let total =
            x.row(i).iter().zip(target.row(i)).fold(F::zero(), |s, (&a, &b)| s + (a - b) * (a - b));
        *y = total / F::of(x.ncols() as f64);
    }
}

fn backward<F: Real>(call: &mut Call<'_, F>) {
    let [x, target, grad] = call.ins else { unreachable!("operands of squared_error_grad") };
    let scale = F::of(2.0) / F::of(x.ncols() as f64);
    for ((i, j), d) in call.outs[0].indexed_iter_mut() {
        *d = scale * grad[[i, 0]] * (x[[i, j]] - target[[i, j]]);
    }
}

impl Tape {
    /// Mean squared error of each row against a target that takes no gradient.
    pub fn squared_error(&mut self, x: Var, target: Var) -> Var {
        let (rows, cols) = (self.rows(x), self.cols(x));
        let y = self.fresh("squared_error", rows, 1, self.needs_grad(x));
        let args = [x, target, y].map(|v| self.arg(v)).to_vec();
        self.emit(&FORWARD, "squared_error", args, Vec::new());
        self.rule1(y, move |tape, grad| {
            let d = tape.fresh("grad", rows, cols, false);
            let args = [x, target, grad, d].map(|v| tape.arg(v)).to_vec();
            tape.emit(&BACKWARD, "squared_error", args, Vec::new());
            vec![(x, d)]
        });
        y
    }
}
