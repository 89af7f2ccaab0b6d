//! The contrastive loss of each row, logits never written out.
//!
//! Logits `ℓ_ij = s⟨x_i, y_j⟩` with `s = e^λ`; row i's positive is key `(i + shift) mod n`. With
//! `p` given, the positive's logit is `s⟨x_i, p_i⟩` instead (Symile's positive beside shuffled
//! negatives). With `exclude_self`, `j = i` does not count (NT-Xent). Keys and rows whose mask is 0
//! do not count. `loss_i = ln Σ_j e^{ℓ_ij} − ℓ_i,pos` (van den Oord et al. 2018).
//!
//! The backward kernel makes the gradient of one side from either direction or both: as rows
//! (from its own `lse`, `g`) and as keys (from the other side's).

use crate::kernel::{Call, Task};
use crate::ops::nce_weights::{Direction, Joint, weigh};
use crate::ops::products::emit_dot;
use crate::step::Arg;
use crate::tape::{Tape, Var};
use crate::vectors::vectorised;
use crate::{Real, lanes};
use ndarray::{Array2, ArrayView2, Axis, Slice};

kernel! {
    FORWARD = "nce",
    [read x, read y, read p, read log_scale, read mask, write lse, write loss],
    [shift, exclude_self],
    row_tiles, cost, forward
}
kernel! {
    BACKWARD = "nce_grad",
    [read x, read y, read p, read log_scale, read mask,
     read lse_x, read g_x, read lse_y, read g_y, write d],
    [shift, exclude_self, replaced],
    grad_tiles, cost_grad, backward
}
kernel! {
    POSITIVE_BACKWARD = "nce_positive_grad",
    [read x, read p, read log_scale, read lse, read g, write d], [],
    positive_grid, cost_positive, positive_backward
}

/// Rows of a workgroup.
const ROWS: u32 = 16;
/// Columns of the gradient that a workgroup makes.
const COLUMNS: u32 = 64;

fn row_tiles(task: &Task) -> [u32; 2] {
    [task.places[0].rows.div_ceil(ROWS), 1]
}

fn grad_tiles(task: &Task) -> [u32; 2] {
    let x = &task.places[0];
    [x.rows.div_ceil(ROWS), x.cols.div_ceil(COLUMNS)]
}

fn positive_grid(task: &Task) -> [u32; 2] {
    crate::kernel::grid::threads(task.places[0].rows)
}

fn cost(task: &Task) -> f64 {
    let (x, y) = (&task.places[0], &task.places[1]);
    f64::from(x.rows) * f64::from(y.rows) * (2.0 * f64::from(x.cols) + 4.0)
}

fn cost_grad(task: &Task) -> f64 {
    let (x, y) = (&task.places[0], &task.places[1]);
    f64::from(x.rows) * f64::from(y.rows) * (4.0 * f64::from(x.cols) + 8.0)
}

fn cost_positive(task: &Task) -> f64 {
    4.0 * f64::from(task.places[0].len())
}

/// Rows of logits made at once on a CPU: enough for the product to be fast, few enough for a cache.
const BLOCK: usize = 64;

fn block(first: usize, rows: usize) -> Slice {
    Slice::from(first..first + rows)
}

fn counts<F: Real>(mask: &ArrayView2<'_, F>, i: usize) -> bool {
    mask.is_empty() || mask[[i, 0]] > F::zero()
}

/// Logits of the rows from `first`, with what does not count at −∞.
fn logits<F: Real>(call: &Call<'_, F>, first: usize, rows: usize) -> Array2<F> {
    let [x, y, p, log_scale, mask, ..] = call.ins else { unreachable!("operands of nce") };
    let scale = log_scale[[0, 0]].exp();
    let scaled = x.slice_axis(Axis(0), block(first, rows)).mapv(|v| v * scale);
    let mut l = scaled.dot(&y.t());
    let none = F::neg_infinity();
    for (i, mut row) in (first..).zip(l.rows_mut()) {
        if !p.is_empty() {
            row[(i + call.count(0)) % y.nrows()] = scale * x.row(i).dot(&p.row(i));
        }
        if call.attrs[1] != 0 {
            row[i] = none;
        }
        if !mask.is_empty() {
            for (v, &m) in row.iter_mut().zip(mask.column(0)) {
                if m == F::zero() {
                    *v = none;
                }
            }
        }
    }
    l
}

fn forward<F: Real>(call: &mut Call<'_, F>) {
    let (n, keys) = (call.ins[0].nrows(), call.ins[1].nrows());
    for first in (0..n).step_by(BLOCK) {
        let rows = BLOCK.min(n - first);
        let mut l = logits(call, first, rows);
        for (i, mut row) in (first..).zip(l.rows_mut()) {
            let positive = row[(i + call.count(0)) % keys];
            let Some(row) = row.as_slice_mut().filter(|_| counts(&call.ins[4], i)) else {
                call.outs[0][[i, 0]] = F::zero();
                call.outs[1][[i, 0]] = F::zero();
                continue;
            };
            let top = lanes::max(row);
            vectorised(|| {
                for v in row.iter_mut() {
                    *v = (*v - top).exp_lane();
                }
            });
            let lse = top + lanes::sum(row).ln();
            call.outs[0][[i, 0]] = lse;
            call.outs[1][[i, 0]] = lse - positive;
        }
    }
}

fn backward<F: Real>(call: &mut Call<'_, F>) {
    let [x, y, p, log_scale, mask, lse_x, g_x, lse_y, g_y] = call.ins else {
        unreachable!("operands of nce_grad")
    };
    let (n, keys) = (x.nrows(), y.nrows());
    let scale = log_scale[[0, 0]].exp();
    let (shift, replaced) = (call.count(0), call.attrs[2] != 0);
    let (as_rows, as_keys) = (Direction::new(lse_x, g_x), Direction::new(lse_y, g_y));
    let mut e = vec![F::zero(); keys];
    let joint = Joint::new(&as_rows, &as_keys, |i| counts(mask, i));
    for first in (0..n).step_by(BLOCK) {
        let rows = BLOCK.min(n - first);
        let mut weights = logits(call, first, rows);
        for (i, mut w) in (first..).zip(weights.rows_mut()) {
            let mut d = call.outs[0].row_mut(i);
            let Some(w) = w.as_slice_mut().filter(|_| counts(mask, i)) else {
                w.fill(F::zero());
                d.fill(F::zero());
                continue;
            };
            let key_positive = (i + n - shift % n) % n;
            match &joint {
                Some(joint) => joint.weigh(w, i, &as_rows),
                None => weigh(w, &mut e, i, &as_rows, &as_keys),
            }
            if !as_keys.is_empty() {
                // The key whose positive row i is. Where that is replaced (and nothing but keys
                // counts), it has its own place.
                w[key_positive] =
                    if replaced { F::zero() } else { w[key_positive] - as_keys.g[key_positive] };
            }
            let at = (i + shift) % keys;
            if !as_rows.is_empty() {
                w[at] -= as_rows.g[i];
            }
            if p.is_empty() {
                d.fill(F::zero());
            } else {
                // The positive is p_i, not y_j.
                let weight = w[at] * scale;
                w[at] = F::zero();
                d.assign(&p.row(i).mapv(|v| v * weight));
            }
        }
        let d = weights.dot(y);
        call.outs[0]
            .slice_axis_mut(Axis(0), block(first, rows))
            .zip_mut_with(&d, |o, &v| *o += scale * v);
    }
}

fn positive_backward<F: Real>(call: &mut Call<'_, F>) {
    let [x, p, log_scale, lse, g] = call.ins else { unreachable!("operands of nce_positive_grad") };
    let scale = log_scale[[0, 0]].exp();
    for (i, mut d) in call.outs[0].rows_mut().into_iter().enumerate() {
        let share = (scale * x.row(i).dot(&p.row(i)) - lse[[i, 0]]).exp();
        let weight = scale * g[[i, 0]] * (share - F::one());
        d.assign(&x.row(i).mapv(|v| v * weight));
    }
}

struct Forward {
    lse: Var,
    loss: Var,
}

/// What a contrastive loss looks at besides rows and keys.
#[derive(Clone, Copy)]
struct Setup {
    log_scale: Var,
    mask: Option<Var>,
    shift: u32,
    exclude_self: bool,
}

fn optional(tape: &Tape, var: Option<Var>) -> Arg {
    var.map_or(Arg::None, |v| tape.arg(v))
}

fn emit_forward(
    tape: &mut Tape,
    x: Var,
    y: Var,
    p: Option<Var>,
    setup: Setup,
    needs_grad: bool,
) -> Forward {
    let lse = tape.fresh("lse", tape.rows(x), 1, false);
    let loss = tape.fresh("loss", tape.rows(x), 1, needs_grad);
    let args = vec![
        tape.arg(x),
        tape.arg(y),
        optional(tape, p),
        tape.arg(setup.log_scale),
        optional(tape, setup.mask),
        tape.arg(lse),
        tape.arg(loss),
    ];
    tape.emit(&FORWARD, "contrast", args, vec![setup.shift, u32::from(setup.exclude_self)]);
    Forward { lse, loss }
}

/// One side of a contrast, as the backward kernel sees it.
#[derive(Clone, Copy)]
struct Side {
    x: Var,
    y: Var,
    p: Option<Var>,
    /// `lse` and upstream gradient of the direction in which `x` are the rows.
    rows: Option<(Var, Var)>,
    /// The same of the direction in which `x` are the keys.
    keys: Option<(Var, Var)>,
    replaced: bool,
}

fn emit_backward(tape: &mut Tape, side: Side, setup: Setup) -> Var {
    let d = tape.fresh("grad", tape.rows(side.x), tape.cols(side.x), false);
    let args = vec![
        tape.arg(side.x),
        tape.arg(side.y),
        optional(tape, side.p),
        tape.arg(setup.log_scale),
        optional(tape, setup.mask),
        optional(tape, side.rows.map(|r| r.0)),
        optional(tape, side.rows.map(|r| r.1)),
        optional(tape, side.keys.map(|k| k.0)),
        optional(tape, side.keys.map(|k| k.1)),
        tape.arg(d),
    ];
    let attrs = vec![setup.shift, u32::from(setup.exclude_self), u32::from(side.replaced)];
    tape.emit(&BACKWARD, "contrast", args, attrs);
    d
}

impl Tape {
    /// Both directions of `InfoNCE` between two modalities, `(n,d)` each: the loss of each row of
    /// `a` among the rows of `b`, and the other way round: `(n,1)` each.
    pub fn contrast_pair(&mut self, a: Var, b: Var, log_scale: Var, mask: Option<Var>) -> [Var; 2] {
        let needs_grad = self.any_needs_grad(&[a, b, log_scale]);
        let setup = Setup { log_scale, mask, shift: 0, exclude_self: false };
        let there = emit_forward(self, a, b, None, setup, needs_grad);
        let back = emit_forward(self, b, a, None, setup, needs_grad);
        let (lse_there, lse_back) = (there.lse, back.lse);
        self.rule(&[there.loss, back.loss], move |tape, grads| {
            let rows = grads[0].map(|g| (lse_there, g));
            let keys = grads[1].map(|g| (lse_back, g));
            let side = Side { x: a, y: b, p: None, rows, keys, replaced: false };
            let da = emit_backward(tape, side, setup);
            let side = Side { x: b, y: a, p: None, rows: keys, keys: rows, replaced: false };
            let db = emit_backward(tape, side, setup);
            let mut found = vec![(a, da), (b, db)];
            if tape.needs_grad(log_scale) {
                // ∂L/∂λ = Σ ∂L/∂ℓ · ℓ, which is Σ⟨a, ∂L/∂a⟩ as logits are linear in a.
                found.push((log_scale, emit_dot(tape, a, da)));
            }
            found
        });
        [there.loss, back.loss]
    }

    /// The loss of each row of `x` among the keys, its positive `p` in place of the key of the same
    /// row: `(n,d)` each `→ (n,1)` (Symile's O(N) loss of one anchor).
    pub fn contrast_replaced(&mut self, x: Var, keys: Var, p: Var, log_scale: Var) -> Var {
        let needs_grad = self.any_needs_grad(&[x, keys, p, log_scale]);
        let setup = Setup { log_scale, mask: None, shift: 0, exclude_self: false };
        let Forward { lse, loss } = emit_forward(self, x, keys, Some(p), setup, needs_grad);
        self.rule1(loss, move |tape, grad| {
            let side = |x, y, p, rows, keys| Side { x, y, p, rows, keys, replaced: true };
            let dx = emit_backward(tape, side(x, keys, Some(p), Some((lse, grad)), None), setup);
            let dk = emit_backward(tape, side(keys, x, None, None, Some((lse, grad))), setup);
            let dp = tape.fresh("grad", tape.rows(p), tape.cols(p), false);
            let args = [x, p, log_scale, lse, grad, dp].map(|v| tape.arg(v)).to_vec();
            tape.emit(&POSITIVE_BACKWARD, "contrast", args, Vec::new());
            let mut found = vec![(x, dx), (keys, dk), (p, dp)];
            if tape.needs_grad(log_scale) {
                found.push((log_scale, emit_dot(tape, x, dx)));
            }
            found
        });
        loss
    }

    /// NT-Xent (Chen et al. 2020) of two views, one below the other: `(2n,d) → (2n,1)`. The scale
    /// takes no gradient.
    pub fn contrast_views(&mut self, z: Var, log_scale: Var, mask: Option<Var>) -> Var {
        let needs_grad = self.needs_grad(z);
        let shift = self.rows(z) / 2;
        let setup = Setup { log_scale, mask, shift, exclude_self: true };
        let Forward { lse, loss } = emit_forward(self, z, z, None, setup, needs_grad);
        self.rule1(loss, move |tape, grad| {
            let both = Some((lse, grad));
            let side = Side { x: z, y: z, p: None, rows: both, keys: both, replaced: false };
            vec![(z, emit_backward(tape, side, setup))]
        });
        loss
    }
}
