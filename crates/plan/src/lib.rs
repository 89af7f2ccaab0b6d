//! A training step as data.
//!
//! An objective records its forward pass on a [`Tape`]; the tape derives the backward pass;
//! [`record`] turns both, with validation and read-out, into a [`Plan`]: a flat, printable list of
//! dispatches over named memory. An [`Executor`] runs plans and knows nothing of objectives: the
//! ndarray one is here ([`Cpu`]), the WebGPU one is `trefoil-gpu`.
//!
//! Every op is a trio in `ops`: its contract with the rule of its backward pass, its reference in
//! plain Rust, generic over `f32` and `f64`, and its shader.
//!
//! Before this crate stands `trefoil-objectives`, after it the executor and `trefoil-train`.

mod chain;
mod cpu;
mod executor;
mod fold;
mod fuse;
mod init;
mod kernel;
mod lanes;
mod memory;
mod ops;
mod plan;
mod random;
mod real;
mod schedule;
pub mod shader;
pub mod state;
mod step;
mod tape;
mod training;
mod vectors;
mod view;
mod viewed;

pub use cpu::{Cpu, CpuRun};
pub use executor::{Executor, ExecutorError, Tables, Work, check_tables};
pub use kernel::{Access, Call, Kernel, Link, Operand, Place, Task};
pub use ops::KERNELS;
pub use ops::activation::Curve;
pub use ops::attention::Heads;
pub use ops::batch_norm::Statistics;
pub use ops::draw::Order;
pub use ops::matmul::{Act, Transposed};
pub use ops::token_mask::TokenMask;
pub use ops::views::Distortion;
pub use plan::{Dispatch, Named, Phase, Plan, PlanParam, TableId};
pub use random::{Clock, normals, pcg4d, uniform};
pub use real::Real;
pub use tape::{Group, Init, Param, Tape, Var};
pub use training::{
    Batch, Losses, Mode, Model, Optimiser, Stopped, Term, Training, record, stopped,
};
pub use view::{BufferId, View};
pub use viewed::Viewed;
