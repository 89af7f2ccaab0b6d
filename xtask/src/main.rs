//! Builds, serves, tests and measures Trefoil.

fn main() {}
