//! Tables that can be read but make no data set, and files that are refused unread.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod common;

use common::{assert_fault, assert_refused, beside, fault, file, good, lines, load, load_with};
use trefoil_data::{
    Layout, MAX_FILE_BYTES, NamedBytes, check_digest, check_size, check_sizes, digest, parse_card,
};
use trefoil_protocol::Fault;

#[test]
fn no_ids_in_common() {
    let place = (Some("x.csv"), None, Some("id"));
    let other = good("x", 30).replace("\nr", "\nq");
    assert_fault(&fault(beside(other)), place, "good.csv", "same way");
    // What nearly matches is shown.
    let upper = fault(beside(good("x", 30).replace("\nr", "\nR")));
    assert_fault(&upper, place, "\u{201c}R0\u{201d} and \u{201c}r0\u{201d}", "letter by letter");
    let padded = |prefix: &str| good("g", 30).replace("\nr", &format!("\n{prefix}"));
    let numbers = [file("a.csv", padded("1")), file("x.csv", padded("01"))];
    assert_fault(&fault(load(&numbers)), place, "\u{201c}010\u{201d}", "letter by letter");
    let dashed = |mark: &str| good("g", 30).replace("\nr", &format!("\nP{mark}"));
    let numbers = [file("a.csv", dashed("-")), file("x.csv", dashed("_"))];
    assert_fault(
        &fault(load(&numbers)),
        place,
        "\u{201c}P_0\u{201d} and \u{201c}P-0\u{201d}",
        "letter by letter",
    );
    // Two that meet, and the odd one out is named.
    let three = [
        file("x.csv", good("x", 30).replace("\nr", "\nq")),
        file("b.csv", good("b", 30)),
        file("c.csv", good("c", 30)),
    ];
    assert_fault(&fault(load(&three)), place, "b.csv", "same way");
}

#[test]
fn a_transposed_table_is_recognised() {
    let ids: Vec<_> = (0..30).map(|row| format!("r{row}")).collect();
    let gene = |gene: usize| {
        let cells: Vec<_> = (0..30).map(|row| (row * gene % 7).to_string()).collect();
        format!("g{gene},{}\n", cells.join(","))
    };
    let text = format!("gene,{}\n{}", ids.join(","), lines(0..5, gene));
    let fault = fault(beside(text));
    assert_eq!(fault.file.as_deref(), Some("x.csv"));
    assert!(fault.message.contains("transposed"), "{fault}");
}

#[test]
fn fewer_than_20_kept_rows() {
    let files = [file("a.csv", good("a", 19)), file("b.csv", good("b", 40))];
    let none = (None, None, None);
    assert_fault(&fault(load(&files)), none, "only 19 of 40", "Add rows");
    let files = [file("a.csv", good("a", 20)), file("b.csv", good("b", 40))];
    assert_eq!(load(&files).unwrap().ids().len(), 20);
}

#[test]
fn a_modality_without_one_usable_column() {
    let constant = lines(0..30, |row| format!("r{row},5\n"));
    let text = format!("id,a\n{constant}");
    assert_refused(text, None, None, "the same value", "two different");
    let text = good("x", 30)
        .lines()
        .map(|l| l.split(',').next().unwrap().to_owned() + "\n")
        .collect::<String>();
    assert_refused(text, None, None, "all it has", "leave the file out");
    let names = lines(0..30, |row| format!("r{row},name {row}\n"));
    assert_refused(format!("id,a\n{names}"), None, None, "are text", "two different");
    let space = "id a b\nr1 1 2\nr2 3 4\n";
    assert_refused(space, None, None, "comma, semicolon, tab or bar", "");
}

#[test]
fn nine_modalities() {
    let files: Vec<_> = (1..=9).map(|i| file(&format!("m{i}.csv"), good("a", 30))).collect();
    let place = (Some("m9.csv"), None, None);
    assert_fault(&fault(load(&files)), place, "9 modalities; the limit is 8", "8 are left");
    assert!(load(&files[..8]).is_ok());
    let columns: Vec<_> = (1..=9).map(|i| format!("m{i}.x")).collect();
    let one = format!("id,{}\nr1,1,2,3,4,5,6,7,8,9\n", columns.join(","));
    let fault = fault(load(&[file("one.csv", one)]));
    assert!(fault.message.contains("9 modalities"), "{fault}");
}

#[test]
fn one_modality() {
    let files = [file("x.csv", good("a", 30))];
    let place = (Some("x.csv"), None, None);
    assert_fault(&fault(load(&files)), place, "modalities found: 1", "modality.feature");
    assert_fault(&fault(load(&[])), (None, None, None), "modalities found: 0", "Add a table");
}

#[test]
fn a_500_mb_file() {
    // Before a byte is read.
    let fault = Fault::from(check_size("big.csv", 500_000_000).unwrap_err());
    assert_fault(&fault, (Some("big.csv"), None, None), "256 MiB", "below 256 MiB");
    assert_eq!(check_size("fits.csv", MAX_FILE_BYTES), Ok(()));
    let sizes = [("a", 200 << 20), ("b", 200 << 20), ("c", 200 << 20)];
    let fault = Fault::from(check_sizes(sizes).unwrap_err());
    assert_fault(&fault, (None, None, None), "together", "below 512 MiB");
}

#[test]
fn labels_with_no_matching_ids() {
    let files = |labels: &str| {
        let labels = file("labels.csv", labels);
        [file("a.csv", good("a", 30)), file("b.csv", good("b", 30)), labels]
    };
    let place = (Some("labels.csv"), None, Some("id"));
    let fault = fault(load(&files("id,y\nR1,1\nR2,2\n")));
    assert_fault(&fault, place, "\u{201c}R1\u{201d} and \u{201c}r1\u{201d}", "without labels");
    assert!(load(&files("id,y\nr1,1\n")).is_ok());
}

#[test]
fn groups_that_cannot_be() {
    let files = |labels: Option<String>| -> Vec<NamedBytes> {
        let mut files = vec![file("a.csv", good("a", 30)), file("b.csv", good("b", 30))];
        files.extend(labels.map(|text| file("labels.csv", text)));
        files
    };
    let two = lines(0..30, |row| format!("r{row},{}\n", row % 2));
    let two = format!("id,g\n{two}");
    let few = fault(load_with(&files(Some(two.clone())), Some("g")));
    assert_fault(&few, (Some("labels.csv"), None, Some("g")), "2 groups", "more groups");
    let unknown = fault(load_with(&files(Some(two)), Some("h")));
    let place = (Some("labels.csv"), None, Some("h"));
    assert_fault(&unknown, place, "there are \u{201c}g\u{201d}", "Choose");
    let without = fault(load_with(&files(None), Some("g")));
    assert_fault(&without, (None, None, None), "no labels file", "without groups");
}

#[test]
fn files_of_one_name() {
    let files = [file("one/x.csv", good("a", 30)), file("two/x.tsv", good("b", 30))];
    let place = (Some("two/x.tsv"), None, None);
    assert_fault(&fault(load(&files)), place, "one/x.csv", "Rename");
}

#[test]
fn descriptions_that_cannot_be() {
    let error = parse_card("dataset.json", b"{\n\"group\": 5}").unwrap_err();
    let fault = Fault::from(error);
    assert_fault(&fault, (Some("dataset.json"), Some(2), None), "invalid type", "Correct");
    let card =
        parse_card("dataset.json", br#"{"modalities":[{"name":"a","file":"a.csv"}]}"#).unwrap();
    let missing = Layout::of_directory(&["b.csv".to_owned()], Some(card.clone()), None);
    let fault = Fault::from(missing.unwrap_err());
    assert_fault(&fault, (Some("a.csv"), None, None), "not there", "dataset.json");
    let unknown = Layout::of_card(card, Some(&["c".to_owned()]));
    let fault = Fault::from(unknown.unwrap_err());
    assert_fault(
        &fault,
        (None, None, None),
        "\u{201c}c\u{201d}; there are \u{201c}a\u{201d}",
        "Choose",
    );
}

#[test]
fn a_file_that_was_not_read() {
    let names = ["a.csv", "b.csv"].map(str::to_owned);
    let layout = Layout::of_directory(&names, None, None).unwrap();
    let outcome = layout.read(&[file("a.csv", good("a", 30))]);
    assert_fault(&fault(outcome), (Some("b.csv"), None, None), "not there", "beside");
}

#[test]
fn a_file_that_has_changed() {
    // FIPS 180-2, B.1.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(digest(b"abc"), abc);
    assert_eq!(check_digest("a.csv", b"abc", abc), Ok(()));
    let fault = Fault::from(check_digest("a.csv", b"abd", abc).unwrap_err());
    assert_fault(&fault, (Some("a.csv"), None, None), "changed", "as it was");
}
