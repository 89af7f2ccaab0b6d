//! Another view of each row of a batch: `(b,1)` positions. A row's partner is drawn evenly from the
//! other rows of the same thing and split; a row that has none is its own.
//!
//! `places` `(n,3)` has for each row where its run begins in the list `members`, how long that is,
//! and at which place in it the row itself stands.

use crate::kernel::{Call, Task, grid};
use crate::random::{Clock, key_and_time, pcg4d};
use crate::step::Arg;
use crate::tape::{Tape, Var};
use crate::{Real, TableId};

kernel! {
    PARTNER = "partner",
    [read state, table places, table members, read index, write partner],
    [stream, clock],
    drawn, cost, reference
}

fn drawn(task: &Task) -> [u32; 2] {
    grid::threads(task.places[4].rows)
}

fn cost(task: &Task) -> f64 {
    f64::from(task.places[4].rows)
}

fn reference<F: Real>(call: &mut Call<'_, F>) {
    let state: Vec<f64> = call.ins[0].row(0).iter().map(|x| x.wide()).collect();
    let (places, members) = (&call.tables[0], &call.tables[1]);
    let (stream, (key, time)) = (call.attrs[0], key_and_time(&state, call.attrs[1]));
    let index = &call.ins[1];
    let partner = &mut call.outs[0];
    for (i, partner) in partner.iter_mut().enumerate() {
        let row = index[[i, 0]].wide() as usize;
        let [start, count, own] = [0, 1, 2].map(|j| places[[row, j]] as u32);
        if count < 2 {
            *partner = index[[i, 0]];
            continue;
        }
        let pick = pcg4d([key, stream, time, i as u32])[0] % (count - 1);
        let at = start + pick + u32::from(pick >= own);
        *partner = F::of(f64::from(members[[at as usize, 0]]));
    }
}

impl Tape {
    /// Partners of the rows `index` `(b,1)`: `places` is a table of `rows` rows, `members` a list
    /// of positions.
    pub fn partner(
        &mut self,
        (places, rows): (TableId, u32),
        (members, n): (TableId, u32),
        index: Var,
        clock: Clock,
    ) -> Var {
        let partner = self.fresh("partner", self.rows(index), 1, false);
        let state = self.state();
        let stream = self.stream();
        let args = vec![
            self.arg(state),
            Arg::Table { table: places, rows, cols: 3 },
            Arg::Table { table: members, rows: n, cols: 1 },
            self.arg(index),
            self.arg(partner),
        ];
        self.emit(&PARTNER, "partner", args, vec![stream, clock as u32]);
        partner
    }
}
