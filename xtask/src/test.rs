//! `cargo xtask test`: every check and test, the cheap ones first. A stage that fails does not stop
//! the next, and the last line is the true total of all of them.

mod stages;
mod summary;

pub use summary::Summary;

use crate::Stopwatch;
use anyhow::Result;
use stages::{STAGES, Stage};
use std::ops::AddAssign;
use std::process::ExitCode;

/// What passed and what failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Checks and tests that passed.
    pub passed: u64,
    /// Those that failed, crashed suites and what did not compile included.
    pub failed: u64,
}

impl Tally {
    /// One check.
    pub fn check(passed: bool) -> Self {
        Self { passed: u64::from(passed), failed: u64::from(!passed) }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Runs all stages, or the one named `filter`, or of all stages the tests whose name has `filter`
/// in it.
pub fn run(filter: Option<&str>) -> ExitCode {
    let named = STAGES.iter().find(|stage| Some(stage.name) == filter);
    let (stages, filter): (Vec<&Stage>, _) = match (named, filter) {
        (Some(stage), _) => (STAGES.iter().filter(|s| s.name == stage.name).collect(), None),
        (None, Some(filter)) => (STAGES.iter().filter(|s| s.has_tests).collect(), Some(filter)),
        (None, None) => {
            println!("Every check and test: 25 to 35 minutes on two cores from nothing.");
            (STAGES.iter().collect(), None)
        }
    };
    let mut total = Tally::default();
    let mut lines = Vec::new();
    for stage in stages {
        println!("\n=== {}: {}", stage.name, stage.about);
        let watch = Stopwatch::start();
        let tally = settle((stage.run)(filter));
        total += tally;
        let Tally { passed, failed } = tally;
        let (name, seconds) = (stage.name, watch.seconds());
        lines.push(format!("{name:<12}{passed:>6} passed {failed:>4} failed {seconds:>8.1} s"));
    }
    if let Some(filter) = filter
        && total == Tally::default()
    {
        eprintln!("No test has \u{201c}{filter}\u{201d} in its name.");
        total.failed = 1;
    }
    println!("\n{}", lines.join("\n"));
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A stage that could not be run failed.
fn settle(result: Result<Tally>) -> Tally {
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        Tally::check(false)
    })
}
