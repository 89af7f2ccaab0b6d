//! Builds, serves and tests Trefoil: what `cargo xtask` does, and the parts of it that the
//! end-to-end tests use too.
//!
//! Read [`tools`] (what must be installed), [`bundle`] (how `dist/` is made), [`methods`] (its pages
//! about the methods), [`server`], [`mod@test`] (the stages of `cargo xtask test`), [`tidy`] (rules of
//! this repository that no linter knows), [`mod@bench`] and [`mod@reproduce`].
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to its user"
)]

pub mod bench;
pub mod browser;
pub mod bundle;
pub mod command;
pub mod methods;
pub mod reproduce;
pub mod server;
pub mod test;
pub mod tidy;
pub mod tools;

use std::path::{Path, PathBuf};

/// The folder of the repository.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// Seconds that something took, for people.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts counting.
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Seconds since the start.
    pub fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
