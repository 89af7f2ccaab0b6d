//! `y[j] = Σᵢ a[i,j]`, or `Σᵢ a[i,j]·b[i,j]`: `(n,c) → (1,c)`.

use crate::Real;
use crate::kernel::{Call, Task};
use crate::tape::{Arg, Tape, Var};

kernel! {
    COLUMN_SUM = "column_sum",
    [read a, read b, write y], [],
    grid, cost, reference
}

/// Columns of a workgroup.
const COLUMNS: u32 = 16;

fn grid(task: &Task) -> [u32; 2] {
    [task.places[0].cols.div_ceil(COLUMNS), 1]
}

fn cost(task: &Task) -> f64 {
    2.0 * f64::from(task.places[0].len())
}

fn reference<F: Real>(call: &mut Call<'_, F>) {
    let (a, b) = (&call.ins[0], &call.ins[1]);
    for (j, y) in call.outs[0].iter_mut().enumerate() {
        let total: f64 = if b.is_empty() {
            a.column(j).iter().map(|x| x.wide()).sum()
        } else {
            a.column(j).iter().zip(b.column(j)).map(|(x, y)| (*x * *y).wide()).sum()
        };
        *y = F::of(total);
    }
}

/// Emits the sums of the columns of `a`, or of `a ⊙ b`.
pub(crate) fn emit(tape: &mut Tape, a: Var, b: Option<Var>) -> Var {
    let y = tape.fresh("column_sum", 1, tape.cols(a), false);
    let args = vec![tape.arg(a), b.map_or(Arg::None, |b| tape.arg(b)), tape.arg(y)];
    tape.emit(&COLUMN_SUM, "column_sum", args, Vec::new());
    y
}
