//! AdamW (Loshchilov & Hutter 2019) on a whole group of parameters, `(1,n)` each, with the learning
//! rate of the replica's own step; a replica that has stopped, or whose loss or gradient is not finite,
//! keeps its weights. And the copy of the weights that validated best.

use crate::kernel::{Call, Task, grid};
use crate::ops::watch::squares;
use crate::{Real, lanes, state};

kernel! {
    ADAMW = "adamw",
    [read clock, read total, read s0, read s1, read s2, read grad,
     update weights, update first, update second],
    [rate, warmup, steps, cosine, decay],
    all, cost, reference
}
kernel! {
    KEEP_BEST = "keep_best",
    [read state, read weights, update best], [],
    all_best, cost_copy, keep
}

const BETA: [f64; 2] = [0.9, 0.999];
const EPSILON: f64 = 1e-8;
/// Share of the learning rate that is left at the end of a cosine.
const FLOOR: f64 = 0.01;

/// Position of the gradient.
const GRAD: usize = 5;

fn all(task: &Task) -> [u32; 2] {
    grid::threads(task.places[GRAD].cols)
}

fn all_best(task: &Task) -> [u32; 2] {
    grid::threads(task.places[1].cols)
}

fn cost(task: &Task) -> f64 {
    14.0 * f64::from(task.places[GRAD].cols)
}

fn cost_copy(_: &Task) -> f64 {
    0.0
}

/// Factor on the learning rate at step `t`, counted from 1.
fn schedule(t: f64, warmup: f64, steps: f64, cosine: bool) -> f64 {
    let up = if warmup > 0.0 { (t / warmup).min(1.0) } else { 1.0 };
    if !cosine {
        return up;
    }
    let done = ((t - warmup) / (steps - warmup).max(1.0)).clamp(0.0, 1.0);
    up * (FLOOR + (1.0 - FLOOR) * 0.5 * (1.0 + (std::f64::consts::PI * done).cos()))
}

fn reference<F: Real>(call: &mut Call<'_, F>) {
    let (clock, total) = (&call.ins[0], call.ins[1][[0, 0]]);
    // As `watch` sees it.
    let squares = squares(&call.ins[2..GRAD]);
    if clock[[0, 1]] == F::zero() || !(total.is_finite() && squares.is_finite()) {
        return;
    }
    // `tick` has counted this step already.
    let t = clock[[0, 0]].wide();
    let &[_, warmup, steps, cosine, _] = call.attrs else { unreachable!("attributes of adamw") };
    let factor = schedule(t, f64::from(warmup), f64::from(steps), cosine != 0);
    let rate = F::of(call.float(0) * factor);
    let decay = F::of(call.float(4));
    let [first_left, second_left] = BETA.map(|b| F::of(1.0 - b.powf(t)));
    let [b1, b2] = BETA.map(F::of);
    let grad = &call.ins[GRAD];
    let [weights, first, second] = call.outs else { unreachable!("operands of adamw") };
    let [weights, first, second] = [weights, first, second].map(|x| lanes::row_mut(x, 0));
    let moments = first.iter_mut().zip(second);
    for ((w, (m, v)), &g) in weights.iter_mut().zip(moments).zip(lanes::row(grad.row(0))) {
        *m = b1 * *m + (F::one() - b1) * g;
        *v = b2 * *v + (F::one() - b2) * g * g;
        let step = (*m / first_left) / ((*v / second_left).sqrt() + F::of(EPSILON));
        *w -= rate * (step + decay * *w);
    }
}

fn keep<F: Real>(call: &mut Call<'_, F>) {
    if call.ins[0][[0, state::IMPROVED]] > F::zero() {
        call.outs[0].assign(&call.ins[1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::word;
    use ndarray::{Array2, array};

    /// A weight after a step with these squared lengths of the groups' gradients.
    fn weight_after(running: f32, total: f32, squares: [f32; 2]) -> f32 {
        let ins: [Array2<f32>; 6] = [
            array![[1.0, running, f32::NAN]],
            array![[total]],
            array![[squares[0]]],
            array![[squares[1]]],
            Array2::zeros((0, 0)),
            array![[1.0]],
        ];
        let mut outs = [array![[0.5f32]], array![[0.0]], array![[0.0]]];
        let mut views: Vec<_> = outs.iter_mut().map(|out| out.view_mut()).collect();
        let ins: Vec<_> = ins.iter().map(|x| x.view()).collect();
        let attrs = [word(0.1), 0, 100, 0, word(0.0)];
        (ADAMW.f32)(&mut Call { ins: &ins, outs: &mut views, tables: &[], attrs: &attrs });
        outs[0][[0, 0]]
    }

    #[test]
    fn weights_stay_where_watch_stops_the_replica() {
        assert!(
            (weight_after(1.0, 2.0, [1.0, 1.0]) - 0.4).abs() < 1e-6,
            "the first step is the rate"
        );
        for (running, total, squares) in [
            (0.0, 2.0, [1.0, 1.0]),
            (1.0, f32::NAN, [1.0, 1.0]),
            (1.0, 2.0, [f32::INFINITY, 1.0]),
            // Each finite, their sum is not.
            (1.0, 2.0, [2e38, 2e38]),
        ] {
            let weight = weight_after(running, total, squares);
            assert_eq!(weight.to_bits(), 0.5f32.to_bits(), "{running} {total} {squares:?}");
        }
    }
}
