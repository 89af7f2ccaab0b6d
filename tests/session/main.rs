//! The session from commands to events, on small data: what page and command line rely on.

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod double;

mod commands;
mod control;
mod diverge;
mod executors;
mod input;
mod known;
mod life_of_a_batch;
mod repeat;
mod splits;
mod structure;
mod views;
