//! The crate on whole worlds: known truth, controls, and values made elsewhere.

#![allow(clippy::unwrap_used, reason = "tests")]

mod column;
mod common;
mod controls;
mod information;
mod probes;
mod retrieval;
mod seeds;
mod table;
