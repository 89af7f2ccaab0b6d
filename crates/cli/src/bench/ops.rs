//! Where the time of a step goes: each dispatch by itself.

use pollster::block_on;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use trefoil_gpu::{Gpu, GpuRun};
use trefoil_plan::{Access, Cpu, CpuRun, Dispatch, Executor, ExecutorError, Phase, Plan};

/// What one dispatch of a step costs.
pub(super) struct Op {
    kernel: String,
    labels: String,
    tasks: usize,
    seconds: f64,
    flops: f64,
    bytes: f64,
}

/// Executors that can run a dispatch of a step alone.
pub(super) trait Alone: Executor {
    /// Queues it.
    fn alone(&self, run: &Self::Run, index: usize) -> Result<(), ExecutorError>;
}

impl Alone for Cpu<f32> {
    fn alone(&self, run: &CpuRun<f32>, index: usize) -> Result<(), ExecutorError> {
        run.run_dispatch(Phase::Train, index);
        Ok(())
    }
}

impl Alone for Gpu {
    fn alone(&self, run: &GpuRun, index: usize) -> Result<(), ExecutorError> {
        self.run_dispatch(run, Phase::Train, index)
    }
}

/// Seconds that a dispatch is measured for, about.
const SECONDS: f64 = 0.05;

/// Every dispatch of a step: the shortest of several rounds, each of as many repetitions as make
/// the wait for the device small beside them.
pub(super) fn measure<E: Alone>(
    executor: &E,
    run: &E::Run,
    plan: &Arc<Plan>,
    seeds: u32,
) -> Result<Vec<Op>, ExecutorError> {
    let round = |index: usize, times: usize| {
        let clock = web_time::Instant::now();
        for _ in 0..times {
            executor.alone(run, index)?;
        }
        block_on(executor.finish())?;
        Ok::<Duration, ExecutorError>(clock.elapsed())
    };
    let mut found = Vec::new();
    for (index, dispatch) in plan.phase(Phase::Train).iter().enumerate() {
        round(index, 1)?;
        let once = round(index, 1)?.as_secs_f64();
        let times = (SECONDS / 5.0 / once).clamp(1.0, 200.0) as usize;
        let mut seconds = once;
        for _ in 0..5 {
            seconds = seconds.min(round(index, times)?.as_secs_f64() / times as f64);
        }
        found.push(op(dispatch, seconds, f64::from(seeds)));
    }
    Ok(found)
}

fn op(dispatch: &Dispatch, seconds: f64, seeds: f64) -> Op {
    let mut labels: Vec<&str> = dispatch.tasks.iter().map(|t| t.label.as_str()).collect();
    labels.dedup();
    let operands = |task: &trefoil_plan::Task| {
        let places = task.kernel.operands.iter().zip(&task.places);
        let times = |access| if access == Access::Update { 2.0 } else { 1.0 };
        places.map(|(o, p)| times(o.access) * f64::from(p.len())).sum::<f64>()
    };
    Op {
        kernel: dispatch.name(),
        labels: labels.join(" "),
        tasks: dispatch.tasks.len(),
        seconds,
        flops: dispatch.flops() * seeds,
        bytes: 4.0 * seeds * dispatch.tasks.iter().map(operands).sum::<f64>(),
    }
}

/// A table on the standard error.
pub(super) fn print(title: &str, ops: &[Op]) {
    let total: f64 = ops.iter().map(|op| op.seconds).sum();
    eprintln!("\n{title}");
    eprintln!(
        "{:>3} {:22} {:>5} {:>9} {:>6} {:>8} {:>7}  of",
        "", "kernel", "tasks", "µs", "share", "GFLOP/s", "GB/s"
    );
    for (number, op) in (1..).zip(ops) {
        eprintln!(
            "{number:>3} {:22} {:>5} {:>9.1} {:>5.1}% {:>8.1} {:>7.2}  {}",
            op.kernel,
            op.tasks,
            1e6 * op.seconds,
            100.0 * op.seconds / total,
            op.flops / op.seconds / 1e9,
            op.bytes / op.seconds / 1e9,
            op.labels.chars().take(60).collect::<String>(),
        );
    }
}

/// The same for programs.
pub(super) fn json(ops: &[Op]) -> serde_json::Value {
    let each = |op: &Op| {
        json!({
            "kernel": op.kernel, "labels": op.labels, "tasks": op.tasks, "seconds": op.seconds,
            "flops": op.flops, "bytes": op.bytes,
        })
    };
    ops.iter().map(each).collect()
}
