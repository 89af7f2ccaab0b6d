//! `y = f(x)`, element by element, and its derivative `d = g ⊙ f′`.
//!
//! The derivative of relu and tanh is told from their value, that of the others from `x`.

use crate::kernel::{Call, Task, grid};
use crate::ops::matmul::Act;
use crate::tape::{Tape, Var};
use crate::{Real, lanes};

kernel! {
    FORWARD = "activation",
    [read x, write y], [curve],
    grid::elements_of_first, cost, forward
}
kernel! {
    BACKWARD = "activation_grad",
    [read x, read grad, write d], [curve],
    grid::elements_of_first, cost, backward
}

fn cost(task: &Task) -> f64 {
    8.0 * f64::from(task.places[0].len())
}

/// What is applied to each element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// x·Φ(x), Φ the standard normal distribution function (Hendrycks & Gimpel 2016).
    Gelu,
    /// x·σ(1.702 x), as OpenAI's CLIP has it.
    QuickGelu,
    /// x²
    Square,
    /// max(0, x), from its value.
    ReluByValue,
    /// tanh x, from its value.
    TanhByValue,
}

const CURVES: [Curve; 5] =
    [Curve::Gelu, Curve::QuickGelu, Curve::Square, Curve::ReluByValue, Curve::TanhByValue];

#[inline]
fn parts<F: Real>(curve: Curve, x: F) -> (F, F) {
    let one = F::one();
    match curve {
        Curve::Gelu => {
            let half = F::of(0.5);
            let cdf = half * (one + (x * F::of(std::f64::consts::FRAC_1_SQRT_2)).erf());
            // φ(0) = 1/√(2π)
            let pdf = F::of(0.398_942_280_401_432_7) * (-half * x * x).exp_lane();
            (x * cdf, cdf + x * pdf)
        }
        Curve::QuickGelu => {
            let a = F::of(1.702);
            let sigma = one / (one + (-a * x).exp_lane());
            (x * sigma, sigma + a * x * sigma * (one - sigma))
        }
        Curve::Square => (x * x, x + x),
        Curve::ReluByValue => (x.max(F::zero()), if x > F::zero() { one } else { F::zero() }),
        Curve::TanhByValue => (x, one - x * x),
    }
}

fn forward<F: Real>(call: &mut Call<'_, F>) {
    fn each<F: Real>(call: &mut Call<'_, F>, f: impl Fn(F) -> F) {
        for (y, x) in lanes::rows_mut(&mut call.outs[0]).zip(lanes::rows(&call.ins[0])) {
            y.iter_mut().zip(x).for_each(|(y, &x)| *y = f(x));
        }
    }
    // A function for each curve, so that the loop inside has no choice to make.
    match CURVES[call.count(0)] {
        Curve::Gelu => each(call, |x| parts(Curve::Gelu, x).0),
        Curve::QuickGelu => each(call, |x| parts(Curve::QuickGelu, x).0),
        Curve::Square => each(call, |x| x * x),
        Curve::ReluByValue => each(call, |x| if x > F::zero() { x } else { F::zero() }),
        Curve::TanhByValue => each(call, |x| x),
    }
}

fn backward<F: Real>(call: &mut Call<'_, F>) {
    fn each<F: Real>(call: &mut Call<'_, F>, slope: impl Fn(F) -> F) {
        let (x, grad) = (lanes::rows(&call.ins[0]), lanes::rows(&call.ins[1]));
        for (d, (x, grad)) in lanes::rows_mut(&mut call.outs[0]).zip(x.zip(grad)) {
            d.iter_mut().zip(x.iter().zip(grad)).for_each(|(d, (&x, &g))| *d = g * slope(x));
        }
    }
    match CURVES[call.count(0)] {
        Curve::Gelu => each(call, |x| parts(Curve::Gelu, x).1),
        Curve::QuickGelu => each(call, |x| parts(Curve::QuickGelu, x).1),
        Curve::Square => each(call, |x| x + x),
        Curve::ReluByValue => each(call, |x| if x > F::zero() { F::one() } else { F::zero() }),
        Curve::TanhByValue => each(call, |x| F::one() - x * x),
    }
}

fn emit_backward(tape: &mut Tape, x: Var, grad: Var, curve: Curve) -> Var {
    let d = tape.fresh("grad", tape.rows(x), tape.cols(x), false);
    let args = vec![tape.arg(x), tape.arg(grad), tape.arg(d)];
    tape.emit(&BACKWARD, "activation", args, vec![curve as u32]);
    d
}

/// Gradient before the activation that a layer ends with, from its value `y`.
pub(crate) fn by_value(tape: &mut Tape, grad: Var, y: Var, act: Act) -> Var {
    let curve = if act == Act::Tanh { Curve::TanhByValue } else { Curve::ReluByValue };
    emit_backward(tape, y, grad, curve)
}

impl Tape {
    /// `f(x)`, element by element.
    pub fn activation(&mut self, x: Var, curve: Curve) -> Var {
        let y = self.fresh("activation", self.rows(x), self.cols(x), self.needs_grad(x));
        let args = vec![self.arg(x), self.arg(y)];
        self.emit(&FORWARD, "activation", args, vec![curve as u32]);
        self.rule1(y, move |tape, grad| vec![(x, emit_backward(tape, x, grad, curve))]);
        y
    }

    /// max(0, x)
    pub fn relu(&mut self, x: Var) -> Var {
        let y = self.fresh("relu", self.rows(x), self.cols(x), self.needs_grad(x));
        let args = vec![self.arg(x), self.arg(y)];
        self.emit(&FORWARD, "relu", args, vec![Curve::ReluByValue as u32]);
        self.rule1(y, move |tape, grad| vec![(x, by_value(tape, grad, y, Act::Relu))]);
        y
    }
}
