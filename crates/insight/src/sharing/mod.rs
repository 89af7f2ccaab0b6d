//! The sharing map: which components a representation has, and from which modalities each can be
//! read. `docs/sharing-map.md` holds the definition. It is ours, not the papers'.
//!
//! Order of work: [`SharingPlan::choose`] settles modalities and rows; a [`SharingJob`] makes the
//! map of one replica (whiten, shared space, untangle, specific components, then the numbers);
//! [`over_seeds`] joins the maps of all replicas.

mod components;
mod job;
mod numbers;
mod plan;
mod products;
mod seeds;
mod space;
mod untangle;
mod whiten;

pub use job::{MapComponent, ReplicaMap, SharingJob, map};
pub use plan::SharingPlan;
pub use seeds::over_seeds;
