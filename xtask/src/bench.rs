//! How fast it trains: builds the command line and lets it measure.

use crate::command::{cargo, run};
use anyhow::Result;
use std::ffi::OsString;

/// Prints steps per second of each objective on each executor, as a table and as JSON. The
/// arguments are those of `trefoil bench`.
///
/// # Errors
/// Where the build or the measurement fails.
pub fn bench(arguments: Vec<OsString>) -> Result<()> {
    let mut build = cargo(&["run", "--release", "--package", "trefoil-cli", "--", "bench"]);
    run(build.args(arguments))
}
