//! Which rows the next batch holds: `(b,1)`, as positions among the kept rows.

use crate::kernel::{Call, Task, grid};
use crate::random::{Shuffle, key_and_time};
use crate::step::Arg;
use crate::tape::{Tape, Var};
use crate::{Real, TableId, View, state};

kernel! {
    DRAW = "draw",
    [read state, table rows, write index], [order, batches],
    drawn, cost, reference
}

fn drawn(task: &Task) -> [u32; 2] {
    grid::threads(task.places[2].rows)
}

fn cost(task: &Task) -> f64 {
    f64::from(task.places[2].rows)
}

/// The order in which rows are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Every row once an epoch, in a new random order each; what does not fill a batch is left out.
    Shuffled,
    /// The same as the table has, round and round; what does not fill a batch is left out.
    Contiguous,
    /// Batch c of a fixed number, spread evenly; the last ones overlap rather than leave rows out.
    Validation {
        /// How many batches.
        batches: u32,
    },
    /// From the cursor on; beyond the end the last row again.
    Cursor,
}

/// Rows of the table for the positions of a batch of `b`, of `n` rows.
fn positions(order: u32, batches: u32, state: &[f64], n: u32, b: u32) -> Vec<u32> {
    let step = state[state::STEP] as u32;
    match order {
        0 | 1 => {
            let per_epoch = (n / b).max(1);
            let at = (0..b).map(|i| ((step % per_epoch) * b + i) % n);
            if order == 1 {
                return at.collect();
            }
            let (key, _) = key_and_time(state, 0);
            let shuffle = Shuffle::new(key, step / per_epoch, n);
            at.map(|at| shuffle.of(at)).collect()
        }
        2 => {
            let batch = state[state::VALIDATION_BATCH] as u32;
            let room = n - b.min(n);
            // batch · room / (batches - 1), in parts that stay within 32 bits.
            let last = (batches - 1).max(1);
            let start = batch * (room / last) + batch * (room % last) / last;
            (0..b).map(|i| (start + i) % n).collect()
        }
        _ => (0..b).map(|i| (state[state::CURSOR] as u32 + i).min(n - 1)).collect(),
    }
}

fn reference<F: Real>(call: &mut Call<'_, F>) {
    let state: Vec<f64> = call.ins[0].row(0).iter().map(|x| x.wide()).collect();
    let rows = &call.tables[0];
    let (n, b) = (rows.nrows() as u32, call.outs[0].nrows() as u32);
    let drawn = positions(call.attrs[0], call.attrs[1], &state, n, b);
    for (index, at) in call.outs[0].iter_mut().zip(drawn) {
        *index = F::of(f64::from(rows[[at as usize, 0]]));
    }
}

impl Tape {
    /// The next `batch` rows of the list `rows` (a table `(n,1)` of positions).
    pub(crate) fn draw(&mut self, rows: TableId, n: u32, batch: u32, order: Order) -> Var {
        let index = self.fresh("rows", batch, 1, false);
        let state = self.state();
        self.emit_draw(self.view(state), (rows, n), order, index);
        index
    }

    /// Emits the draw of a batch into `index` `(batch,1)`, from as much of the state as its order looks at.
    pub(crate) fn emit_draw(
        &mut self,
        state: View,
        (rows, n): (TableId, u32),
        order: Order,
        index: Var,
    ) {
        let (word, batches) = match order {
            Order::Shuffled => (0, 0),
            Order::Contiguous => (1, 0),
            Order::Validation { batches } => (2, batches),
            Order::Cursor => (3, 0),
        };
        let table = Arg::Table { table: rows, rows: n, cols: 1 };
        let args = vec![Arg::View(state), table, self.arg(index)];
        self.emit(&DRAW, "rows", args, vec![word, batches]);
    }
}
