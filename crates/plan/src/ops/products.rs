//! Products element by element: `dot` `Σ a⊙b` `(1,1)`, `row_dot` `(n,1)`, `scale_rows`
//! `x[i,·]·w[i]`, and `divide` `a / max(b, 1)` by counts. Their backward passes are the product rule.

use crate::kernel::{Call, Task, grid};
use crate::tape::{Tape, Var};
use crate::{Real, lanes};
use ndarray::Zip;

kernel! { DOT = "dot", [read a, read b, write y], [], grid::one, cost, dot }
kernel! { ROW_DOT = "row_dot", [read a, read b, write y], [], grid::rows_of_first, cost, row_dot }
kernel! {
    SCALE_ROWS = "scale_rows",
    [read x, read w, write y], [], grid::elements_of_first, cost, scale_rows
}
kernel! { DIVIDE = "divide", [read a, read b, write y], [], grid::elements_of_first, cost, divide }

fn cost(task: &Task) -> f64 {
    2.0 * f64::from(task.places[0].len())
}

/// Products that are added up as they are.
const CHUNK: usize = 256;

fn dot<F: Real>(call: &mut Call<'_, F>) {
    let (a, b) = (lanes::rows(&call.ins[0]), lanes::rows(&call.ins[1]));
    // Between chunks in f64: a row may hold every weight.
    let of_row = |(a, b): (&[F], &[F])| -> f64 {
        a.chunks(CHUNK).zip(b.chunks(CHUNK)).map(|(a, b)| lanes::dot(a, b).wide()).sum()
    };
    let total: f64 = a.zip(b).map(of_row).sum();
    call.outs[0][[0, 0]] = F::of(total);
}

fn row_dot<F: Real>(call: &mut Call<'_, F>) {
    for (i, y) in call.outs[0].iter_mut().enumerate() {
        *y = lanes::dot(lanes::row(call.ins[0].row(i)), lanes::row(call.ins[1].row(i)));
    }
}

fn scale_rows<F: Real>(call: &mut Call<'_, F>) {
    let both = lanes::rows_mut(&mut call.outs[0]).zip(lanes::rows(&call.ins[0]));
    for ((y, x), &w) in both.zip(call.ins[1].column(0)) {
        y.iter_mut().zip(x).for_each(|(y, &x)| *y = x * w);
    }
}

fn divide<F: Real>(call: &mut Call<'_, F>) {
    Zip::from(&mut call.outs[0])
        .and(&call.ins[0])
        .and(&call.ins[1])
        .for_each(|y, &a, &b| *y = a / b.max(F::one()));
}

fn emit(tape: &mut Tape, kernel: &'static crate::Kernel, a: Var, b: Var, y: Var) -> Var {
    let args = vec![tape.arg(a), tape.arg(b), tape.arg(y)];
    tape.emit(kernel, kernel.name, args, Vec::new());
    y
}

/// Emits `Σ a⊙b`.
pub(crate) fn emit_dot(tape: &mut Tape, a: Var, b: Var) -> Var {
    let y = tape.fresh("dot", 1, 1, false);
    emit(tape, &DOT, a, b, y)
}

fn emit_scale_rows(tape: &mut Tape, x: Var, w: Var) -> Var {
    let y = tape.fresh("scaled", tape.rows(x), tape.cols(x), false);
    emit(tape, &SCALE_ROWS, x, w, y)
}

impl Tape {
    /// Inner product of each row of `a` with the same row of `b`: `(n,d),(n,d) → (n,1)`.
    pub fn row_dot(&mut self, a: Var, b: Var) -> Var {
        let needs_grad = self.any_needs_grad(&[a, b]);
        let y = self.fresh("row_dot", self.rows(a), 1, needs_grad);
        emit(self, &ROW_DOT, a, b, y);
        self.rule1(y, move |tape, grad| {
            let mut found = Vec::new();
            for (x, other) in [(a, b), (b, a)] {
                if tape.needs_grad(x) {
                    found.push((x, emit_scale_rows(tape, other, grad)));
                }
            }
            found
        });
        y
    }

    /// Each row of `x` times its weight: `(n,d),(n,1) → (n,d)`. The weights take no gradient.
    ///
    /// # Panics
    /// Where the weights need one.
    pub fn scale_rows(&mut self, x: Var, weights: Var) -> Var {
        assert!(!self.needs_grad(weights), "row weights take no gradient");
        let y = self.fresh("scaled", self.rows(x), self.cols(x), self.needs_grad(x));
        emit(self, &SCALE_ROWS, x, weights, y);
        self.rule1(y, move |tape, grad| vec![(x, emit_scale_rows(tape, grad, weights))]);
        y
    }

    /// `a / max(counts, 1)`, element by element. The counts take no gradient.
    ///
    /// # Panics
    /// Where the counts need one.
    pub fn divide(&mut self, a: Var, counts: Var) -> Var {
        assert!(!self.needs_grad(counts), "counts take no gradient");
        let y = self.fresh("quotient", self.rows(a), self.cols(a), self.needs_grad(a));
        emit(self, &DIVIDE, a, counts, y);
        self.rule1(y, move |tape, grad| {
            let d = tape.fresh("grad", tape.rows(a), tape.cols(a), false);
            vec![(a, emit(tape, &DIVIDE, grad, counts, d))]
        });
        y
    }
}
