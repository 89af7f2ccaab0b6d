//! Natively a pipeline is compiled by the thread that asks for it.

use std::thread;
use trefoil_plan::ExecutorError;

/// What `make` gives for each that is wanted, in their order; every call makes one pipeline.
pub(crate) async fn together<T: Sync>(
    _device: &wgpu::Device,
    wanted: &[T],
    make: impl Fn(&T) -> wgpu::ComputePipeline + Sync,
) -> Result<Vec<wgpu::ComputePipeline>, ExecutorError> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = wanted.len().div_ceil(threads).max(1);
    let parts: Result<Vec<Vec<_>>, _> = thread::scope(|scope| {
        let work = |part| scope.spawn(|| Iterator::map(part, &make).collect());
        let busy: Vec<_> = wanted.chunks(share).map(|part| work(part.iter())).collect();
        busy.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    let failed = |_panic| ExecutorError::Device("a compiler of shaders panicked".to_owned());
    Ok(parts.map_err(failed)?.into_iter().flatten().collect())
}
