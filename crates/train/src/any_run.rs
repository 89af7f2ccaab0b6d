//! A run, wherever it runs.

use crate::run::Run;
use trefoil_plan::{Cpu, Executor};
use trefoil_protocol::{Event, RunConfig};

/// A run on one executor or the other.
pub(crate) enum AnyRun<G: Executor> {
    Gpu(Run<G>),
    Cpu(Run<Cpu<f32>>),
}

impl<G: Executor> AnyRun<G> {
    /// What it was started with.
    pub(crate) fn config(&self) -> &RunConfig {
        match self {
            Self::Gpu(run) => &run.config,
            Self::Cpu(run) => &run.config,
        }
    }

    /// What the page is told of it.
    pub(crate) fn start(&self) -> Event {
        match self {
            Self::Gpu(run) => run.start(),
            Self::Cpu(run) => run.start(),
        }
    }

    /// Steps submitted.
    pub(crate) fn step(&self) -> u32 {
        match self {
            Self::Gpu(run) => run.step(),
            Self::Cpu(run) => run.step(),
        }
    }

    /// Whether there is nothing left to train.
    pub(crate) fn is_over(&self) -> bool {
        match self {
            Self::Gpu(run) => run.is_over(),
            Self::Cpu(run) => run.is_over(),
        }
    }
}
