//! Inputs of encoders: imputed, standardised on training rows, one-hot, with indicators.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod common;

use common::{file, load, prepare};
use proptest::prelude::*;
use std::fmt::Write;
use trefoil_data::{ABSENT, Dataset, InputKind, NamedBytes};

const ROWS: usize = 50;

/// `m` with a number, a category, a boolean and gaps, absent in the last five rows; `n` and `o`
/// with one number, always there.
fn files(number: impl Fn(usize) -> String) -> [NamedBytes; 3] {
    let mut m = String::from("id,x,k,b,g\n");
    let mut n = String::from("id,y\n");
    for row in 0..ROWS {
        writeln!(n, "r{row},{}", row * row % 17).unwrap();
        if row < ROWS - 5 {
            let kind = ["u", "v", "w", "v"][row % 4];
            let flag = ["yes", "no"][row % 2];
            let gap = if row % 5 == 0 { String::new() } else { format!("{}", row % 7) };
            writeln!(m, "r{row},{},{kind},{flag},{gap}", number(row)).unwrap();
        }
    }
    let o = n.replace("id,y", "id,z");
    [file("m.csv", m), file("n.csv", n), file("o.csv", o)]
}

fn data(number: impl Fn(usize) -> String, seed: u64) -> Dataset {
    prepare(load(&files(number)).unwrap(), seed)
}

fn simple(row: usize) -> String {
    format!("{}.25", row * 37 % 23)
}

#[test]
fn every_input_is_named_and_has_its_kind() {
    let data = data(simple, 1);
    let found: Vec<_> = data.modalities()[0]
        .columns()
        .iter()
        .map(|c| (c.name.as_str(), c.column, c.kind))
        .collect();
    assert_eq!(
        found,
        [
            ("x", Some(0), InputKind::Number),
            ("k=u", Some(1), InputKind::Category { level: 0 }),
            ("k=v", Some(1), InputKind::Category { level: 1 }),
            ("k=w", Some(1), InputKind::Category { level: 2 }),
            ("b", Some(2), InputKind::Boolean),
            ("g", Some(3), InputKind::Number),
            ("g (missing)", Some(3), InputKind::CellMissing),
            ("(absent)", None, InputKind::Absent),
        ]
    );
    // No gap, nothing absent: no indicator.
    assert_eq!(data.modalities()[1].columns().len(), 1);
    let summary = &data.summary().modalities[0];
    assert_eq!((summary.inputs, summary.missing_cells), (8, 9));
    assert_eq!((summary.numeric, summary.boolean, summary.categorical), (2, 1, 1));
}

/// Mean and variance of an input over training rows that have the modality.
fn moments(data: &Dataset, input: usize) -> (f64, f64) {
    let modality = &data.modalities()[0];
    let rows = data.splits().train().iter().map(|&row| row as usize);
    let rows: Vec<_> = rows.filter(|&row| modality.present()[row]).collect();
    let values = |power: i32| {
        let values = rows.iter().map(|&row| f64::from(modality.inputs()[[row, input]]).powi(power));
        values.sum::<f64>() / rows.len() as f64
    };
    (values(1), values(2))
}

#[test]
fn training_rows_have_mean_0_and_variance_1() {
    for seed in 0..5 {
        let data = data(simple, seed);
        for input in [0, 4] {
            let (mean, square) = moments(&data, input);
            assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-5, "{input}: {mean} {square}");
        }
        // A category has variance 1 as a whole.
        let total: f64 = [1, 2, 3].iter().map(|&input| moments(&data, input).1).sum();
        let mean: f64 = [1, 2, 3].iter().map(|&input| moments(&data, input).0.abs()).sum();
        assert!((total - 1.0).abs() < 1e-5 && mean < 1e-6, "{total} {mean}");
    }
}

#[test]
fn missing_is_the_training_mean_and_flagged() {
    let data = data(simple, 2);
    let inputs = data.modalities()[0].inputs();
    for row in 0..ROWS - 5 {
        let missing = row % 5 == 0;
        assert_eq!(inputs[[row, 5]].to_bits() == 0, missing || inputs[[row, 5]] == 0.0, "{row}");
        assert_eq!(inputs[[row, 6]].to_bits(), f32::from(u8::from(missing)).to_bits(), "{row}");
    }
    // The mean is of the cells that are there.
    let train = data.splits().train().iter().map(|&row| row as usize);
    let there: Vec<_> = train.filter(|row| *row < ROWS - 5 && row % 5 != 0).collect();
    let mean = there.iter().map(|row| (row % 7) as f64).sum::<f64>() / there.len() as f64;
    assert!((data.modalities()[0].columns()[5].mean - mean).abs() < 1e-12);
}

#[test]
fn an_absent_row_is_0_but_for_its_indicator() {
    let data = data(simple, 3);
    let modality = &data.modalities()[0];
    for row in 0..ROWS {
        let absent = row >= ROWS - 5;
        assert_eq!(modality.present()[row], !absent);
        assert_eq!(modality.keys()[row] == ABSENT, absent);
        let values = modality.inputs().row(row);
        assert_eq!(values[7].to_bits(), f32::from(u8::from(absent)).to_bits());
        assert!(!absent || values.iter().take(7).all(|x| x.to_bits() == 0));
    }
}

#[test]
fn what_does_not_vary_in_training_says_nothing_and_says_so() {
    let probe = data(simple, 4);
    let train = probe.splits().train().to_vec();
    let held_out = |row: usize| !train.contains(&(row as u32));
    let data = data(
        |row| {
            if held_out(row) { format!("1e3{}", row % 8) } else { "3".to_owned() }
        },
        4,
    );
    assert_eq!(data.splits().train(), train);
    let modality = &data.modalities()[0];
    assert!(modality.inputs().column(0).iter().all(|x| x.to_bits() == 0));
    assert_eq!(modality.columns()[0].sd.to_bits(), 0);
    let notice = data.notices().iter().find(|n| n.code == "constant_in_train").unwrap();
    assert!(notice.message.contains("\u{201c}x\u{201d}"), "{}", notice.message);
}

#[test]
fn far_values_are_drawn_in_and_counted() {
    let probe = data(simple, 4);
    let train = probe.splits().train().to_vec();
    let number = |row: usize| {
        let tiny = format!("{row}e-30");
        if train.contains(&(row as u32)) { tiny } else { "3e38".to_owned() }
    };
    let data = data(number, 4);
    let present = data.modalities()[0].present().iter().enumerate();
    let held_out = present.filter(|(row, here)| **here && !train.contains(&(*row as u32))).count();
    let far = data.modalities()[0].inputs().column(0).iter().filter(|x| x.abs() >= 10.0).count();
    assert_eq!(far, held_out);
    assert!(data.modalities()[0].inputs().iter().all(|x| x.abs() <= 10.0));
    let notice = data.notices().iter().find(|n| n.code == "far_values").unwrap();
    assert!(notice.message.starts_with(&format!("{held_out} values")), "{}", notice.message);
}

#[test]
fn identical_rows_have_one_key() {
    let mut text = String::from("id,x,y\n");
    for row in 0..40 {
        let y = ["", "1", "-0", "0"][row / 2 % 4];
        writeln!(text, "r{row},{},{y}", row % 2).unwrap();
    }
    let other = files(simple)[1].clone();
    let data = prepare(load(&[file("x.csv", text), other]).unwrap(), 0);
    let keys = data.modalities()[0].keys();
    assert_eq!(keys[..6], [0, 1, 2, 3, 4, 5]);
    assert_eq!(keys[4], keys[6], "zero is zero, whatever its sign");
    assert_eq!(keys[8..10], [0, 1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn held_out_rows_change_no_training_input(
        numbers in proptest::collection::vec(-100i32..100, ROWS),
        changed in proptest::collection::vec(-100i32..100, ROWS),
        seed: u64,
    ) {
        let before = data(|row| numbers[row].to_string(), seed);
        let train: Vec<usize> = before.splits().train().iter().map(|&row| row as usize).collect();
        let source = |row: usize| if train.contains(&row) { numbers[row] } else { changed[row] };
        let after = data(|row| source(row).to_string(), seed);
        prop_assert_eq!(after.splits(), before.splits());
        prop_assert_eq!(after.modalities()[0].columns(), before.modalities()[0].columns());
        for row in train {
            let [a, b] = [&before, &after].map(|data| data.modalities()[0].inputs().row(row));
            prop_assert_eq!(a, b);
        }
    }
}
