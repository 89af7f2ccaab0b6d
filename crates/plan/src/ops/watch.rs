//! End of a step: records the loss terms, the logit scale and the gradient's length in a ring, and
//! stops a replica whose loss or gradient is not finite, before its weights are touched. And the
//! step of the cursor over rows whose embeddings are read.

use crate::kernel::{Call, Task, grid};
use crate::{Real, state};

kernel! {
    WATCH = "watch",
    [read t0, read t1, read t2, read t3, read t4, read t5, read t6, read t7,
     read s0, read s1, read s2, read log_scale, update state, update ring],
    [terms, nan],
    grid::one, cost, reference
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

fn reference<F: Real>(call: &mut Call<'_, F>) {
    let terms = call.count(0);
    let total = call.ins[0][[0, 0]];
    let squares: F =
        call.ins[8..11].iter().filter(|s| !s.is_empty()).fold(F::zero(), |t, s| t + s[[0, 0]]);
    let log_scale = &call.ins[11];
    let [state, ring] = call.outs else { unreachable!("operands of watch") };
    let step = state[[0, state::STEP]];
    let at = step.wide() as usize % ring.nrows();
    let running = state[[0, state::STATUS]] == F::zero();
    for (k, value) in ring.row_mut(at).iter_mut().enumerate() {
        *value = if !running {
            F::nan()
        } else if k < terms {
            call.ins[k][[0, 0]]
        } else if k == terms {
            if log_scale.is_empty() { F::nan() } else { log_scale[[0, 0]].exp() }
        } else {
            squares.sqrt()
        };
    }
    if running && !(total.is_finite() && squares.is_finite()) {
        state[[0, state::STATUS]] = F::of(f64::from(state::DIVERGED));
        state[[0, state::STOPPED_AT]] = step;
    }
    state[[0, state::STEP]] = step + F::one();
}

fn advance<F: Real>(call: &mut Call<'_, F>) {
    let rows = F::of(f64::from(call.attrs[0]));
    call.outs[0][[0, state::CURSOR]] += rows;
}
