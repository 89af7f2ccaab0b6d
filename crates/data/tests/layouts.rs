//! How files become a data set: rows joined, labels, folders and their cards.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod common;

use common::{codes, file, good, lines, load, load_with, prepare};
use std::fmt::Write;
use trefoil_data::{Label, Layout, is_table, modality_name, parse_card};
use trefoil_protocol::{FileRole, LabelKind};

#[test]
fn rows_are_joined_by_id_and_kept_with_two_modalities() {
    let rows = |name: &str, ids: std::ops::Range<usize>| {
        let lines = lines(ids, |i| format!("r{i},{i}\n"));
        file(&format!("{name}.csv"), format!("id,v\n{lines}"))
    };
    let files = [rows("a", 0..15), rows("b", 10..50), rows("c", 30..70)];
    let data = prepare(load(&files).unwrap(), 0);
    let summary = data.summary();
    assert_eq!((summary.distinct_ids, summary.rows, summary.complete_rows), (70, 25, 0));
    assert_eq!(data.ids()[0], "r10");
    assert_eq!(data.ids()[24], "r49");
    let patterns: Vec<_> = summary.patterns.iter().map(|p| (p.present.clone(), p.rows)).collect();
    let (ab, bc) = (vec![true, true, false], vec![false, true, true]);
    assert_eq!(patterns, [(bc, 20), (ab, 5)], "most frequent first");
    // Values stay with their ids.
    for (row, id) in data.ids().iter().enumerate() {
        for modality in data.raw().modalities() {
            let value = modality.columns()[0].value(row);
            assert_eq!(value.is_nan(), !modality.present()[row]);
            assert!(value.is_nan() || format!("r{value}") == *id);
        }
    }
}

#[test]
fn a_row_without_a_cell_lacks_the_modality() {
    let text = good("x", 40).replace("\nr5,2,12\n", "\nr5,NA,\n");
    let files = [file("g.csv", good("g", 40)), file("x.csv", text)];
    let data = prepare(load(&files).unwrap(), 0);
    assert_eq!(data.rows(), 39);
    assert!(data.notices().iter().any(|n| n.code == "empty_rows"));
    assert!(data.notices().iter().any(|n| n.code == "rows_dropped"));
}

#[test]
fn one_table_may_hold_all_modalities() {
    let mut text = String::from("id,bill.length,bill.depth.mm,body.mass,note,body.kind\n");
    for row in 0..40 {
        let body = if row % 4 == 0 { "," } else { "7" };
        let kind = if row % 4 == 0 { "" } else { ["x", "y"][row % 2] };
        let body = if body == "," { String::new() } else { row.to_string() };
        writeln!(text, "r{row},{row},{},{body},n{row},{kind}", row % 5).unwrap();
    }
    let data = prepare(load(&[file("all.csv", text)]).unwrap(), 0);
    let summary = data.summary();
    let shape: Vec<_> =
        summary.modalities.iter().map(|m| (m.name.as_str(), m.features.clone())).collect();
    let names = |names: &[&str]| names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>();
    assert_eq!(
        shape,
        [("bill", names(&["length", "depth.mm"])), ("body", names(&["mass", "kind"]))]
    );
    assert_eq!((summary.rows, summary.distinct_ids), (30, 40));
    assert_eq!(summary.modalities[1].columns, 2);
    assert!(data.notices().iter().any(|n| n.code == "no_modality" && n.message.contains("note")));
}

#[test]
fn labels_are_classes_numbers_or_names() {
    let mut labels = String::from("id,word,few,many,half,name,wide,dead,empty\n");
    for row in 0..400 {
        let dead = ["yes", "no", ""][row % 3];
        writeln!(
            labels,
            "r{row},{},{},{row},{}.5,person {row},{},{dead},",
            ["u", "v"][row % 2],
            row % 20,
            row % 3,
            row % 40 + 100
        )
        .unwrap();
    }
    let labels = labels.replace("r7,v,7", "r7,v,7.0");
    let files =
        [file("a.csv", good("a", 400)), file("b.csv", good("b", 400)), file("labels.csv", labels)];
    let data = prepare(load(&files).unwrap(), 0);
    let found: Vec<_> = data
        .labels()
        .iter()
        .map(|l| (l.name(), l.kind(), l.classes().len(), l.target().map(|t| t.classes().len())))
        .collect();
    assert_eq!(
        found,
        [
            ("word", LabelKind::Class, 2, Some(2)),
            ("few", LabelKind::Class, 20, Some(20)),
            ("many", LabelKind::Number, 0, Some(0)),
            ("half", LabelKind::Number, 0, Some(0)),
            ("name", LabelKind::Text, 400, None),
            ("wide", LabelKind::Number, 0, Some(0)),
            ("dead", LabelKind::Class, 2, Some(2)),
            ("empty", LabelKind::Class, 0, None),
        ]
    );
    let few = &data.labels()[1];
    assert_eq!(few.classes()[10], "10", "in the order of the numbers");
    assert_eq!((few.text(13), few.text(21)), (Some("13"), Some("1")));
    let summary = data.summary();
    assert_eq!((summary.labels[6].missing, summary.labels[0].classes), (133, Some(2)));
    assert!(summary.labels[4].skipped.is_some());
}

#[test]
fn more_than_30_classes_are_not_probed_and_rare_ones_dropped() {
    let mut labels = String::from("id,wide,rare\n");
    for row in 0..200 {
        let rare = if row < 3 { "rare" } else { ["u", "v"][row % 2] };
        writeln!(labels, "r{row},k{},{rare}", row % 31).unwrap();
    }
    let files =
        [file("a.csv", good("a", 200)), file("b.csv", good("b", 200)), file("labels.csv", labels)];
    let data = prepare(load(&files).unwrap(), 0);
    let [wide, rare] = data.labels() else {
        panic!("two labels");
    };
    assert_eq!((wide.kind(), wide.target()), (LabelKind::Class, None));
    assert!(wide.skipped().unwrap().contains("31 classes"));
    assert_eq!(codes(&data, "wide"), ["label_skipped"]);
    assert_eq!(rare.target().unwrap().classes(), ["u", "v"]);
    assert!(rare.target().unwrap().values()[0].is_nan());
    assert_eq!(rare.text(0), Some("rare"), "still shown");
    assert_eq!(codes(&data, "rare"), ["rare_classes"]);
}

#[test]
fn a_group_is_not_probed() {
    let labels = lines(0..60, |row| format!("r{row},{}\n", row / 2));
    let files = [
        file("a.csv", good("a", 60)),
        file("b.csv", good("b", 60)),
        file("labels.csv", format!("id,nest\n{labels}")),
    ];
    let data = prepare(load_with(&files, Some("nest")).unwrap(), 3);
    let label = &data.labels()[0];
    assert_eq!((label.kind(), label.target()), (LabelKind::Group, None));
    for split in [data.splits().train(), data.splits().validation(), data.splits().test()] {
        for &row in split {
            assert!(split.contains(&(row ^ 1)), "{row}");
        }
    }
}

#[test]
fn a_folder_is_its_tables_and_labels() {
    let names =
        ["b.csv", "a.TSV.gz", "labels.csv", "notes.txt", "plot.png", ".x.csv", "truth.json"];
    let names = names.map(str::to_owned);
    let layout = Layout::of_directory(&names, None, None).unwrap();
    let files: Vec<_> = layout.files().collect();
    assert_eq!(files, ["a.TSV.gz", "b.csv", "labels.csv", "truth.json"]);
}

#[test]
fn a_card_says_which_and_in_which_order() {
    let card = br#"{
        "modalities": [
            {"name": "second", "file": "b.csv.gz"},
            {"name": "first", "file": "a.csv"},
            {"name": "off", "file": "c.csv", "on": false}
        ],
        "labels_file": "y.csv",
        "labels": [{"name": "code", "kind": "class"}, {"name": "n", "kind": "number"}],
        "group": "g"
    }"#;
    let card = parse_card("dataset.json", card).unwrap();
    let labels = lines(0..60, |r| format!("r{r},{}.5,{},g{}\n", r % 3, r % 3, r / 2));
    let files = [
        file("a.csv", good("a", 60)),
        file("b.csv", good("b", 60)),
        file("c.csv", good("c", 60)),
        file("extra.csv", good("d", 60)),
        file("y.csv", format!("id,code,n,g\n{labels}")),
    ];
    let names: Vec<_> = files.iter().map(|f| f.name.clone()).collect();
    let layout = Layout::of_directory(&names, Some(card.clone()), None).unwrap();
    assert_eq!(layout.files().collect::<Vec<_>>(), ["b.csv", "a.csv", "y.csv"]);
    let data = prepare(layout.read(&files).unwrap(), 0);
    let kinds: Vec<_> = data.labels().iter().map(Label::kind).collect();
    assert_eq!(kinds, [LabelKind::Class, LabelKind::Number, LabelKind::Group]);
    let unlisted: Vec<_> = data.notices().iter().filter(|n| n.code == "file_not_listed").collect();
    assert_eq!(unlisted.len(), 1);
    assert!(
        unlisted[0].message.contains("extra.csv") && !unlisted[0].message.contains("c.csv\u{201d}")
    );
    assert_eq!(data.summary().card, Some(card.clone()));
    let chosen = ["off".to_owned(), "first".to_owned()];
    let layout = Layout::of_directory(&names, Some(card), Some(&chosen)).unwrap();
    assert_eq!(layout.files().collect::<Vec<_>>(), ["a.csv", "c.csv", "y.csv"]);
}

#[test]
fn files_are_read_one_by_one_in_any_order() {
    let files = [file("a.csv", good("a", 60)), file("b.csv", good("b", 60))];
    let names = ["a.csv", "b.csv"].map(str::to_owned);
    let layout = Layout::of_directory(&names, None, None).unwrap();
    let whole = layout.clone().read(&files).unwrap();
    let mut reading = layout.reading();
    reading.add("b.csv", &files[1].bytes).unwrap();
    reading.add("notes.txt", b"no table").unwrap();
    // A bad file leaves the others as they were, and can be put right.
    assert!(reading.add("a.csv", b"id\n").is_err());
    reading.add("a.csv", &files[0].bytes).unwrap();
    let one_by_one = reading.finish().unwrap();
    assert_eq!(one_by_one.ids(), whole.ids());
    assert_eq!(prepare(one_by_one, 1).summary(), prepare(whole, 1).summary());
}

#[test]
fn a_card_may_say_no_more_than_the_group() {
    let card = parse_card("dataset.json", br#"{"group": "g"}"#).unwrap();
    let labels = lines(0..60, |r| format!("r{r},g{}\n", r / 2));
    let files = [
        file("a.csv", good("a", 60)),
        file("b.csv", good("b", 60)),
        file("labels.csv", format!("id,g\n{labels}")),
    ];
    let names: Vec<_> = files.iter().map(|f| f.name.clone()).collect();
    let layout = Layout::of_directory(&names, Some(card), None).unwrap();
    let data = prepare(layout.read(&files).unwrap(), 0);
    assert_eq!(data.modalities().len(), 2);
    assert_eq!(data.labels()[0].kind(), LabelKind::Group);
}

#[test]
fn command_line_choices_go_before_the_folder() {
    let names = ["a.csv", "b.csv", "labels.csv"].map(str::to_owned);
    let layout = Layout::of_directory(&names, None, None).unwrap();
    let layout = layout.with_labels(Some("other.csv".to_owned())).with_group(None);
    assert_eq!(layout.files().last(), Some("other.csv"));
    let roles = [(FileRole::Modality, "x/a.csv".to_owned())];
    assert_eq!(Layout::of_files(&roles, None).unwrap().files().count(), 1);
}

#[test]
fn names_of_files() {
    for (name, modality) in [
        ("text_en.csv", "text_en"),
        ("some/where/Text.TSV.gz", "Text"),
        ("C:\\data\\x.csv", "x"),
        ("odd.txt", "odd"),
        ("plain", "plain"),
    ] {
        assert_eq!(modality_name(name), modality);
    }
    for name in ["a.csv", "a.TSV", "a.csv.gz", "x/a.tsv.GZ"] {
        assert!(is_table(name), "{name}");
    }
    for name in ["a.json", "a.gz", ".a.csv", "~$a.csv", "csv", "a.csv.bak"] {
        assert!(!is_table(name), "{name}");
    }
}
