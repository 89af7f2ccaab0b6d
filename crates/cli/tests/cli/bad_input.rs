//! Files that cannot be used: status 2, the file, row, column and mend on the standard error, and
//! nothing written.

use crate::common::{SMALL, folder, trefoil};
use std::fmt::Write;
use std::path::Path;

fn table(name: &str, rows: usize) -> String {
    let mut text = format!("id,{name}1,{name}2\n");
    for row in 0..rows {
        writeln!(text, "r{row},{}.5,{}", row * 7 % 11, row * row % 13).expect("memory");
    }
    text
}

/// Trains on a folder and expects it to be refused with these words.
fn refused(folder: &Path, words: &[&str]) {
    let line = format!("train --data data --objective clip --steps 2 --seeds 1 {SMALL} --out out");
    for line in [line.as_str(), "inspect --data data"] {
        let ended = trefoil(folder, line);
        assert_eq!(ended.status, 2, "{line}: {}{}", ended.out, ended.err);
        for word in words {
            assert!(ended.err.contains(word), "no \u{201c}{word}\u{201d} in: {}", ended.err);
        }
        assert!(ended.out.is_empty(), "{}", ended.out);
        assert!(!folder.join("out").exists(), "something was written");
    }
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join("data").join(name);
    std::fs::create_dir_all(folder.join("data")).expect("a folder");
    std::fs::write(path, bytes).expect("written");
}

/// A good `good.csv` beside `x.csv`.
fn beside(bytes: impl AsRef<[u8]>, words: &[&str]) {
    let folder = folder();
    write(folder.path(), "good.csv", table("g", 30));
    write(folder.path(), "x.csv", bytes);
    refused(folder.path(), words);
}

/// A good table with line `at` (the header is 1) written otherwise.
fn with_line(at: usize, line: &str) -> String {
    let good = table("x", 30);
    let lines = good.lines().enumerate();
    lines
        .map(|(i, old)| if i + 1 == at { line } else { old })
        .fold(String::new(), |t, l| t + l + "\n")
}

#[test]
fn tables_that_cannot_be_read_are_refused_where_they_are_wrong() {
    beside("", &["x.csv: ", "empty", "Choose a table"]);
    beside("id,x1,x2\n", &["x.csv: ", "no rows", "Choose a table"]);
    let fractions = (0..30).fold("u,v\n".to_owned(), |t, i| format!("{t}0.{i}5,{i}\n"));
    beside(
        fractions,
        &["x.csv, row 2, column \u{201c}u\u{201d}", "\u{201c}id\u{201d}", "Name the column"],
    );
    beside(
        with_line(9, "r3,1,2"),
        &["x.csv, row 9, column \u{201c}id\u{201d}", "row 5", "Remove one"],
    );
    beside(
        with_line(1, "id,x1,x1"),
        &["x.csv, row 1, column \u{201c}x1\u{201d}", "same name", "Rename"],
    );
    beside(
        with_line(7, "r5,1"),
        &["x.csv, row 7, column \u{201c}x2\u{201d}", "2 cells", "as many cells"],
    );
    beside(with_line(7, "r5,1,2,3"), &["x.csv, row 7", "4 cells", "as many cells"]);
    beside(
        with_line(7, "r5,\"1,2"),
        &["x.csv, row 7, column \u{201c}x1\u{201d}", "never closed", "Close the quote"],
    );
    beside(
        with_line(7, "r5,inf,2"),
        &["x.csv, row 7, column \u{201c}x1\u{201d}", "infinite", "Leave the cell empty"],
    );
    beside(with_line(7, "r5,1e99,2"), &["x.csv, row 7, column \u{201c}x1\u{201d}", "too large"]);
    beside(
        with_line(7, "r5,1\0,2"),
        &["x.csv, row 7, column \u{201c}x1\u{201d}", "NUL", "Remove the character"],
    );
    let mut latin = with_line(7, "r5,M_nchen,2").into_bytes();
    let at = latin.iter().position(|b| *b == b'_').expect("it is there");
    latin[at] = 0xfc;
    beside(
        latin,
        &["x.csv, row 7, column \u{201c}x1\u{201d}", "not UTF-8", "Save it again as UTF-8"],
    );
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\x01\0\x08\x06".repeat(9);
    beside(png, &["x.csv: ", "not a table", "Save the table as CSV"]);
}

#[test]
fn tables_that_do_not_make_a_data_set_are_refused() {
    let other = table("x", 30).replace("\nr", "\nq");
    beside(other, &["x.csv, column \u{201c}id\u{201d}", "no id of this file", "in the same way"]);
    beside(table("x", 19), &["19 of 30 ids", "at least 20", "Add rows"]);
    let constant = (0..30).fold("id,x1\n".to_owned(), |t, i| format!("{t}r{i},5\n"));
    beside(constant, &["x.csv: ", "no usable column", "at least two different"]);

    let folder = folder();
    for i in 0..9 {
        write(folder.path(), &format!("m{i}.csv"), table("m", 30));
    }
    refused(folder.path(), &["m8.csv: ", "9 modalities", "limit is 8", "Leave out"]);

    let folder = crate::common::folder();
    write(folder.path(), "only.csv", table("o", 30));
    refused(folder.path(), &["at least 2", "Add a table"]);

    let folder = crate::common::folder();
    write(folder.path(), "a.csv", table("a", 30));
    write(folder.path(), "b.csv", table("b", 30));
    write(folder.path(), "labels.csv", table("l", 30).replace("\nr", "\nq"));
    refused(
        folder.path(),
        &["labels.csv, column \u{201c}id\u{201d}", "no id of the labels", "Use the same ids"],
    );
    write(folder.path(), "labels.csv", "id,l\nr1,\"x\n");
    refused(folder.path(), &["labels.csv, row 2, column \u{201c}l\u{201d}", "never closed"]);
    std::fs::remove_file(folder.path().join("data/labels.csv")).expect("removed");
    write(folder.path(), "dataset.json", "{\n  \"group\": 3\n}");
    refused(folder.path(), &["dataset.json, row 2", "cannot be read", "Correct the file"]);
}

/// Half a gigabyte of nothing, which takes no room on the disk: refused by its size, in less time
/// than reading it takes.
#[test]
fn a_file_of_500_megabytes_is_refused_without_being_read() {
    let folder = folder();
    write(folder.path(), "a.csv", table("a", 30));
    write(folder.path(), "b.csv", table("b", 30));
    let large = std::fs::File::create(folder.path().join("data/large.csv")).expect("a file");
    large.set_len(500 << 20).expect("a sparse file");
    refused(
        folder.path(),
        &["large.csv: ", "524288000 bytes", "256 MiB", "Leave out columns or rows"],
    );
    // Nor can anybody read it, and the answer is the same.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let nobody = std::fs::Permissions::from_mode(0o000);
        large.set_permissions(nobody).expect("permissions");
        refused(folder.path(), &["large.csv: ", "524288000 bytes"]);
    }
}

#[test]
fn text_among_numbers_is_not_an_error_and_is_said() {
    let folder = folder();
    let at = folder.path();
    write(at, "good.csv", table("g", 60));
    let mut text = "id,x1,few,many\n".to_owned();
    for i in 0..60 {
        let few = if i % 3 == 0 { "red".to_owned() } else { format!("{}", i % 2) };
        writeln!(text, "r{i},{i}.5,{few},word{i}").expect("memory");
    }
    write(at, "x.csv", text);
    let said = trefoil(at, "inspect --data data").well().out;
    assert!(said.contains("many") && said.contains("dropped or changed"), "{said}");
    let json = trefoil(at, "inspect --data data --json").well().out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let x = &json["modalities"][1];
    assert_eq!((&x["categorical"], &x["dropped"][0]["column"]), (&1.into(), &"many".into()), "{x}");
}
