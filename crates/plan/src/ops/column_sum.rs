//! `y[j] = Σᵢ a[i,j]`, or `Σᵢ a[i,j]·b[i,j]`: `(n,c) → (1,c)`.

use crate::kernel::{Call, Task};
use crate::step::Arg;
use crate::tape::{Tape, Var};
use crate::{Real, lanes};

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

/// Rows that are added up as they are.
const ROWS: usize = 32;

fn reference<F: Real>(call: &mut Call<'_, F>) {
    let (a, b) = (&call.ins[0], &call.ins[1]);
    // Row after row, as memory has them; from block to block in f64, as there may be many rows.
    let mut totals = vec![0.0f64; a.ncols()];
    let mut block = vec![F::zero(); a.ncols()];
    let mut b_rows = lanes::rows(b);
    for (i, a_row) in lanes::rows(a).enumerate() {
        if let Some(b_row) = b_rows.next() {
            for (sum, (&a, &b)) in block.iter_mut().zip(a_row.iter().zip(b_row)) {
                *sum += a * b;
            }
        } else {
            block.iter_mut().zip(a_row).for_each(|(sum, &a)| *sum += a);
        }
        if (i + 1) % ROWS == 0 || i + 1 == a.nrows() {
            totals.iter_mut().zip(&block).for_each(|(total, sum)| *total += sum.wide());
            block.fill(F::zero());
        }
    }
    for (y, total) in call.outs[0].iter_mut().zip(totals) {
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
