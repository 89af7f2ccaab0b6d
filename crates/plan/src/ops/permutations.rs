//! Independent uniform permutations of `0..n`, one a column: `(n,count)`. Element j of a column is
//! the rank of a random word among the column's words.

use crate::Real;
use crate::kernel::{Call, Task, grid};
use crate::random::{Clock, key_and_time, pcg4d};
use crate::tape::{Tape, Var};

kernel! {
    PERMUTATIONS = "permutations",
    [read state, write order], [stream, clock],
    drawn, cost, reference
}

fn drawn(task: &Task) -> [u32; 2] {
    grid::threads(task.places[1].len())
}

fn cost(task: &Task) -> f64 {
    let order = &task.places[1];
    f64::from(order.len()) * f64::from(order.rows)
}

fn reference<F: Real>(call: &mut Call<'_, F>) {
    let state: Vec<f64> = call.ins[0].row(0).iter().map(|x| x.wide()).collect();
    let (key, time) = key_and_time(&state, call.attrs[1]);
    let order = &mut call.outs[0];
    for (c, mut column) in order.columns_mut().into_iter().enumerate() {
        let stream = call.attrs[0] + c as u32;
        let mut words: Vec<(u32, usize)> =
            (0..column.len()).map(|j| (pcg4d([key, stream, time, j as u32])[0], j)).collect();
        words.sort_unstable();
        for (rank, &(_, j)) in words.iter().enumerate() {
            column[j] = F::of(rank as f64);
        }
    }
}

impl Tape {
    /// `count` random permutations of `0..n`, drawn anew with the clock: `(n,count)`.
    pub fn permutations(&mut self, n: u32, count: u32, clock: Clock) -> Var {
        let order = self.fresh("permutations", n, count, false);
        let state = self.state();
        let stream = self.stream();
        let args = vec![self.arg(state), self.arg(order)];
        self.emit(&PERMUTATIONS, "permutations", args, vec![stream, clock as u32]);
        order
    }
}
