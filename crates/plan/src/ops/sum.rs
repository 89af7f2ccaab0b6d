//! `y = Σ cᵢ xᵢ` of up to eight matrices of one shape; with one, a copy. An input of one row is
//! added to every row.

use crate::kernel::{Call, Task, grid, word};
use crate::ops::column_sum;
use crate::step::Arg;
use crate::tape::{Tape, Var};
use crate::{Real, lanes};

kernel! {
    SUM = "sum",
    [write y, read x0, read x1, read x2, read x3, read x4, read x5, read x6, read x7],
    [c0, c1, c2, c3, c4, c5, c6, c7],
    grid::elements_of_first, cost, reference
}

const MOST: usize = 8;

fn cost(task: &Task) -> f64 {
    let terms = task.places[1..].iter().filter(|p| !p.is_empty()).count();
    2.0 * terms as f64 * f64::from(task.places[0].len())
}

fn reference<F: Real>(call: &mut Call<'_, F>) {
    for (i, y) in lanes::rows_mut(&mut call.outs[0]).enumerate() {
        y.fill(F::zero());
        for (term, x) in call.ins.iter().enumerate().filter(|(_, x)| !x.is_empty()) {
            let c = F::of(f64::from(f32::from_bits(call.attrs[term])));
            // The one row of a bias is added to every row.
            lanes::add_scaled(y, c, lanes::row(x.row(if x.nrows() == 1 { 0 } else { i })));
        }
    }
}

impl Tape {
    /// `Σ cᵢ xᵢ`; inputs of one row are added to every row.
    pub fn sum(&mut self, terms: &[(Var, f64)]) -> Var {
        let (rows, cols) =
            terms.iter().fold((0, 0), |(r, c), &(x, _)| (r.max(self.rows(x)), c.max(self.cols(x))));
        let inputs: Vec<Var> = terms.iter().map(|&(x, _)| x).collect();
        let needs_grad = self.any_needs_grad(&inputs);
        let y = self.fresh("sum", rows, cols, needs_grad);
        self.emit_weighted_sum(terms, y);
        let terms = terms.to_vec();
        self.rule1(y, move |tape, grad| {
            let mut found = Vec::new();
            for &(x, c) in &terms {
                if !tape.needs_grad(x) {
                    continue;
                }
                let down = if tape.rows(x) == 1 && rows > 1 {
                    column_sum::emit(tape, grad, None)
                } else {
                    grad
                };
                #[allow(clippy::float_cmp, reason = "exactly one needs no scaling")]
                let scaled = if c == 1.0 {
                    down
                } else {
                    let scaled = tape.fresh("grad", tape.rows(x), cols, false);
                    tape.emit_weighted_sum(&[(down, c)], scaled);
                    scaled
                };
                found.push((x, scaled));
            }
            found
        });
        y
    }

    /// One row as `rows` equal rows.
    pub fn broadcast(&mut self, row: Var, rows: u32) -> Var {
        let cols = self.cols(row);
        let y = self.fresh("broadcast", rows, cols, self.needs_grad(row));
        self.emit_weighted_sum(&[(row, 1.0)], y);
        self.rule1(y, move |tape, grad| vec![(row, column_sum::emit(tape, grad, None))]);
        y
    }

    /// Emits `y = Σ xᵢ`.
    pub(crate) fn emit_sum(&mut self, inputs: &[Var], y: Var) {
        let terms: Vec<(Var, f64)> = inputs.iter().map(|&x| (x, 1.0)).collect();
        self.emit_weighted_sum(&terms, y);
    }

    fn emit_weighted_sum(&mut self, terms: &[(Var, f64)], y: Var) {
        if terms.len() > MOST {
            // The first eight into one, then on with the rest.
            let (head, tail) = terms.split_at(MOST);
            let part = self.fresh("part", self.rows(y), self.cols(y), false);
            self.emit_weighted_sum(head, part);
            let mut rest = vec![(part, 1.0)];
            rest.extend_from_slice(tail);
            self.emit_weighted_sum(&rest, y);
            return;
        }
        let mut args = vec![self.arg(y)];
        let mut attrs = Vec::new();
        for i in 0..MOST {
            args.push(terms.get(i).map_or(Arg::None, |&(x, _)| self.arg(x)));
            attrs.push(terms.get(i).map_or(0, |&(_, c)| word(c)));
        }
        self.emit(&SUM, "sum", args, attrs);
    }
}
