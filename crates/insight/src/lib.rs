//! Embeddings in, findings out: what do the modalities share, and what can be read from where?
//!
//! Before this crate, an objective was trained (or not: the raw features and an untrained encoder
//! are measured the same way) and each replica's [`Replica`] was computed for every kept row.
//! After it, the findings go into `trefoil_protocol::Report`. Nothing here trains an embedding;
//! probes fit their own small models.
//!
//! * [`Study`] holds the data, which rows are fitted and held out, and what depends on the data
//!   alone: the raw baseline, ridge CCA, the probes' baselines, the rows of the sharing map.
//! * [`Column`] measures one objective (one column of the comparison), replica by replica, in
//!   steps short enough for a worker that must also answer messages.
//! * The parts can be used on their own: [`sharing`], [`probes`], [`retrieval`], [`recovery`],
//!   [`projection`], [`raw`], [`stats`].
//!
//! Everything is single-threaded and deterministic: the same input gives the same output.

mod column;
mod data;
mod error;
pub mod information;
mod linalg;
pub mod metrics;
mod origin;
pub mod probes;
pub mod projection;
mod random;
pub mod raw;
pub mod recovery;
mod replica;
pub mod retrieval;
pub mod sharing;
pub mod stats;
mod study;

pub use column::{Column, Findings, Retriever};
pub use data::{Data, Depth, Factor, Label, LabelValues, Look, Modality};
pub use error::InsightError;
pub use origin::{Origin, origins};
pub use replica::{Block, Part, Replica};
pub use study::Study;
