//! Validation: `tally` adds up the loss terms of its batches, `judge` takes their mean, records it
//! in a ring, remembers whether it is the best, and stops a replica whose patience is over. On the
//! device, so that it does not depend on how many steps a submission holds.

use crate::kernel::{Call, Task, grid};
use crate::{Real, state};

kernel! {
    TALLY = "tally",
    [read t0, read t1, read t2, read t3, read t4, read t5, read t6, read t7,
     update state, update tally],
    [terms],
    grid::one, cost, tally
}
kernel! {
    JUDGE = "judge",
    [update state, update tally, update ring],
    [batches, patience, nan],
    grid::one, cost, judge
}

fn cost(_: &Task) -> f64 {
    0.0
}

fn tally<F: Real>(call: &mut Call<'_, F>) {
    let [state, tally] = call.outs else { unreachable!("operands of tally") };
    for k in 0..call.attrs[0] as usize {
        tally[[0, k]] += call.ins[k][[0, 0]];
    }
    state[[0, state::VALIDATION_BATCH]] += F::one();
}

fn judge<F: Real>(call: &mut Call<'_, F>) {
    let (batches, patience) = (call.attrs[0], call.attrs[1]);
    let [state, tally, ring] = call.outs else { unreachable!("operands of judge") };
    let done = state[[0, state::VALIDATIONS]];
    let running = state[[0, state::STATUS]] == F::zero();
    let at = done.wide() as usize % ring.nrows();
    let mut row = ring.row_mut(at);
    let scale = F::of(f64::from(batches));
    for (value, sum) in row.iter_mut().zip(tally.iter()) {
        *value = if running { *sum / scale } else { F::nan() };
    }
    let loss = tally[[0, 0]] / scale;
    tally.fill(F::zero());
    let mut s = state.row_mut(0);
    s[state::VALIDATION_BATCH] = F::zero();
    s[state::VALIDATIONS] += F::one();
    s[state::IMPROVED] = F::zero();
    if !running {
        return;
    }
    if !loss.is_finite() {
        s[state::STATUS] = F::of(f64::from(state::DIVERGED));
        s[state::STOPPED_AT] = s[state::STEP];
    } else if loss < s[state::BEST] {
        s[state::BEST] = loss;
        s[state::BEST_STEP] = s[state::STEP];
        s[state::BAD] = F::zero();
        s[state::IMPROVED] = F::one();
    } else {
        s[state::BAD] += F::one();
        if patience > 0 && s[state::BAD] >= F::of(f64::from(patience)) {
            s[state::STATUS] = F::of(f64::from(state::PATIENCE));
            s[state::STOPPED_AT] = s[state::STEP];
        }
    }
}
