//! Matrices seen in another way: reshaped, sliced, side by side. No kernel of their own.

use crate::tape::{Tape, Var};
use crate::view::View;

impl Tape {
    /// The same elements as a matrix of another shape.
    ///
    /// # Panics
    /// Where the matrix has gaps between its rows or another number of elements.
    pub fn reshape(&mut self, x: Var, rows: u32, cols: u32) -> Var {
        let view = self.view(x);
        assert!(view.is_contiguous() && view.len() == rows * cols, "reshape {view:?}");
        let needs_grad = self.needs_grad(x);
        let y = self.var_of(View { rows, cols, stride: cols, ..view }, needs_grad);
        let before = view;
        self.rule1(y, move |tape, grad| {
            let grad = tape.contiguous(grad);
            vec![(x, tape.reshape(grad, before.rows, before.cols))]
        });
        y
    }

    /// `count` columns of a matrix that needs no gradient.
    ///
    /// # Panics
    /// Where it needs one.
    pub fn columns(&mut self, x: Var, first: u32, count: u32) -> Var {
        assert!(!self.needs_grad(x), "a gradient does not flow through columns()");
        self.read_columns(x, first, count)
    }

    /// `count` columns of a matrix, for read-out: no gradient flows back.
    pub fn read_columns(&mut self, x: Var, first: u32, count: u32) -> Var {
        let view = self.view(x).columns(first, count);
        self.var_of(view, false)
    }

    /// A copy without gaps, where there are gaps.
    fn contiguous(&mut self, x: Var) -> Var {
        if self.view(x).is_contiguous() {
            return x;
        }
        let (rows, cols) = (self.rows(x), self.cols(x));
        let copy = self.fresh("contiguous", rows, cols, false);
        self.emit_sum(&[x], copy);
        copy
    }

    /// Matrices with as many rows, side by side.
    ///
    /// # Panics
    /// Where the rows differ.
    pub fn concat(&mut self, parts: &[Var]) -> Var {
        if let [one] = parts {
            return *one;
        }
        let rows = self.rows(parts[0]);
        let cols = parts.iter().map(|&p| self.cols(p)).sum();
        let needs_grad = self.any_needs_grad(parts);
        let whole = self.fresh("concat", rows, cols, needs_grad);
        let mut ranges = Vec::new();
        let mut first = 0;
        for &part in parts {
            assert_eq!(self.rows(part), rows, "rows of concatenated matrices");
            let count = self.cols(part);
            let view = self.view(whole).columns(first, count);
            let slice = self.var_of(view, false);
            self.emit_sum(&[part], slice);
            ranges.push((part, first, count));
            first += count;
        }
        self.rule1(whole, move |tape, grad| {
            ranges
                .iter()
                .map(|&(part, first, count)| {
                    let view = tape.view(grad).columns(first, count);
                    (part, tape.var_of(view, false))
                })
                .collect()
        });
        whole
    }
}
