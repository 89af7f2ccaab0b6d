//! The trainer in a web worker.

fn main() {}
