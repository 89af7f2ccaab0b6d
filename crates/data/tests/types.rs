//! What columns become, and what is said about them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod common;

use common::{codes, file, good, lines, load, prepare};
use std::fmt::Write;
use trefoil_data::{ColumnKind, ColumnUse, Dataset, InputKind};
use trefoil_protocol::Colour;

/// Loads a table with one column beside a good one.
fn with_column(name: &str, cell: impl Fn(usize) -> String) -> Dataset {
    let mut text = format!("id,other,{name}\n");
    for row in 0..40 {
        writeln!(text, "r{row},{row},{}", cell(row)).unwrap();
    }
    let files = [file("good.csv", good("g", 40)), file("x.csv", text)];
    prepare(load(&files).unwrap(), 0)
}

/// Kind, levels and values of the column `c` made of these cells, over and over.
fn column_of(cells: &[&str]) -> (ColumnKind, Vec<String>, Vec<f32>) {
    let data = with_column("c", |row| cells[row % cells.len()].to_owned());
    let columns = data.raw().modalities()[1].columns();
    let column = columns.iter().find(|column| column.name() == "c").unwrap();
    let values = column.values()[..cells.len()].to_vec();
    (column.kind(), column.levels().to_vec(), values)
}

#[test]
fn numbers() {
    let (kind, levels, values) = column_of(&["1", " 2.5 ", "\"-3e2\"", "\u{2212}4"]);
    assert_eq!((kind, levels.len()), (ColumnKind::Number, 0));
    assert_eq!(values, [1.0, 2.5, -300.0, -4.0]);
    // Zero and one are numbers.
    assert_eq!(column_of(&["0", "1"]).0, ColumnKind::Number);
}

#[test]
fn booleans() {
    for words in [["false", "true"], ["No", "YES"], ["F", "T"], ["n", "y"]] {
        let (kind, levels, values) = column_of(&words);
        assert_eq!((kind, levels.len()), (ColumnKind::Boolean, 0), "{words:?}");
        assert_eq!(values, [0.0, 1.0], "{words:?}");
    }
    let (kind, levels, _) = column_of(&["yes", "true"]);
    assert_eq!(kind, ColumnKind::Category, "{levels:?}");
}

#[test]
fn categories() {
    let (kind, levels, values) = column_of(&["b", "a", "\"c,d\"", "a"]);
    assert_eq!(kind, ColumnKind::Category);
    assert_eq!(levels, ["a", "b", "c,d"]);
    assert_eq!(values, [1.0, 0.0, 2.0, 0.0]);
}

#[test]
fn text_in_numbers_is_a_category_where_values_are_few() {
    let data = with_column("c", |row| ["1", "01", "2", "low"][row % 4].to_owned());
    let column = &data.raw().modalities()[1].columns()[1];
    // As they are written, not as numbers.
    assert_eq!(column.levels(), ["01", "1", "2", "low"]);
    assert_eq!(codes(&data, "c"), ["text_in_numbers"]);
    let notice = data.notices().iter().find(|n| n.code == "text_in_numbers").unwrap();
    assert!(
        notice.message.contains("10 of 40 cells are text, such as \u{201c}low\u{201d}"),
        "{}",
        notice.message
    );
}

#[test]
fn text_in_numbers_is_dropped_where_values_are_many() {
    let data = with_column("c", |row| match row {
        3 => "<0.1".to_owned(),
        row => format!("{row}.5"),
    });
    assert_eq!(codes(&data, "c"), ["text_column_dropped"]);
    let notice = data.notices().iter().find(|n| n.code == "text_column_dropped").unwrap();
    assert!(notice.message.contains("1 of 40 cells"), "{}", notice.message);
    assert!(notice.message.contains("limits of detection"), "{}", notice.message);
    let summary = &data.summary().modalities[1];
    assert_eq!((summary.columns, summary.numeric, summary.dropped.len()), (2, 1, 1));
    assert_eq!(summary.features, ["other"]);
}

#[test]
fn dates_and_thousands_get_advice() {
    for (cell, advice) in [("2021-05-", "dates"), ("12,0", "separators of thousands")] {
        let data = with_column("c", |row| format!("\"{cell}{row:02}\""));
        let notice = data.notices().iter().find(|n| n.code == "text_column_dropped");
        assert!(notice.unwrap().message.contains(advice), "{cell}");
    }
}

#[test]
fn missing_cells_never_make_text() {
    let (kind, _, values) = column_of(&["1", "NA", "n/a", "", "NaN", "NULL", "2"]);
    assert_eq!(kind, ColumnKind::Number);
    let missing: Vec<_> = values.iter().map(|value| value.is_nan()).collect();
    assert_eq!(missing, [false, true, true, true, true, true, false]);
}

#[test]
fn words_for_missing_are_ids() {
    let rename = |text: String| text.replace("\nr3,", "\nNA,").replace("\nr4,", "\nnull,");
    let files = ["a", "b"].map(|n| file(&format!("{n}.csv"), rename(good(n, 30))));
    let aligned = load(&files).unwrap();
    assert_eq!(aligned.ids()[3..5], ["NA", "null"]);
}

#[test]
fn the_id_column_is_found() {
    let id_of = |header: &str| {
        let text = good("x", 30).replacen("id,x1,x2", header, 1);
        let files = [file("g.csv", good("g", 30)), file("x.csv", text)];
        let summary = prepare(load(&files).unwrap(), 0).summary();
        let modality = &summary.modalities[1];
        (modality.id_column.clone(), modality.id_by_name)
    };
    assert_eq!(id_of("id,x1,x2"), ("id".to_owned(), true));
    assert_eq!(id_of(" ID ,x1,x2"), ("ID".to_owned(), true));
    assert_eq!(id_of("sample,x1,x2"), ("sample".to_owned(), false));
    // As pandas writes an index.
    assert_eq!(id_of(",x1,x2"), ("column 1".to_owned(), false));
    let last = "x1,ID,id\n".to_owned() + &lines(0..30, |r| format!("{r},{},r{r}\n", r * r));
    let files = [file("g.csv", good("g", 30)), file("x.csv", last)];
    let summary = prepare(load(&files).unwrap(), 0).summary();
    assert_eq!(summary.modalities[1].id_column, "id");
    assert_eq!(summary.modalities[1].features, ["x1", "ID"]);
}

#[test]
fn a_mark_and_a_declared_delimiter_before_the_header() {
    let text = format!("\u{feff}sep=;\r\n{}", good("x", 30).replace(',', ";"));
    let files = [file("g.csv", good("g", 30)), file("x.csv", text)];
    let summary = prepare(load(&files).unwrap(), 0).summary();
    assert_eq!((summary.modalities[1].columns, summary.modalities[1].delimiter), (2, ';'));
}

#[test]
fn what_spreadsheets_leave_beside_a_table_is_passed_over() {
    let mut text = String::from("id,a,b,,\r\n");
    for row in 0..30 {
        // Some rows are filled up to the header, some have more, none of it anything.
        let rest = if row % 3 == 0 { ",,,," } else { ",," };
        writeln!(text, "r{row},{row},{}{rest}\r", row % 7).unwrap();
    }
    text += ",,,,\r\n\r\n ,,,,\r\n";
    let files = [file("g.csv", good("g", 30)), file("x.csv", text)];
    let data = prepare(load(&files).unwrap(), 0);
    let summary = &data.summary().modalities[1];
    assert_eq!((summary.rows, summary.columns), (30, 2));
    assert_eq!(data.notices(), []);
}

#[test]
fn a_column_without_name_but_with_cells_is_kept() {
    let text = good("x", 30).replacen("x2", "", 1);
    let files = [file("g.csv", good("g", 30)), file("x.csv", text)];
    let summary = prepare(load(&files).unwrap(), 0).summary();
    assert_eq!(summary.modalities[1].features, ["x1", "column 3"]);
}

#[test]
fn columns_that_do_not_vary_are_dropped() {
    let data = with_column("c", |_| "5".to_owned());
    assert_eq!(codes(&data, "c"), ["constant_columns"]);
    assert_eq!(data.summary().modalities[1].dropped[0].why, "the same value in every row");
    let data = with_column("c", |_| String::new());
    assert_eq!(data.summary().modalities[1].dropped[0].why, "empty in every row");
}

#[test]
fn a_tick_box_is_used_for_where_it_is_empty() {
    let data = with_column("c", |row| ["x", ""][row % 2].to_owned());
    assert_eq!(data.raw().modalities()[1].columns()[1].used(), ColumnUse::Gaps);
    let inputs: Vec<_> = data.modalities()[1].columns().iter().map(|c| c.kind).collect();
    assert_eq!(inputs, [InputKind::Number, InputKind::CellMissing]);
    assert_eq!(codes(&data, "c"), ["gaps_only"]);
}

#[test]
fn large_numbers_with_a_small_spread_keep_their_digits() {
    // Seconds since 1970, a hundredth of a second apart: 32 bits alone step by 128 s.
    let data = with_column("t", |row| format!("{:.2}", 1.7e9 + row as f64 * 0.01));
    let inputs = data.modalities()[1].inputs();
    let step = inputs[[1, 1]] - inputs[[0, 1]];
    for row in 1..40 {
        let found = inputs[[row, 1]] - inputs[[row - 1, 1]];
        assert!((found - step).abs() < 1e-4 && step > 0.05, "{row}: {found} {step}");
    }
    assert_eq!(data.raw().modalities()[1].columns()[1].value(0).to_bits(), 1.7e9_f32.to_bits());
}

#[test]
fn many_odd_columns_are_counted_not_listed() {
    let columns: Vec<_> = (0..30).map(|c| format!("c{c}")).collect();
    let mut text = format!("id,x,{}\n", columns.join(","));
    for row in 0..40 {
        let cells: Vec<_> = (0..30).map(|c| format!("t{row}x{c}")).collect();
        writeln!(text, "r{row},{row},{}", cells.join(",")).unwrap();
    }
    let files = [file("g.csv", good("g", 40)), file("x.csv", text)];
    let data = prepare(load(&files).unwrap(), 0);
    let messages: Vec<_> = data.notices().iter().map(|n| n.message.as_str()).collect();
    assert_eq!(messages.len(), 6, "{messages:?}");
    assert_eq!(messages[5], "25 more columns of this file likewise");
    assert_eq!(data.summary().modalities[1].dropped.len(), 30);
}

#[test]
fn points_can_be_coloured_by_any_column() {
    let data = with_column("c", |row| ["b", "a", ""][row % 3].to_owned());
    let by = |modality: &str, column: &str| Colour::Feature {
        modality: modality.to_owned(),
        column: column.to_owned(),
    };
    let colour = data.colour(&by("x", "c")).unwrap();
    assert_eq!(colour.classes, ["a", "b"]);
    assert_eq!(colour.values[..2], [1.0, 0.0]);
    assert!(colour.values[2].is_nan());
    let number = data.colour(&by("x", "other")).unwrap();
    assert_eq!((number.classes.len(), number.values[7].to_bits()), (0, 7_f32.to_bits()));
    assert!(data.colour(&by("x", "nope")).is_err());
    assert!(data.colour(&by("nope", "c")).is_err());
}
