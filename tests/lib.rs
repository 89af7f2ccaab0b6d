//! What tests that span crates share: models that exercise every op, the gradient check, and the
//! browser that the end-to-end tests drive.

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

pub mod browser;
pub mod cases;
pub mod compare;
pub mod fixed;
pub mod gradients;
pub mod worlds;
