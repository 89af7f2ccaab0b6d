//! `Σ A⊙G + Σ W⊙(G − T)²` of a matrix with constants of its shape: `(r,c) → (1,1)`. HCL's terms of
//! the covariance are of this form (Li et al. 2026, arXiv 2604.05462; the weights are its callers').

use crate::Real;
use crate::kernel::{Call, Task, grid};
use crate::step::Arg;
use crate::tape::{Tape, Var};

kernel! {
    FORWARD = "quadratic",
    [read g, read a, read w, read target, write y], [], grid::one, cost, forward
}
kernel! {
    BACKWARD = "quadratic_grad",
    [read g, read a, read w, read target, read grad, write d], [],
    grid::elements_of_first, cost, backward
}

fn cost(task: &Task) -> f64 {
    5.0 * f64::from(task.places[0].len())
}

fn forward<F: Real>(call: &mut Call<'_, F>) {
    let [g, a, w, t] = call.ins else { unreachable!("operands of quadratic") };
    let mut total = 0.0;
    for (at, &g) in g.indexed_iter() {
        if !a.is_empty() {
            total += (a[at] * g).wide();
        }
        if !w.is_empty() {
            total += (w[at] * (g - t[at]) * (g - t[at])).wide();
        }
    }
    call.outs[0][[0, 0]] = F::of(total);
}

fn backward<F: Real>(call: &mut Call<'_, F>) {
    let [g, a, w, t, grad] = call.ins else { unreachable!("operands of quadratic_grad") };
    for (at, d) in call.outs[0].indexed_iter_mut() {
        let mut slope = F::zero();
        if !a.is_empty() {
            slope += a[at];
        }
        if !w.is_empty() {
            slope += F::of(2.0) * w[at] * (g[at] - t[at]);
        }
        *d = grad[[0, 0]] * slope;
    }
}

impl Tape {
    /// `Σ A⊙G`
    pub fn linear_form(&mut self, g: Var, a: Var) -> Var {
        let args = [self.arg(a), Arg::None, Arg::None];
        self.quadratic(g, args)
    }

    /// `Σ W⊙(G − T)²`
    pub fn square_form(&mut self, g: Var, w: Var, target: Var) -> Var {
        let args = [Arg::None, self.arg(w), self.arg(target)];
        self.quadratic(g, args)
    }

    fn quadratic(&mut self, g: Var, constants: [Arg; 3]) -> Var {
        let y = self.fresh("form", 1, 1, self.needs_grad(g));
        let mut args = vec![self.arg(g)];
        args.extend(constants);
        args.push(self.arg(y));
        self.emit(&FORWARD, "form", args, Vec::new());
        self.rule1(y, move |tape, grad| {
            let d = tape.fresh("grad", tape.rows(g), tape.cols(g), false);
            let mut args = vec![tape.arg(g)];
            args.extend(constants);
            args.extend([grad, d].map(|v| tape.arg(v)));
            tape.emit(&BACKWARD, "form", args, Vec::new());
            vec![(g, d)]
        });
        y
    }
}
