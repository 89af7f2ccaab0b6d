//! `y = m ⊙ (x − mean)`, the mean of each column over the rows where its mask is 1:
//! `(n,c) → (n,c)`. Centring before a covariance, of the rows that are there (ours).
//! Self-adjoint, so that it is its own backward pass.

use crate::Real;
use crate::kernel::{Call, Task, grid};
use crate::step::Arg;
use crate::tape::{Tape, Var};

kernel! {
    CENTER = "center",
    [read x, read mask, write y], [], columns, cost, reference
}

fn columns(task: &Task) -> [u32; 2] {
    grid::threads(task.places[0].cols)
}

fn cost(task: &Task) -> f64 {
    4.0 * f64::from(task.places[0].len())
}

fn reference<F: Real>(call: &mut Call<'_, F>) {
    let [x, mask] = call.ins else { unreachable!("operands of center") };
    let weight = |i, j| {
        if mask.is_empty() { F::one() } else { mask[[i, j]] }
    };
    for j in 0..x.ncols() {
        let mut total = F::zero();
        let mut sum = F::zero();
        for i in 0..x.nrows() {
            total += weight(i, j);
            sum += weight(i, j) * x[[i, j]];
        }
        let mean = sum / total.max(F::one());
        for i in 0..x.nrows() {
            call.outs[0][[i, j]] = weight(i, j) * (x[[i, j]] - mean);
        }
    }
}

fn emit(tape: &mut Tape, x: Var, mask: Option<Var>, y: Var) {
    let args = vec![tape.arg(x), mask.map_or(Arg::None, |m| tape.arg(m)), tape.arg(y)];
    tape.emit(&CENTER, "center", args, Vec::new());
}

impl Tape {
    /// Columns without their mean; where a mask `(n,c)` is 0, the value does not count and becomes
    /// 0.
    pub fn center(&mut self, x: Var, mask: Option<Var>) -> Var {
        let (rows, cols) = (self.rows(x), self.cols(x));
        let y = self.fresh("centered", rows, cols, self.needs_grad(x));
        emit(self, x, mask, y);
        self.rule1(y, move |tape, grad| {
            let d = tape.fresh("grad", rows, cols, false);
            emit(tape, grad, mask, d);
            vec![(x, d)]
        });
        y
    }
}
