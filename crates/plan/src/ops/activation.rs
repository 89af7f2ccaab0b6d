//! `y = f(x)`, element by element, and its derivative `d = g ⊙ f′`.
//!
//! The derivative of relu and tanh is told from their value, that of the others from `x`.
#![expect(clippy::inline_always, reason = "only what is inlined is compiled for wide vectors")]

use crate::kernel::{Call, Task, grid};
use crate::ops::matmul::Act;
use crate::tape::{Tape, Var};
use crate::vectors::{Loop, vectorised};
use crate::{Real, lanes};
use std::marker::PhantomData;

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

/// A curve and its slope.
trait Shape {
    fn value<F: Real>(x: F) -> F;
    fn slope<F: Real>(x: F) -> F;
}

struct Gelu;
struct QuickGelu;
struct Square;
struct ReluByValue;
struct TanhByValue;

/// Φ(x)
#[inline(always)]
fn normal<F: Real>(x: F) -> F {
    F::of(0.5) * (F::one() + (x * F::of(std::f64::consts::FRAC_1_SQRT_2)).erf())
}

/// σ(1.702 x)
#[inline(always)]
fn sigma<F: Real>(x: F) -> F {
    F::one() / (F::one() + (-F::of(1.702) * x).exp_lane())
}

impl Shape for Gelu {
    #[inline(always)]
    fn value<F: Real>(x: F) -> F {
        x * normal(x)
    }

    #[inline(always)]
    fn slope<F: Real>(x: F) -> F {
        // φ(0) = 1/√(2π)
        let density = F::of(0.398_942_280_401_432_7) * (-F::of(0.5) * x * x).exp_lane();
        normal(x) + x * density
    }
}

impl Shape for QuickGelu {
    #[inline(always)]
    fn value<F: Real>(x: F) -> F {
        x * sigma(x)
    }

    #[inline(always)]
    fn slope<F: Real>(x: F) -> F {
        let sigma = sigma(x);
        sigma + F::of(1.702) * x * sigma * (F::one() - sigma)
    }
}

impl Shape for Square {
    #[inline(always)]
    fn value<F: Real>(x: F) -> F {
        x * x
    }

    #[inline(always)]
    fn slope<F: Real>(x: F) -> F {
        x + x
    }
}

impl Shape for ReluByValue {
    #[inline(always)]
    fn value<F: Real>(x: F) -> F {
        if x > F::zero() { x } else { F::zero() }
    }

    #[inline(always)]
    fn slope<F: Real>(x: F) -> F {
        if x > F::zero() { F::one() } else { F::zero() }
    }
}

impl Shape for TanhByValue {
    #[inline(always)]
    fn value<F: Real>(x: F) -> F {
        x
    }

    #[inline(always)]
    fn slope<F: Real>(x: F) -> F {
        F::one() - x * x
    }
}

struct Values<'a, S, F>(&'a mut [F], PhantomData<S>);

impl<S: Shape, F: Real> Loop for Values<'_, S, F> {
    #[inline(always)]
    fn run(self) {
        for y in self.0 {
            *y = S::value(*y);
        }
    }
}

/// What is multiplied, and by the slope at what.
struct Slopes<'a, S, F>(&'a mut [F], &'a [F], PhantomData<S>);

impl<S: Shape, F: Real> Loop for Slopes<'_, S, F> {
    #[inline(always)]
    fn run(self) {
        for (d, &x) in self.0.iter_mut().zip(self.1) {
            *d *= S::slope(x);
        }
    }
}

/// `y = f(y)`
pub(crate) fn bend<F: Real>(curve: usize, y: &mut [F]) {
    match CURVES[curve] {
        Curve::Gelu => vectorised(Values::<Gelu, F>(y, PhantomData)),
        Curve::QuickGelu => vectorised(Values::<QuickGelu, F>(y, PhantomData)),
        Curve::Square => vectorised(Values::<Square, F>(y, PhantomData)),
        Curve::ReluByValue => vectorised(Values::<ReluByValue, F>(y, PhantomData)),
        Curve::TanhByValue => vectorised(Values::<TanhByValue, F>(y, PhantomData)),
    }
}

/// `d = d ⊙ f′(x)`
pub(crate) fn steepen<F: Real>(curve: usize, d: &mut [F], x: &[F]) {
    match CURVES[curve] {
        Curve::Gelu => vectorised(Slopes::<Gelu, F>(d, x, PhantomData)),
        Curve::QuickGelu => vectorised(Slopes::<QuickGelu, F>(d, x, PhantomData)),
        Curve::Square => vectorised(Slopes::<Square, F>(d, x, PhantomData)),
        Curve::ReluByValue => vectorised(Slopes::<ReluByValue, F>(d, x, PhantomData)),
        Curve::TanhByValue => vectorised(Slopes::<TanhByValue, F>(d, x, PhantomData)),
    }
}

fn forward<F: Real>(call: &mut Call<'_, F>) {
    for (y, x) in lanes::rows_mut(&mut call.outs[0]).zip(lanes::rows(&call.ins[0])) {
        y.copy_from_slice(x);
        bend(call.attrs[0] as usize, y);
    }
}

fn backward<F: Real>(call: &mut Call<'_, F>) {
    let (x, grad) = (lanes::rows(&call.ins[0]), lanes::rows(&call.ins[1]));
    for (d, (x, grad)) in lanes::rows_mut(&mut call.outs[0]).zip(x.zip(grad)) {
        d.copy_from_slice(grad);
        steepen(call.attrs[0] as usize, d, x);
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
