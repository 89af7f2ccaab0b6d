//! Mean over the rows whose mask is 1 (at least one row is counted): `(n,c) → (1,1)`.

use crate::Real;
use crate::kernel::{Call, Task, grid};
use crate::step::Arg;
use crate::tape::{Tape, Var};

kernel! {
    FORWARD = "masked_mean",
    [read x, read mask, write y], [], grid::one, cost, forward
}
kernel! {
    BACKWARD = "masked_mean_grad",
    [read mask, read grad, write d], [], back_grid, cost, backward
}

fn back_grid(task: &Task) -> [u32; 2] {
    grid::threads(task.places[2].rows)
}

fn cost(task: &Task) -> f64 {
    2.0 * f64::from(task.places[0].len())
}

fn counted<F: Real>(mask: &ndarray::ArrayView2<'_, F>, rows: usize) -> F {
    if mask.is_empty() { F::of(rows as f64) } else { mask.sum().max(F::one()) }
}

fn forward<F: Real>(call: &mut Call<'_, F>) {
    let [x, mask] = call.ins else { unreachable!("operands of masked_mean") };
    let mut total = 0.0;
    for (i, row) in x.rows().into_iter().enumerate() {
        // Not a product: what is masked may be infinite.
        if mask.is_empty() || mask[[i, 0]] > F::zero() {
            total += row.iter().map(|v| v.wide()).sum::<f64>();
        }
    }
    let count = counted(mask, x.nrows()) * F::of(x.ncols() as f64);
    call.outs[0][[0, 0]] = F::of(total) / count;
}

fn backward<F: Real>(call: &mut Call<'_, F>) {
    let [mask, grad] = call.ins else { unreachable!("operands of masked_mean_grad") };
    let d = &mut call.outs[0];
    let share = grad[[0, 0]] / (counted(mask, d.nrows()) * F::of(d.ncols() as f64));
    for (i, mut row) in d.rows_mut().into_iter().enumerate() {
        row.fill(if mask.is_empty() { share } else { share * mask[[i, 0]] });
    }
}

impl Tape {
    /// Mean of `x` over the rows whose mask `(n,1)` is 1, or over all: `(n,c) → (1,1)`.
    pub fn mean(&mut self, x: Var, mask: Option<Var>) -> Var {
        let (rows, cols) = (self.rows(x), self.cols(x));
        let y = self.fresh("mean", 1, 1, self.needs_grad(x));
        let masked = mask.map_or(Arg::None, |m| self.arg(m));
        let args = vec![self.arg(x), masked, self.arg(y)];
        self.emit(&FORWARD, "mean", args, Vec::new());
        self.rule1(y, move |tape, grad| {
            let d = tape.fresh("grad", rows, cols, false);
            let args = vec![masked, tape.arg(grad), tape.arg(d)];
            tape.emit(&BACKWARD, "mean", args, Vec::new());
            vec![(x, d)]
        });
        y
    }
}
