//! `c = act(a·b / divisor + bias)`, either side transposed: `(m,k)·(k,n) → (m,n)`.
//!
//! `bias` `(1,n)` may be left out. Activations of a layer are those whose derivative can be told from
//! their value, so that nothing else has to be kept for the backward pass. Others come from
//! [`fuse`](crate::fuse): `act` from [`CURVE`] on is a [`Curve`], with `before` for what it is
//! taken of; and where there is a `gate`, the product is multiplied by the slope of the curve
//! `gate_curve` at it. [`ROWS`] is the same of some rows of a table.

use crate::kernel::{Call, Task};
use crate::ops::{activation, column_sum};
use crate::step::Arg;
use crate::tape::{Tape, Var};
use crate::{Curve, Group, Init, Real, lanes};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2};

kernel! {
    MATMUL = "matmul",
    [read a, read b, read bias, read gate, write c, write before],
    [transpose_a, transpose_b, divisor, act, gate_curve],
    grid, flops, reference
}

kernel! {
    ROWS = "matmul_rows",
    [table source, read index, read b, read bias, write c, write before],
    [act],
    grid_rows, flops_rows, reference_rows
}

/// Positions of operands, for those who fuse.
pub(crate) const GATE: usize = 3;
pub(crate) const C: usize = 4;
pub(crate) const BEFORE: usize = 5;
/// Positions of attributes.
pub(crate) const ACT: usize = 3;
pub(crate) const GATE_CURVE: usize = 4;
/// The first word of `act` that is a curve.
pub(crate) const CURVE: u32 = 3;

/// Rows and columns of `c` that a workgroup makes.
const TILE: u32 = 32;

fn grid(task: &Task) -> [u32; 2] {
    let c = &task.places[C];
    [c.cols.div_ceil(TILE), c.rows.div_ceil(TILE)]
}

fn grid_rows(task: &Task) -> [u32; 2] {
    let c = &task.places[4];
    [c.cols.div_ceil(TILE), c.rows.div_ceil(TILE)]
}

fn flops_rows(task: &Task) -> f64 {
    let (b, c) = (&task.places[2], &task.places[4]);
    2.0 * f64::from(b.rows) * f64::from(c.rows) * f64::from(c.cols)
}

fn flops(task: &Task) -> f64 {
    let (a, c) = (&task.places[0], &task.places[C]);
    let k = if task.attrs[0] == 0 { a.cols } else { a.rows };
    2.0 * f64::from(k) * f64::from(c.rows) * f64::from(c.cols)
}

fn reference<F: Real>(call: &mut Call<'_, F>) {
    let [a, b, bias, gate] = call.ins else { unreachable!("operands of matmul") };
    let a = if call.attrs[0] == 0 { a.view() } else { a.t() };
    let b = if call.attrs[1] == 0 { b.view() } else { b.t() };
    let gate_curve = call.count(GATE_CURVE);
    let scale = F::one() / F::of(f64::from(call.attrs[2]));
    // What is written and left out is not there at all.
    let [c, before @ ..] = call.outs else { unreachable!("operands of matmul") };
    general_mat_mul(scale, &a, &b, F::zero(), c);
    add_bias(c, bias);
    for before in before {
        before.assign(c);
    }
    if !gate.is_empty() {
        for (row, gate) in lanes::rows_mut(c).zip(lanes::rows(gate)) {
            activation::steepen(gate_curve, row, gate);
        }
    }
    activate(c, call.attrs[ACT]);
}

fn reference_rows<F: Real>(call: &mut Call<'_, F>) {
    let (source, [index, b, bias]) = (&call.tables[0], call.ins) else {
        unreachable!("operands of matmul_rows")
    };
    let mut a = Array2::zeros((index.nrows(), source.ncols()));
    for (a, &row) in lanes::rows_mut(&mut a.view_mut()).zip(index) {
        let row = lanes::row(source.row(row.wide() as usize));
        a.iter_mut().zip(row).for_each(|(a, &x)| *a = F::of(f64::from(x)));
    }
    let [c, before @ ..] = call.outs else { unreachable!("operands of matmul_rows") };
    general_mat_mul(F::one(), &a, b, F::zero(), c);
    add_bias(c, bias);
    for before in before {
        before.assign(c);
    }
    activate(c, call.attrs[0]);
}

fn add_bias<F: Real>(c: &mut ArrayViewMut2<'_, F>, bias: &ArrayView2<'_, F>) {
    if !bias.is_empty() {
        let bias = lanes::row(bias.row(0));
        for row in lanes::rows_mut(c) {
            row.iter_mut().zip(bias).for_each(|(c, &b)| *c += b);
        }
    }
}

fn activate<F: Real>(c: &mut ArrayViewMut2<'_, F>, act: u32) {
    match act {
        0 => {}
        // Not `max`: its rules for NaN make it a call for each element in WebAssembly.
        1 => bend(c, Curve::ReluByValue as usize),
        2 => c.mapv_inplace(F::tanh),
        curve => bend(c, (curve - CURVE) as usize),
    }
}

fn bend<F: Real>(c: &mut ArrayViewMut2<'_, F>, curve: usize) {
    lanes::rows_mut(c).for_each(|row| activation::bend(curve, row));
}

/// What follows the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Nothing.
    None,
    /// max(0, x)
    Relu,
    /// tanh x
    Tanh,
}

impl Act {
    pub(crate) fn word(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Relu => 1,
            Self::Tanh => 2,
        }
    }
}

/// Which sides of a product are transposed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transposed {
    /// The left one.
    pub a: bool,
    /// The right one.
    pub b: bool,
}

/// The left side.
pub(crate) const LEFT: Transposed = Transposed { a: true, b: false };
/// The right side.
pub(crate) const RIGHT: Transposed = Transposed { a: false, b: true };

impl Tape {
    /// `a·b / divisor`, either side transposed.
    ///
    /// # Panics
    /// Where the inner sizes differ.
    pub fn matmul(&mut self, a: Var, b: Var, transposed: Transposed, divisor: u32) -> Var {
        let (m, ka) = dims(self, a, transposed.a);
        let (kb, n) = dims(self, b, transposed.b);
        assert_eq!(ka, kb, "inner sizes of a product");
        let needs_grad = self.any_needs_grad(&[a, b]);
        let c = self.fresh("product", m, n, needs_grad);
        self.emit_matmul(a, b, transposed, divisor, c);
        self.rule1(c, move |tape, grad| {
            let mut found = Vec::new();
            if tape.needs_grad(a) {
                // C = A·B: dA = dC·Bᵀ; with A transposed it is the transpose of that.
                let d = tape.fresh("grad", tape.rows(a), tape.cols(a), false);
                if transposed.a {
                    tape.emit_matmul(b, grad, Transposed { a: transposed.b, b: true }, divisor, d);
                } else {
                    tape.emit_matmul(
                        grad,
                        b,
                        Transposed { a: false, b: !transposed.b },
                        divisor,
                        d,
                    );
                }
                found.push((a, d));
            }
            if tape.needs_grad(b) {
                let d = tape.fresh("grad", tape.rows(b), tape.cols(b), false);
                if transposed.b {
                    tape.emit_matmul(grad, a, Transposed { a: true, b: transposed.a }, divisor, d);
                } else {
                    tape.emit_matmul(
                        a,
                        grad,
                        Transposed { a: !transposed.a, b: false },
                        divisor,
                        d,
                    );
                }
                found.push((b, d));
            }
            found
        });
        c
    }

    /// A fully connected layer `act(x·w + b)`: `(n,i) → (n,o)`, with parameters
    /// `<name>.weight` `(i,o)` and `<name>.bias` `(1,o)`.
    pub fn linear(&mut self, name: &str, x: Var, outputs: u32, act: Act) -> Var {
        let inputs = self.cols(x);
        let init = Init::Uniform { fan_in: inputs };
        let weight = self.param(&format!("{name}.weight"), inputs, outputs, Group::Matrix, init);
        let bias = self.param(&format!("{name}.bias"), 1, outputs, Group::Vector, init);
        self.affine(x, weight, bias, act)
    }

    /// `act(x·w + b)` with given parameters.
    pub fn affine(&mut self, x: Var, weight: Var, bias: Var, act: Act) -> Var {
        let y = self.fresh("affine", self.rows(x), self.cols(weight), true);
        self.emit_affine("affine", [x, weight, bias].map(|v| self.arg(v)), self.arg(y), act);
        self.rule1(y, move |tape, grad| {
            let grad =
                if act == Act::None { grad } else { activation::by_value(tape, grad, y, act) };
            affine_backward(tape, grad, x, weight, bias)
        });
        y
    }

    /// One layer for each block of columns: block g of `x` `(n, blocks·i)` through `weights[g]`
    /// `(i, o_g)` and `biases[g]` `(1, o_g)`, side by side: `(n, Σ o_g)`. An `x` of `i` columns goes
    /// through every block.
    ///
    /// # Panics
    /// Where the blocks do not make up the columns.
    pub fn block_affine(&mut self, x: Var, weights: &[Var], biases: &[Var], act: Act) -> Var {
        let inputs = self.rows(weights[0]);
        let blocks = weights.len() as u32;
        // Where the columns of each block go, and where those of all end.
        let mut starts = vec![0];
        starts.extend(weights.iter().scan(0, |end, &w| {
            *end += self.cols(w);
            Some(*end)
        }));
        let shared = self.cols(x) == inputs;
        assert!(shared || self.cols(x) == blocks * inputs, "columns of a block layer");
        let block_of = move |tape: &mut Self, whole: Var, g: u32| {
            let view = tape.view(whole);
            let view = if shared { view } else { view.columns(g * inputs, inputs) };
            tape.var_of(view, false)
        };
        let y = self.fresh("blocks", self.rows(x), starts[weights.len()], true);
        for (g, (&weight, &bias)) in (0..).zip(weights.iter().zip(biases)) {
            let from = block_of(self, x, g);
            let to = Arg::View(self.view(y).columns(starts[g as usize], self.cols(weight)));
            self.emit_affine("blocks", [from, weight, bias].map(|v| self.arg(v)), to, act);
        }
        let parameters: Vec<(Var, Var)> =
            weights.iter().copied().zip(biases.iter().copied()).collect();
        self.rule1(y, move |tape, grad| {
            let grad =
                if act == Act::None { grad } else { activation::by_value(tape, grad, y, act) };
            let (rows, cols) = (tape.rows(x), tape.cols(x));
            let mut found = Vec::new();
            // Blocks of their own write side by side into one gradient; a shared input gets one each.
            let whole =
                (tape.needs_grad(x) && !shared).then(|| tape.fresh("grad", rows, cols, false));
            for (g, &(weight, bias)) in (0..).zip(&parameters) {
                let from = block_of(tape, x, g);
                let part = tape.view(grad).columns(starts[g as usize], tape.cols(weight));
                let part = tape.var_of(part, false);
                found.extend(affine_backward(tape, part, from, weight, bias));
                if tape.needs_grad(x) {
                    let to = match whole {
                        Some(whole) => block_of(tape, whole, g),
                        None => tape.fresh("grad", rows, cols, false),
                    };
                    tape.emit_matmul(part, weight, RIGHT, 1, to);
                    if whole.is_none() {
                        found.push((x, to));
                    }
                }
            }
            found.extend(whole.map(|whole| (x, whole)));
            found
        });
        y
    }

    pub(crate) fn emit_matmul(
        &mut self,
        a: Var,
        b: Var,
        transposed: Transposed,
        divisor: u32,
        c: Var,
    ) {
        let args = vec![self.arg(a), self.arg(b), Arg::None, Arg::None, self.arg(c), Arg::None];
        let attrs = vec![u32::from(transposed.a), u32::from(transposed.b), divisor, 0, 0];
        self.emit(&MATMUL, "product", args, attrs);
    }

    fn emit_affine(&mut self, label: &str, [x, weight, bias]: [Arg; 3], y: Arg, act: Act) {
        let args = vec![x, weight, bias, Arg::None, y, Arg::None];
        self.emit(&MATMUL, label, args, vec![0, 0, 1, act.word(), 0]);
    }
}

fn dims(tape: &Tape, x: Var, transposed: bool) -> (u32, u32) {
    let (rows, cols) = (tape.rows(x), tape.cols(x));
    if transposed { (cols, rows) } else { (rows, cols) }
}

/// Gradients of input, weight and bias of `x·w + b`.
fn affine_backward(tape: &mut Tape, grad: Var, x: Var, weight: Var, bias: Var) -> Vec<(Var, Var)> {
    let mut found = Vec::new();
    if tape.needs_grad(x) {
        let d = tape.fresh("grad", tape.rows(x), tape.cols(x), false);
        tape.emit_matmul(grad, weight, RIGHT, 1, d);
        found.push((x, d));
    }
    let d = tape.fresh("grad", tape.rows(weight), tape.cols(weight), false);
    tape.emit_matmul(x, grad, LEFT, 1, d);
    found.push((weight, d));
    found.push((bias, column_sum::emit(tape, grad, None)));
    found
}
