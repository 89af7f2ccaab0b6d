//! Runs a plan on WebGPU: through wgpu natively, through the browser's own in a worker.
//!
//! All memory of a run is one buffer (the arena), so that a dispatch needs one bind group for ever
//! and a step nothing new: what changes from dispatch to dispatch is an offset into a table of
//! tasks. The workgroups of all tasks and replicas of a dispatch stand in one row.
//!
//! This is the only crate that knows wgpu. Before it stands `trefoil-plan`, after it
//! `trefoil-train`.

mod device;
mod executor;
mod layout;
mod pipelines;
mod run;
mod staging;
mod together;

pub use device::{Adapter, Gpu, GpuError};
pub use run::GpuRun;
