//! Which rows the next batch holds: `(b,1)`, as positions among the kept rows.

use crate::kernel::{Call, Task, grid};
use crate::random::{key_and_time, shuffled};
use crate::step::Arg;
use crate::tape::{Tape, Var};
use crate::{Real, TableId, state};

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

/// Row of the table for position `i` of a batch of `b`, of `n` rows.
fn position(order: u32, batches: u32, state: &[f64], n: u32, b: u32, i: u32) -> u32 {
    let step = state[state::STEP] as u32;
    match order {
        0 | 1 => {
            let per_epoch = (n / b).max(1);
            let at = (step % per_epoch) * b + i;
            if order == 1 {
                return at % n;
            }
            let (key, _) = key_and_time(state, 0);
            shuffled(key, step / per_epoch, n, at % n)
        }
        2 => {
            let batch = state[state::VALIDATION_BATCH] as u32;
            let room = n - b.min(n);
            // batch · room / (batches - 1), in parts that stay within 32 bits.
            let last = (batches - 1).max(1);
            let start = batch * (room / last) + batch * (room % last) / last;
            (start + i) % n
        }
        _ => (state[state::CURSOR] as u32 + i).min(n - 1),
    }
}

/// The rows of a batch: what is read is the state, what is looked up the list of rows.
pub(crate) fn rows_of<F: Real>(call: &Call<'_, F>, batch: usize) -> Vec<f32> {
    let state: Vec<f64> = call.ins[0].row(0).iter().map(|x| x.wide()).collect();
    let (rows, b) = (&call.tables[0], batch as u32);
    let at = |i| position(call.attrs[0], call.attrs[1], &state, rows.nrows() as u32, b, i);
    (0..b).map(|i| rows[[at(i) as usize, 0]]).collect()
}

fn reference<F: Real>(call: &mut Call<'_, F>) {
    let rows = rows_of(call, call.outs[0].nrows());
    for (index, row) in call.outs[0].iter_mut().zip(rows) {
        *index = F::of(f64::from(row));
    }
}

impl Tape {
    /// The next `batch` rows of the list `rows` (a table `(n,1)` of positions).
    pub fn draw(&mut self, rows: TableId, n: u32, batch: u32, order: Order) -> Var {
        let index = self.fresh("rows", batch, 1, false);
        let (word, batches) = match order {
            Order::Shuffled => (0, 0),
            Order::Contiguous => (1, 0),
            Order::Validation { batches } => (2, batches),
            Order::Cursor => (3, 0),
        };
        let state = self.state();
        let table = Arg::Table { table: rows, rows: n, cols: 1 };
        let args = vec![self.arg(state), table, self.arg(index)];
        self.emit(&DRAW, "rows", args, vec![word, batches]);
        index
    }
}
