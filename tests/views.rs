//! Two rows of one thing as its views: what a batch is made of.

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

use ndarray::Array2;
use pollster::block_on;
use std::sync::Arc;
use trefoil_plan::{
    Batch, Cpu, Distortion, Executor, Group, Init, Losses, Model, Phase, Tables, Tape, Term, Var,
    Work, record,
};
use trefoil_tests::cases;

/// Shows the rows of both views.
struct Shown;

const AS_IT_IS: Distortion = Distortion { noise: 0.0, drop: 0.0, swap: 0.0 };

impl Model for Shown {
    fn losses(&self, tape: &mut Tape, _batch: &Batch<'_>) -> Losses {
        let w = tape.param("w", 1, 1, Group::Matrix, Init::Normal);
        let value = tape.row_dot(w, w);
        Losses {
            terms: vec![Term { name: "none".to_owned(), value, weight: 1.0 }],
            log_scale: None,
        }
    }

    fn embed(&self, tape: &mut Tape, batch: &Batch<'_>) -> Vec<(String, Var)> {
        let viewed = batch.viewed(tape);
        let both = batch.views(tape, 0, &viewed, AS_IT_IS);
        let (rows, cols) = (tape.rows(both) / 2, tape.cols(both));
        // Side by side: what is read out has a row a row of the batch.
        let flat = tape.reshape(both, 1, 2 * rows * cols);
        let parts = [0, 1].map(|half| tape.read_columns(flat, half * rows * cols, rows * cols));
        let named = ["first", "second"].map(str::to_owned).into_iter().zip(parts);
        named
            .map(|(name, part)| {
                let whole = tape.sum(&[(part, 1.0)]);
                (name, tape.reshape(whole, rows, cols))
            })
            .collect()
    }
}

/// Rows of the batch, and those that stand beside them, over several draws.
fn pairs(seed: u64) -> Vec<(usize, usize)> {
    let mut tables = cases::tables();
    let numbered = |(i, j): (usize, usize)| if j == 0 { i as f32 } else { 0.0 };
    tables.list[0] = Arc::new(Array2::from_shape_fn((cases::ROWS as usize, 7), numbered));
    let tables = Tables { list: tables.list };
    let mut training = cases::training(10);
    training.embed_rows = cases::ROWS;
    let plan = Arc::new(record(&Shown, &training));
    let executor = Cpu::<f32>::new();
    let run = block_on(executor.prepare(&plan, &tables, &[seed])).expect("tables fit the plan");
    let work = Work { run: &run, phases: &[Phase::Embed] };
    executor.submit(&[work]).expect("the CPU takes work");
    let [first, second] = ["first", "second"].map(|name| {
        let named = plan.outputs.iter().find(|o| o.name == name).expect("an output");
        let cols = named.place.cols as usize;
        run.get(&named.place).chunks(cols).map(|row| row[0] as usize).collect::<Vec<_>>()
    });
    first.into_iter().zip(second).collect()
}

#[test]
fn a_row_is_beside_another_of_the_same_thing() {
    let last = cases::ROWS as usize - 1;
    let mut beside = [[0; 3]; 3];
    for seed in 0..4 {
        for (row, other) in pairs(seed) {
            if row == last {
                assert_eq!(other, last, "a row without another is its own");
                continue;
            }
            assert_eq!(row / 3, other / 3, "row {row} beside {other}");
            assert_ne!(row, other);
            beside[row % 3][other % 3] += 1;
        }
    }
    // Evenly: 200 rows of each place have two others each, but for the last thing.
    for (own, counts) in beside.iter().enumerate() {
        for (other, &count) in counts.iter().enumerate().filter(|(other, _)| *other != own) {
            assert!((60..=140).contains(&count), "{other} beside {own}: {count}");
        }
    }
}
