//! Columns of the labels that say which rows train and test, and which are views of one thing.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{assert_fault, fault, file, good, lines, load, prepare};
use trefoil_data::{Layout, NamedBytes};
use trefoil_protocol::{FileRole, LabelKind};

fn with_labels(header: &str, row: impl Fn(usize) -> String) -> Vec<NamedBytes> {
    let labels = lines(0..30, |i| format!("r{i},{}\n", row(i)));
    vec![
        file("a.csv", good("a", 30)),
        file("b.csv", good("b", 30)),
        file("labels.csv", format!("id,{header}\n{labels}")),
    ]
}

fn word(row: usize) -> String {
    ["test", "train", "val"][row % 3].to_owned()
}

#[test]
fn a_split_that_is_given_is_kept_whatever_the_seed() {
    for seed in [1, 2] {
        let data = prepare(load(&with_labels("split", word)).unwrap(), seed);
        let rows = |first: u32| (0..10).map(|i| first + 3 * i).collect::<Vec<u32>>();
        assert_eq!(data.splits().test(), rows(0));
        assert_eq!(data.splits().train(), rows(1));
        assert_eq!(data.splits().validation(), rows(2));
        let label = &data.labels()[0];
        assert_eq!((label.kind(), label.target()), (LabelKind::Split, None));
        assert!(data.notices().iter().any(|n| n.code == "split_given"));
    }
}

#[test]
fn another_column_or_other_words_are_a_label_like_any() {
    let other = |row: usize| ["test", "train", "other"][row % 3].to_owned();
    for files in [with_labels("part", word), with_labels("split", other)] {
        let data = prepare(load(&files).unwrap(), 1);
        assert_eq!(data.splits().train().len(), 18);
        assert_eq!(data.labels()[0].kind(), LabelKind::Class);
        assert!(data.notices().iter().all(|n| n.code != "split_given"));
    }
}

#[test]
fn a_row_that_is_in_no_split_is_an_error() {
    let holes = |row: usize| if row == 4 { String::new() } else { word(row) };
    let found = fault(load(&with_labels("split", holes)));
    let place = (Some("labels.csv"), None, Some("split"));
    assert_fault(&found, place, "\u{201c}r4\u{201d}", "another name");
}

#[test]
fn views_are_a_column_and_are_not_probed() {
    let files =
        with_labels("animal", |row| if row == 7 { String::new() } else { format!("x{}", row / 2) });
    let role = |name: &str| {
        if name == "labels.csv" { FileRole::Labels } else { FileRole::Modality }
    };
    let roles: Vec<_> = files.iter().map(|f| (role(&f.name), f.name.clone())).collect();
    let layout = || Layout::of_files(&roles, None).unwrap();
    let wanted = |column: &str| layout().with_views(Some(column.to_owned()));
    let data = prepare(wanted("animal").read(&files).unwrap(), 1);
    let views = data.views().unwrap();
    assert_eq!(views[7], None);
    for row in [0, 2, 8, 28] {
        assert_eq!(views[row], views[row + 1]);
        assert_ne!(views[row], views[(row + 2) % 30]);
    }
    let label = &data.labels()[0];
    assert_eq!((label.kind(), label.target()), (LabelKind::Views, None));
    assert_eq!(prepare(layout().read(&files).unwrap(), 1).views(), None);

    let unknown = fault(wanted("plant").read(&files));
    assert_fault(&unknown, (Some("labels.csv"), None, Some("plant")), "animal", "Choose");
    let bare = Layout::of_files(&roles[..2], None).unwrap().with_views(Some("animal".to_owned()));
    assert_fault(&fault(bare.read(&files[..2])), (None, None, None), "no labels", "without views");
}
