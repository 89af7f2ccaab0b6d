//! The built page, end to end in a headless browser. `cargo xtask test e2e` runs them over `dist/`.

mod experiment;
mod harness;
mod start;
