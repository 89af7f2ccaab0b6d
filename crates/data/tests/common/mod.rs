//! Small tables for the tests.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    reason = "each test file takes what it needs of this one"
)]

use std::sync::Arc;
use trefoil_data::{Aligned, Dataset, Error, Layout, NamedBytes, is_labels};
use trefoil_protocol::{Fault, FaultKind, FileRole};

/// A good table: `id,<name>1,<name>2` and `rows` rows with ids r0, r1, ….
pub fn good(name: &str, rows: usize) -> String {
    let row = |row| format!("r{row},{},{}\n", row * 7 % 11, (row * row) % 13);
    format!("id,{name}1,{name}2\n{}", lines(0..rows, row))
}

pub fn file(name: &str, content: impl AsRef<[u8]>) -> NamedBytes {
    NamedBytes { name: name.to_owned(), bytes: content.as_ref().to_vec() }
}

/// Reads files as the page does; `labels.csv` is labels.
pub fn load_with(files: &[NamedBytes], group: Option<&str>) -> Result<Aligned, Error> {
    let role = |name: &str| {
        if is_labels(name) { FileRole::Labels } else { FileRole::Modality }
    };
    let roles: Vec<_> = files.iter().map(|f| (role(&f.name), f.name.clone())).collect();
    Layout::of_files(&roles, group.map(str::to_owned))?.read(files)
}

pub fn load(files: &[NamedBytes]) -> Result<Aligned, Error> {
    load_with(files, None)
}

/// One file beside a good one.
pub fn beside(content: impl AsRef<[u8]>) -> Result<Aligned, Error> {
    load(&[file("good.csv", good("g", 30)), file("x.csv", content)])
}

pub fn prepare(aligned: Aligned, seed: u64) -> Dataset {
    Arc::new(aligned).prepare(seed)
}

pub fn fault(outcome: Result<Aligned, Error>) -> Fault {
    Fault::from(outcome.expect_err("this must not load"))
}

/// The codes of all notices about a column.
pub fn codes(data: &Dataset, column: &str) -> Vec<String> {
    let about = data.notices().iter().filter(|notice| {
        notice.column.as_deref() == Some(column)
            || notice.message.contains(&format!("\u{201c}{column}\u{201d}"))
    });
    about.map(|notice| notice.code.clone()).collect()
}

/// A line for each number, joined.
pub fn lines(rows: impl IntoIterator<Item = usize>, line: impl Fn(usize) -> String) -> String {
    rows.into_iter().map(line).collect()
}

/// Asserts where a fault is, that its message has these words and that it says what to do.
pub fn assert_fault(
    fault: &Fault,
    place: (Option<&str>, Option<u64>, Option<&str>),
    message: &str,
    mend: &str,
) {
    let found = (fault.file.as_deref(), fault.row, fault.column.as_deref());
    assert_eq!(found, place, "{fault}");
    assert!(fault.message.contains(message), "{fault}");
    assert!(fault.mend.contains(mend), "{fault}");
    assert_eq!(fault.kind, FaultKind::Input);
}

/// The same for `x.csv` beside a good file.
pub fn assert_refused(
    content: impl AsRef<[u8]>,
    row: Option<u64>,
    column: Option<&str>,
    message: &str,
    mend: &str,
) {
    let fault = fault(beside(content));
    assert_fault(&fault, (Some("x.csv"), row, column), message, mend);
}
