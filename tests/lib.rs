//! What tests that span crates share: models that exercise every op, and the gradient check.

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

pub mod cases;
pub mod compare;
pub mod fixed;
pub mod gradients;
pub mod worlds;
