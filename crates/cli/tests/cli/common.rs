//! Runs the program and reads what it wrote.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;
use trefoil_protocol::Report;

/// What the program said.
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs it in `folder`, words apart by blanks.
pub(crate) fn trefoil(folder: &Path, line: &str) -> Ended {
    run(folder, line, &[])
}

/// The same with variables of the environment.
pub(crate) fn run(folder: &Path, line: &str, environment: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trefoil"));
    command.current_dir(folder).args(line.split_whitespace()).envs(environment.iter().copied());
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ended { status: status.code().expect("no signal"), out: text(stdout), err: text(stderr) }
}

impl Ended {
    /// Fails the test unless all went well.
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.status, 0, "{}{}", self.out, self.err);
        self
    }
}

/// An empty folder that goes away with the test.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Settings that make a run take a second.
pub(crate) const SMALL: &str = "--executor cpu --set batch=32 --set width=8 --set embedding=6 \
     --set rank=2 --set tokens=2 --set token_width=8 --set eval_every=4";

/// Writes a small data set with known truth into `data` of the folder.
pub(crate) fn generate(folder: &Path) {
    let line = "generate hierarchy --dims 5,6,4 --ranks a+b+c:1,a+b:1,c:1 --rows 120 --seed 2";
    trefoil(folder, &format!("{line} --out data")).well();
}

/// A file of the folder, as text.
pub(crate) fn text(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect(name)
}

/// `report.json` of an `--out`.
pub(crate) fn report(out: &Path) -> Report {
    serde_json::from_str(&text(out, "report.json")).expect("report.json is a report")
}

/// A report without what the clock says.
pub(crate) fn comparable(report: &Report) -> Report {
    let mut report = report.clone();
    report.run.started.clear();
    for column in report.objectives.iter_mut().chain(&mut report.baselines) {
        column.seconds = 0.0;
    }
    report
}

/// Rows of a CSV file by the names of their columns.
pub(crate) fn rows(folder: &Path, name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join(name)).expect(name);
    reader.deserialize().map(|row| row.expect("as many cells as the header")).collect()
}

/// Names of all files below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut left: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(at) = left.pop() {
        for entry in std::fs::read_dir(&at).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below it");
                found.push(name.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}
