//! End of a step: counts it; records the loss terms, the logit scale and the gradient's length in a ring,
//! and stops a replica whose loss or gradient is not finite, whose weights `adamw` then leaves alone. And
//! the step of the cursor over rows whose embeddings are read.

use crate::kernel::{Call, Task, grid};
use crate::{Real, state};
use ndarray::ArrayView2;

kernel! {
    WATCH = "watch",
    [read t0, read t1, read t2, read t3, read t4, read t5, read t6, read t7,
     read s0, read s1, read s2, read clock, update stop, update ring],
    [terms, nan],
    grid::one, cost, reference
}
kernel! {
    TICK = "tick",
    [read log_scale, update state, write clock], [nan],
    grid::one, cost, tick
}
kernel! {
    ADVANCE = "advance",
    [update state], [rows],
    grid::one, cost, advance
}

/// Most loss terms of an objective, the total among them.
pub(crate) const MOST_TERMS: usize = 8;

fn cost(_: &Task) -> f64 {
    0.0
}

/// A row of the ring: the terms, then the logit scale, then the gradient's length.
pub(crate) const EXTRAS: u32 = 2;

/// Columns of the clock: steps done with this one, whether the replica trains, and its logit scale, NaN
/// where there is none. Apart from state and weights, so that `watch` may record while `adamw` goes on.
pub(crate) const CLOCK: u32 = 3;

fn tick<F: Real>(call: &mut Call<'_, F>) {
    let [state, clock] = call.outs else { unreachable!("operands of tick") };
    state[[0, state::STEP]] += F::one();
    clock[[0, 0]] = state[[0, state::STEP]];
    clock[[0, 1]] = if state[[0, state::STATUS]] == F::zero() { F::one() } else { F::zero() };
    clock[[0, 2]] = call.ins[0].first().map_or_else(F::nan, |log_scale| log_scale.exp());
}

/// Squared length of the gradient, from those of the groups that there are.
pub(crate) fn squares<F: Real>(groups: &[ArrayView2<'_, F>]) -> F {
    groups.iter().filter(|s| !s.is_empty()).fold(F::zero(), |t, s| t + s[[0, 0]])
}

fn reference<F: Real>(call: &mut Call<'_, F>) {
    let terms = call.count(0);
    let total = call.ins[0][[0, 0]];
    let squares = squares(&call.ins[8..11]);
    let [stop, ring] = call.outs else { unreachable!("operands of watch") };
    let clock = &call.ins[11];
    let step = clock[[0, 0]] - F::one();
    let at = step.wide() as usize % ring.nrows();
    let running = clock[[0, 1]] != F::zero();
    for (k, value) in ring.row_mut(at).iter_mut().enumerate() {
        *value = if !running {
            F::nan()
        } else if k < terms {
            call.ins[k][[0, 0]]
        } else if k == terms {
            clock[[0, 2]]
        } else {
            squares.sqrt()
        };
    }
    if running && !(total.is_finite() && squares.is_finite()) {
        stop[[0, 0]] = F::of(f64::from(state::DIVERGED));
        stop[[0, 1]] = step;
    }
}

fn advance<F: Real>(call: &mut Call<'_, F>) {
    let rows = F::of(f64::from(call.attrs[0]));
    call.outs[0][[0, state::CURSOR]] += rows;
}
