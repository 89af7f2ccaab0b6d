//! Two random views of each row of a batch: `table[index] → (2b,d)`, the second view below the
//! first; with an index of 2b rows each view has its own. Inputs are standardised, so 0 is an input's mean and the noise is in its own units.
//!
//! Each input is set to its mean with probability `drop`, taken from another training row with
//! probability `swap` (SCARF, Bahri et al. 2022), or kept; then noise of standard deviation
//! `sigma` is added.

use crate::kernel::{Call, Task, grid, word};
use crate::random::{Clock, key_and_time, normals, pcg4d, uniform};
use crate::step::Arg;
use crate::tape::{Tape, Var};
use crate::{Real, TableId};

kernel! {
    VIEWS = "views",
    [read state, table source, table pool, read index, write x],
    [stream, clock, sigma, drop, swap],
    pairs, cost, reference
}

/// A thread two neighbouring columns: normals come in pairs.
fn pairs(task: &Task) -> [u32; 2] {
    let x = &task.places[4];
    grid::threads(x.rows * x.cols.div_ceil(2))
}

fn cost(task: &Task) -> f64 {
    30.0 * f64::from(task.places[4].len())
}

fn reference<F: Real>(call: &mut Call<'_, F>) {
    let state: Vec<f64> = call.ins[0].row(0).iter().map(|x| x.wide()).collect();
    let index = &call.ins[1];
    let (source, pool) = (&call.tables[0], &call.tables[1]);
    let (stream, (key, time)) = (call.attrs[0], key_and_time(&state, call.attrs[1]));
    let [sigma, drop, swap] = [2, 3, 4].map(|i| f32::from_bits(call.attrs[i]));
    let x = &mut call.outs[0];
    let (rows, cols) = x.dim();
    let half = cols.div_ceil(2);
    for i in 0..rows {
        let row = index[[i % index.nrows(), 0]].wide() as usize;
        for pair in 0..half {
            let counter = (i * half + pair) as u32;
            let r = pcg4d([key, stream, time, counter]);
            let noise = normals(r[0], r[1]);
            for q in 0..2.min(cols - 2 * pair) {
                let j = 2 * pair + q;
                let u = uniform(r[2 + q]);
                let kept = if u < drop {
                    0.0
                } else if u < drop + swap {
                    let pick = pcg4d([key, stream + 1, time, 2 * counter + q as u32])[0];
                    let other = pool[[pick as usize % pool.nrows(), 0]] as usize;
                    source[[other, j]]
                } else {
                    source[[row, j]]
                };
                x[[i, j]] = F::of(f64::from(kept + sigma * noise[q]));
            }
        }
    }
}

/// How much a view differs from its row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distortion {
    /// Standard deviation of the noise, in units of the input's own.
    pub noise: f64,
    /// Share of inputs set to their mean.
    pub drop: f64,
    /// Share of inputs taken from another training row.
    pub swap: f64,
}

impl Tape {
    /// `rows` views of the rows `index` of a table `(n,d)`, round and round: `(rows,d)`. Swapped
    /// inputs come from rows of the list `pool`.
    pub fn views(
        &mut self,
        source: (TableId, u32, u32),
        pool: (TableId, u32),
        (index, rows): (Var, u32),
        distortion: Distortion,
        clock: Clock,
    ) -> Var {
        let (table, n, d) = source;
        let x = self.fresh("views", rows, d, false);
        let state = self.state();
        let stream = self.stream();
        let args = vec![
            self.arg(state),
            Arg::Table { table, rows: n, cols: d },
            Arg::Table { table: pool.0, rows: pool.1, cols: 1 },
            self.arg(index),
            self.arg(x),
        ];
        let Distortion { noise, drop, swap } = distortion;
        let attrs = vec![stream, clock as u32, word(noise), word(drop), word(swap)];
        self.emit(&VIEWS, "views", args, attrs);
        x
    }
}
