//! The linear theory of HCL (arXiv 2604.05462) on a covariance: which modalities share how many
//! factors, with which loadings, and which of these a target depends on. Nothing here trains an
//! encoder, and nothing reads a file.
//!
//! The model: `x_m = Σ_{S∋m} W_{m,S} z_S + ε_m`, with a block of `r_S` factors for each set S of
//! modalities, factors of unit variance that do not correlate, and noise of variance `σ_m²`.
//!
//! 1. [`Covariance`] of the rows, with or without missing modalities.
//! 2. [`estimate_ranks`] finds the `r_S`; [`own_ranks`] does for data that nobody simulated.
//! 3. [`Noise`] is taken off the diagonal, and [`peel()`] gives the loadings in closed form;
//!    [`refine()`] lowers the masked objective from there or from anywhere.
//! 4. [`Moments`] regresses a target on the factors and selects blocks of them.
//! 5. [`Recovery`] holds loadings against true ones; [`World`] has true ones.
//!
//! The published paper and code give the model, the masked objective, the debiased regression and
//! the group lasso. The peeling with one rotation for all modalities, the identifiability that it
//! rests on, the rank–Möbius rule, the noise per modality and the size of the penalty are ours, and
//! said to be so where they are.
//!
//! Everything is f64, single-threaded and deterministic.

mod block_problem;
mod covariance;
mod error;
mod linalg;
mod loadings;
pub mod metrics;
mod noise;
mod own;
mod peel;
mod ranks;
mod refine;
mod select;
mod structure;
pub mod world;

pub use covariance::Covariance;
pub use error::FactorError;
pub use loadings::Loadings;
pub use metrics::Recovery;
pub use noise::{Noise, NoiseModel};
pub use own::{CrossEvidence, OwnJob, OwnOptions, OwnRanks, own_ranks};
pub use peel::{MOST_PEELED, PeelJob, Rotation, peel};
pub use ranks::{Evidence, RankWarning, Ranks, estimate_ranks, mobius};
pub use refine::{Refined, objective, refine};
pub use select::{Moments, PathPoint, Selection, excess_risk, scorer};
pub use structure::{MOST_MODALITIES, Structure, StructureWarning, Subset};
pub use world::{Design, Draw, World};
