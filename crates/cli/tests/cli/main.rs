//! The command line as people use it: the program itself, files on disk, exit statuses.

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod bad_input;
mod common;
mod recompute;
mod reproduce;
mod schema;
mod usage;
mod work;
