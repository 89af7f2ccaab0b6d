//! What runs plans. Executors know nothing of objectives.

use crate::kernel::Place;
use crate::plan::{Phase, Plan};
use std::future::Future;
use std::sync::Arc;

/// The tables of a data set, in the order that `Training` says; the same for all runs on it.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Row-major values of each.
    pub list: Vec<Arc<ndarray::Array2<f32>>>,
}

/// Work that an executor could not do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutorError {
    /// The tables given are not those that the plan was made for.
    #[error("table {table} is {found:?}, the plan needs {expected:?}")]
    Tables {
        /// Position.
        table: usize,
        /// Rows and columns needed.
        expected: (u32, u32),
        /// Rows and columns given.
        found: (usize, usize),
    },
    /// More memory than the device has or allows.
    #[error("the run needs {needed} bytes in one buffer, the device allows {allowed}")]
    Memory {
        /// Bytes of the largest buffer.
        needed: u64,
        /// Bytes that a buffer may have.
        allowed: u64,
    },
    /// The device is gone or refused the work.
    #[error("the device failed: {0}")]
    Device(String),
}

/// Some phases of one run, to be done in order.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a, R> {
    /// Which run.
    pub run: &'a R,
    /// What to do.
    pub phases: &'a [Phase],
}

/// Runs plans.
///
/// Work is queued: [`Executor::submit`] returns at once where the device works by itself.
/// [`Executor::finish`] and [`Executor::read`] are about what was submitted before they were
/// called, not before they are awaited.
pub trait Executor {
    /// Memory and programs of one plan and its replicas.
    type Run;

    /// Makes ready what these plans need besides memory, all at once where the device can do that.
    /// [`Executor::prepare`] makes what is missing: calling this is for speed alone.
    fn compile(&self, _plans: &[Arc<Plan>]) -> impl Future<Output = Result<(), ExecutorError>> {
        std::future::ready(Ok(()))
    }

    /// Makes room for a plan, with one replica for each seed, at its starting values, and runs
    /// [`Phase::Begin`](crate::Phase). Whoever writes the step or the key of a state runs that again.
    fn prepare(
        &self,
        plan: &Arc<Plan>,
        tables: &Tables,
        seeds: &[u64],
    ) -> impl Future<Output = Result<Self::Run, ExecutorError>>;

    /// Queues work; items of one call, each of another run, are interleaved as they stand or done
    /// at once.
    ///
    /// # Errors
    /// Where the device is gone.
    fn submit(&self, work: &[Work<'_, Self::Run>]) -> Result<(), ExecutorError>;

    /// Whether the items of one call share the device, so that none has a time of its own.
    fn is_parallel(&self) -> bool;

    /// Waits until everything submitted so far is done.
    fn finish(&self) -> impl Future<Output = Result<(), ExecutorError>>;

    /// The values of some places, replica after replica, row-major: one vector a place.
    fn read<'a>(
        &'a self,
        run: &Self::Run,
        places: &[Place],
    ) -> impl Future<Output = Result<Vec<Vec<f32>>, ExecutorError>> + use<'a, Self>;

    /// Sets the values of a place, the same for every replica; row-major.
    ///
    /// # Errors
    /// Where the device is gone.
    fn write(&self, run: &Self::Run, place: Place, values: &[f32]) -> Result<(), ExecutorError>;
}

/// Checks that the tables are those that a plan was made for.
///
/// # Errors
/// The first one that is not.
pub fn check_tables(plan: &Plan, tables: &Tables) -> Result<(), ExecutorError> {
    for (table, &expected) in plan.tables.iter().enumerate() {
        let found = tables.list.get(table).map_or((0, 0), |t| t.dim());
        if (found.0 as u32, found.1 as u32) != expected {
            return Err(ExecutorError::Tables { table, expected, found });
        }
    }
    Ok(())
}
