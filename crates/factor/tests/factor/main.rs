//! What HCL's linear theory promises, measured on worlds with known loadings. Expected values are
//! those of an independent implementation of the same formulas in `NumPy`, but where a comment says
//! that they are ours.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests, and the numbers that they measure"
)]

mod common;
mod downstream;
mod own;
mod population;
mod sampling;
