//! A column from beginning to end, as `train` measures it.

use crate::common::{components, data, table_world};
use ndarray::{Array2, Axis};
use std::collections::BTreeSet;
use std::sync::Arc;
use trefoil_insight::retrieval::{Scores, Task};
use trefoil_insight::{
    Block, Column, Data, Depth, Factor, Findings, InsightError, Label, LabelValues, Look, Part,
    Replica, Retriever, Study,
};
use trefoil_protocol::ProbeKind;

const ROWS: usize = 700;

fn world() -> (Data, Replica) {
    let (x, ranks) = table_world(3, ROWS, 0.1);
    let h: Vec<Array2<f32>> = x.iter().zip(&ranks).map(|(x, k)| components(x, *k)).collect();
    let mut data = data(&x);
    data.modalities[2].present = (0..ROWS).map(|i| i % 10 != 0).collect();
    let sign = |i: usize| Some(u32::from(h[0][[i, 0]] > 0.0));
    data.labels = vec![
        Label {
            name: "sign".to_owned(),
            values: LabelValues::Class((0..ROWS).map(sign).collect()),
        },
        Label {
            name: "size".to_owned(),
            values: LabelValues::Number(
                (0..ROWS).map(|i| (i % 7 != 0).then_some(f64::from(h[1][[i, 0]]))).collect(),
            ),
        },
    ];
    let mut factor = h[0].slice_axis(Axis(1), (0..2).into()).to_owned();
    factor.row_mut(9).fill(f32::NAN);
    factor.row_mut(600).fill(f32::NAN);
    data.factors = vec![Factor { name: "first".to_owned(), values: factor }];
    let mut noisy = h.clone();
    noisy[2].index_axis_mut(Axis(0), 0).fill(f32::NAN);
    let part =
        |m: usize| Part { values: noisy[m].clone(), present: data.modalities[m].present.clone() };
    let replica = Replica {
        all: (0..3).map(part).collect(),
        blocks: vec![
            Block { name: "ab".to_owned(), subset: vec![0, 1], part: part(0) },
            Block { name: "c".to_owned(), subset: vec![2], part: part(2) },
        ],
        modality: noisy,
    };
    (data, replica)
}

fn split() -> [Vec<usize>; 3] {
    let rows: Vec<usize> = (0..ROWS).collect();
    [rows[..420].to_vec(), rows[420..560].to_vec(), rows[560..].to_vec()]
}

/// Scores by the first six components: something, but not CCA.
fn answer(replica: &Replica) -> impl FnMut(&Task) -> Scores {
    |task: &Task| {
        let of = |rows: &[usize], m: usize| {
            let six = replica.modality[m].slice_axis(Axis(1), (0..6).into()).to_owned();
            six.select(Axis(0), rows)
        };
        let queries = task
            .given
            .iter()
            .fold(Array2::zeros((task.queries.len(), 6)), |sum, m| sum + of(&task.queries, *m));
        Scores { queries, candidates: of(&task.candidates, task.target), filled: false }
    }
}

fn measure(study: &mut Study, replicas: &[Option<Replica>]) -> (Findings, Vec<f64>) {
    let mut column = Column::new();
    let mut progress = Vec::new();
    for replica in replicas {
        let Some(replica) = replica else {
            column.skip();
            continue;
        };
        if column.begin(study, replica).is_err() {
            continue;
        }
        let mut answer = answer(replica);
        while !column.step(study, replica, &mut Retriever::Objective(&mut answer)) {
            progress.push(column.done());
        }
    }
    (column.finish(study), progress)
}

fn study(data: Data, look: Look) -> Study {
    Study::new(Arc::new(data), look).unwrap()
}

#[test]
fn a_report_holds_everything() {
    let (data, replica) = world();
    let mut diverged = replica.clone();
    diverged.modality[1][[5, 0]] = f32::NAN;
    let [train, validation, test] = split();
    let mut study = study(data, Look::report(&train, &validation, &test));
    let (found, progress) = measure(&mut study, &[Some(replica), None, Some(diverged)]);
    assert!(progress.windows(2).all(|w| w[0] <= w[1]));
    assert!(progress.iter().all(|p| (0.0..=1.0).contains(p)));

    // Skipped and diverged seeds are null everywhere.
    let nulls = |v: &[Option<f64>]| v.iter().map(Option::is_some).collect::<Vec<_>>();
    let expected = [true, false, false];
    assert_eq!(found.retrieval.len(), 9);
    assert!(found.retrieval.iter().all(|r| nulls(&r.top1.per_seed) == expected));
    // Two labels × (all, two blocks, three modalities) × two kinds; two lines for the class.
    assert_eq!(found.probes.len(), 12 * 2 + 12);
    for p in &found.probes {
        assert_eq!(nulls(&p.value.per_seed), expected, "{p:?}");
        assert!(p.baseline.is_some(), "{p:?}");
    }
    assert!(found.sharing.components.iter().all(|c| c.seeds == 1));
    assert_eq!(found.sharing.fit_rows, 378);
    assert!(found.sharing.needs_both.values().all(|c| nulls(&c.per_seed) == expected));

    let recovery = found.recovery.unwrap();
    assert_eq!(recovery.factors, ["first"]);
    assert_eq!(recovery.blocks, ["all", "ab", "c", "modality:a", "modality:b", "modality:c"]);
    // Probes call what they read from by the same names.
    let probed: BTreeSet<&str> = found.probes.iter().map(|p| p.block.as_str()).collect();
    assert_eq!(probed, recovery.blocks.iter().map(String::as_str).collect());
    // The factor is made of the first two columns of modality a, which are in block ab and in all.
    for (name, cell) in recovery.blocks.iter().zip(&recovery.r2[0]) {
        let whole = ["all", "ab", "modality:a"].contains(&name.as_str());
        assert_eq!(nulls(&cell.per_seed), expected, "{name}");
        assert!(
            if whole { cell.mean > Some(0.99) } else { cell.mean < Some(0.8) },
            "{name} {cell:?}"
        );
    }
}

#[test]
fn the_raw_column_is_answered_by_cca() {
    let (mut data, _) = world();
    data.labels.clear();
    let [train, validation, test] = split();
    let mut study = study(data, Look::report(&train, &validation, &test));
    let raw = study.raw();
    let mut column = Column::new();
    column.begin(&study, &raw).unwrap();
    while !column.step(&mut study, &raw, &mut Retriever::Cca) {}
    let found = column.finish(&study);
    assert_eq!(found.retrieval.len(), 9);
    for (i, r) in found.retrieval.iter().enumerate() {
        assert_eq!(r.pool100.mean, r.cca_pool100);
        assert!(r.top1.mean.unwrap() > r.chance);
        let scores = study.cca_scores(i).unwrap();
        assert_eq!(scores.queries.nrows() as u32, r.queries);
    }
    // It has no blocks; what it keeps of the truth is known all the same.
    let recovery = found.recovery.unwrap();
    assert_eq!(recovery.blocks, ["all", "modality:a", "modality:b", "modality:c"]);
    assert!(recovery.r2[0][0].mean > Some(0.99), "{:?}", recovery.r2);
    assert!(recovery.r2[0][3].mean < Some(0.8), "{:?}", recovery.r2);
    assert!(found.probes.is_empty());
    let shared = found.sharing.components.iter().filter(|c| c.subset.len() > 1).count();
    assert!(shared >= 6, "{shared}");
}

#[test]
fn the_same_input_gives_the_same_findings_to_the_last_bit() {
    let (data, replica) = world();
    let [train, validation, test] = split();
    let run = || {
        let look = Look::report(&train[..200], &validation[..60], &test[..60]);
        measure(&mut study(data.clone(), look), &[Some(replica.clone())]).0
    };
    assert_eq!(run(), run());
}

#[test]
fn a_live_look_leaves_the_test_rows_alone() {
    let (data, replica) = world();
    let [train, validation, test] = split();
    let look = Look::live(&train, &validation);
    assert_eq!(look.depth, Depth::Live);
    let (found, _) = measure(&mut study(data.clone(), look.clone()), &[Some(replica.clone())]);
    // Rubbish in the test rows changes nothing.
    let mut spoilt = replica;
    for row in test {
        for h in &mut spoilt.modality {
            h.index_axis_mut(Axis(0), row).fill(1e6);
        }
        for part in &mut spoilt.all {
            part.values.index_axis_mut(Axis(0), row).fill(1e6);
        }
    }
    assert_eq!(measure(&mut study(data, look), &[Some(spoilt)]).0, found);
    assert!(found.recovery.is_none());
    assert!(found.probes.iter().all(|p| p.block == "all" && p.probe == ProbeKind::Linear));
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let (mut data, mut replica) = world();
    let [train, validation, test] = split();
    let look = Look::report(&train, &validation, &test);
    let study = Study::new(Arc::new(data.clone()), look.clone()).unwrap();
    let mut column = Column::new();
    replica.modality.pop();
    assert!(matches!(column.begin(&study, &replica), Err(InsightError::Shape { .. })));
    data.modalities[1].raw[[3, 2]] = f32::INFINITY;
    let e = Study::new(Arc::new(data.clone()), look.clone()).err().unwrap();
    assert_eq!(e.to_string(), "modality b holds a value that is not finite");
    // In a row that lacks the modality it is of no account.
    data.modalities[1].present[3] = false;
    assert!(Study::new(Arc::new(data.clone()), look.clone()).is_ok());
    data.labels[0].values = LabelValues::Class(vec![None; 3]);
    assert!(Study::new(Arc::new(data), look).is_err());
}

#[test]
fn data_without_rows_in_common_still_has_a_report() {
    let (mut data, replica) = world();
    data.modalities[0].present = (0..ROWS).map(|i| i % 2 == 0).collect();
    data.modalities[1].present = (0..ROWS).map(|i| i % 2 == 1).collect();
    data.modalities[2].present = vec![false; ROWS];
    let [train, validation, test] = split();
    let mut study = Study::new(Arc::new(data), Look::report(&train, &validation, &test)).unwrap();
    let mut column = Column::new();
    column.begin(&study, &replica).unwrap();
    let mut answer = answer(&replica);
    while !column.step(&mut study, &replica, &mut Retriever::Objective(&mut answer)) {}
    let found = column.finish(&study);
    assert!(found.sharing.components.is_empty());
    assert!(found.sharing.warnings[0].contains("too few rows"), "{:?}", found.sharing.warnings);
    assert!(found.retrieval.is_empty());
    assert!(!found.probes.is_empty());
}
