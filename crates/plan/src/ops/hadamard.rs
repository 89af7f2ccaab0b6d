//! Products of rows of up to eight matrices, each in its own order:
//! `y[j] = ⊙_q x_q[π_q(j)]`: `(n,d)… → (n,d)`. Symile's combinations of the other modalities (the factors
//! of the multilinear inner product, Saporta et al. 2024, without the anchor's).

use crate::Real;
use crate::kernel::{Call, Task, grid};
use crate::step::Arg;
use crate::tape::{Tape, Var};
use ndarray::ArrayView2;

kernel! {
    FORWARD = "hadamard",
    [read order, read x0, read x1, read x2, read x3, read x4, read x5, read x6, read x7, write y],
    [p0, p1, p2, p3, p4, p5, p6, p7],
    forward_grid, cost, forward
}
kernel! {
    BACKWARD = "hadamard_grad",
    [read order, read x0, read x1, read x2, read x3, read x4, read x5, read x6, read x7, read grad,
     write d],
    [p0, p1, p2, p3, p4, p5, p6, p7, which],
    backward_grid, cost, backward
}

const MOST: usize = 8;
/// Column of `order` that means: in the order given.
pub(crate) const IDENTITY: u32 = u32::MAX;

fn forward_grid(task: &Task) -> [u32; 2] {
    grid::threads(task.places[9].len())
}

fn backward_grid(task: &Task) -> [u32; 2] {
    grid::threads(task.places[10].len())
}

fn cost(task: &Task) -> f64 {
    let inputs = task.places[1..9].iter().filter(|p| !p.is_empty()).count();
    inputs as f64 * f64::from(task.places[1].len())
}

/// Row that position `j` takes from the input with permutation `p`.
fn row<F: Real>(order: &ArrayView2<'_, F>, p: u32, j: usize) -> usize {
    if p == IDENTITY { j } else { order[[j, p as usize]].wide() as usize }
}

fn forward<F: Real>(call: &mut Call<'_, F>) {
    let order = &call.ins[0];
    for (j, mut y) in call.outs[0].rows_mut().into_iter().enumerate() {
        y.fill(F::one());
        for (x, &p) in call.ins[1..9].iter().zip(call.attrs).filter(|(x, _)| !x.is_empty()) {
            y *= &x.row(row(order, p, j));
        }
    }
}

fn backward<F: Real>(call: &mut Call<'_, F>) {
    let (order, grad) = (&call.ins[0], &call.ins[9]);
    let which = call.count(8);
    for (j, g) in grad.rows().into_iter().enumerate() {
        // A permutation: no two positions write the same row.
        let mut d = call.outs[0].row_mut(row(order, call.attrs[which], j));
        d.assign(&g);
        for (q, (x, &p)) in call.ins[1..9].iter().zip(call.attrs).enumerate() {
            if q != which && !x.is_empty() {
                d *= &x.row(row(order, p, j));
            }
        }
    }
}

impl Tape {
    /// The product of the factors, row by row. A factor is a matrix `(n,d)` and, where its rows are
    /// taken in another order, the column of `order` `(n,…)` that holds the permutation.
    ///
    /// # Panics
    /// Beyond eight factors.
    pub fn hadamard(&mut self, order: Option<Var>, factors: &[(Var, Option<u32>)]) -> Var {
        assert!(factors.len() <= MOST, "a product has at most eight factors");
        let (rows, cols) = (self.rows(factors[0].0), self.cols(factors[0].0));
        let inputs: Vec<Var> = factors.iter().map(|f| f.0).collect();
        let needs_grad = self.any_needs_grad(&inputs);
        let y = self.fresh("combined", rows, cols, needs_grad);
        let mut args = vec![order.map_or(Arg::None, |o| self.arg(o))];
        let mut attrs = Vec::new();
        for q in 0..MOST {
            args.push(factors.get(q).map_or(Arg::None, |f| self.arg(f.0)));
            attrs.push(factors.get(q).and_then(|f| f.1).unwrap_or(IDENTITY));
        }
        let operands = args.clone();
        args.push(self.arg(y));
        self.emit(&FORWARD, "combined", args, attrs.clone());
        self.rule1(y, move |tape, grad| {
            let mut found = Vec::new();
            for (which, &x) in inputs.iter().enumerate() {
                if !tape.needs_grad(x) {
                    continue;
                }
                let d = tape.fresh("grad", rows, cols, false);
                let mut args = operands.clone();
                args.extend([grad, d].map(|v| tape.arg(v)));
                let mut attrs = attrs.clone();
                attrs.push(which as u32);
                tape.emit(&BACKWARD, "combined", args, attrs);
                found.push((x, d));
            }
            found
        });
        y
    }
}
