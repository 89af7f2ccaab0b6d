//! Rows of a table: `table[index] → (b,d)`.

use crate::kernel::{Call, Task, grid};
use crate::step::Arg;
use crate::tape::{Tape, Var};
use crate::{Real, TableId};

kernel! {
    GATHER = "gather",
    [table source, read index, write x], [], gathered, cost, reference
}

fn gathered(task: &Task) -> [u32; 2] {
    grid::threads(task.places[2].len())
}

fn cost(_: &Task) -> f64 {
    0.0
}

fn reference<F: Real>(call: &mut Call<'_, F>) {
    for (mut x, &row) in call.outs[0].rows_mut().into_iter().zip(&call.ins[0]) {
        let source = call.tables[0].row(row.wide() as usize);
        for (x, &v) in x.iter_mut().zip(source) {
            *x = F::of(f64::from(v));
        }
    }
}

impl Tape {
    /// The rows `index` `(b,1)` of a table `(n,d)`: `(b,d)`.
    pub fn gather(&mut self, source: TableId, shape: (u32, u32), index: Var) -> Var {
        let (n, d) = shape;
        let x = self.fresh("inputs", self.rows(index), d, false);
        let table = Arg::Table { table: source, rows: n, cols: d };
        let args = vec![table, self.arg(index), self.arg(x)];
        self.emit(&GATHER, "inputs", args, Vec::new());
        x
    }
}
