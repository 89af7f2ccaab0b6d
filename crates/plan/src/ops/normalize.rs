//! Rows of length one: `y = x / max(‖x‖, 1e-12)`, as `torch.nn.functional.normalize`.

use crate::kernel::{Call, Task, grid};
use crate::step::Arg;
use crate::tape::{Tape, Var};
use crate::{Real, lanes};

kernel! {
    FORWARD = "normalize",
    [read x, write y, write norm], [], grid::rows_of_first, cost, forward
}
kernel! {
    BACKWARD = "normalize_grad",
    [read y, read norm,
     read g0, read g1, read g2, read g3, read g4, read g5, read g6, read g7, write d], [],
    grid::rows_of_first, cost, backward
}

/// Where the gradients of `y` stand, which are added up: one, but for what [`fuse`](crate::fuse) brings.
pub(crate) const GRADS: std::ops::Range<usize> = 2..10;

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
    let [y, norm, grads @ ..] = call.ins else { unreachable!("operands of normalize_grad") };
    for (i, d) in lanes::rows_mut(&mut call.outs[0]).enumerate() {
        d.fill(F::zero());
        for grad in grads.iter().filter(|grad| !grad.is_empty()) {
            lanes::add_scaled(d, F::one(), lanes::row(grad.row(i)));
        }
        let y = lanes::row(y.row(i));
        let (along, norm) = (lanes::dot(y, d), norm[[i, 0]]);
        d.iter_mut().zip(y).for_each(|(d, &y)| *d = (*d - y * along) / norm);
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
            let mut args = vec![tape.arg(y), tape.arg(norm), tape.arg(grad)];
            args.resize(GRADS.end, Arg::None);
            args.push(tape.arg(d));
            tape.emit(&BACKWARD, "normalize", args, Vec::new());
            vec![(x, d)]
        });
        y
    }
}
