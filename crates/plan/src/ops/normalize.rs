//! Rows of length one: `y = x / max(‖x‖, 1e-12)`, as `torch.nn.functional.normalize`.

use crate::Real;
use crate::kernel::{Call, Task, grid};
use crate::tape::{Tape, Var};

kernel! {
    FORWARD = "normalize",
    [read x, write y, write norm], [], grid::rows_of_first, cost, forward
}
kernel! {
    BACKWARD = "normalize_grad",
    [read y, read norm, read grad, write d], [], grid::rows_of_first, cost, backward
}

fn cost(task: &Task) -> f64 {
    4.0 * f64::from(task.places[0].len())
}

fn forward<F: Real>(call: &mut Call<'_, F>) {
    let [y, norm] = call.outs else { unreachable!("operands of normalize") };
    for (i, x) in call.ins[0].rows().into_iter().enumerate() {
        let length = x.dot(&x).sqrt().max(F::of(1e-12));
        norm[[i, 0]] = length;
        y.row_mut(i).assign(&x.mapv(|v| v / length));
    }
}

fn backward<F: Real>(call: &mut Call<'_, F>) {
    let [y, norm, grad] = call.ins else { unreachable!("operands of normalize_grad") };
    for (i, mut d) in call.outs[0].rows_mut().into_iter().enumerate() {
        let (y, g) = (y.row(i), grad.row(i));
        let along = y.dot(&g);
        for (j, d) in d.iter_mut().enumerate() {
            *d = (g[j] - y[j] * along) / norm[[i, 0]];
        }
    }
}

impl Tape {
    /// Each row divided by its length: `(n,d) → (n,d)`.
    pub fn normalize(&mut self, x: Var) -> Var {
        let (rows, cols) = (self.rows(x), self.cols(x));
        let y = self.fresh("unit", rows, cols, self.needs_grad(x));
        let norm = self.fresh("norm", rows, 1, false);
        let args = vec![self.arg(x), self.arg(y), self.arg(norm)];
        self.emit(&FORWARD, "normalize", args, Vec::new());
        self.rule1(y, move |tape, grad| {
            let d = tape.fresh("grad", rows, cols, false);
            let args = vec![tape.arg(y), tape.arg(norm), tape.arg(grad), tape.arg(d)];
            tape.emit(&BACKWARD, "normalize", args, Vec::new());
            vec![(x, d)]
        });
        y
    }
}
