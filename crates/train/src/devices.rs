//! The executors of a session: which one a run gets, and why.

use crate::SessionError;
use crate::forecast::{seconds_a_step, speed};
use crate::host::{GpuDevice, Host};
use crate::trained::Recorded;
use trefoil_plan::{Cpu, Executor, Phase, Tables};
use trefoil_protocol::{Event, ExecutorChoice, ExecutorInfo, ExecutorKind, RunConfig};

/// The CPU executor, and the GPU once it was asked for.
pub(crate) struct Devices<G> {
    cpu: Cpu<f32>,
    gpu: Option<Result<GpuDevice<G>, String>>,
    /// Floating-point operations a second, once they were measured: GPU, CPU.
    speeds: [Option<f64>; 2],
    /// What the two were compared on, and what came out.
    probed: Option<(RunConfig, Probe)>,
    info: Option<ExecutorInfo>,
}

/// Milliseconds a step of the cheapest objective, with all seeds.
struct Probe {
    objective: String,
    gpu: f64,
    cpu: f64,
}

impl<G> Default for Devices<G> {
    fn default() -> Self {
        Self { cpu: Cpu::new(), gpu: None, speeds: [None; 2], probed: None, info: None }
    }
}

impl<G: Executor> Devices<G> {
    /// The CPU executor.
    pub(crate) fn cpu(&self) -> &Cpu<f32> {
        &self.cpu
    }

    /// The GPU, where one was opened.
    pub(crate) fn gpu(&self) -> Option<&G> {
        self.gpu.as_ref()?.as_ref().ok().map(|device| &device.executor)
    }

    /// What the last run got, and why.
    pub(crate) fn info(&self) -> Option<&ExecutorInfo> {
        self.info.as_ref()
    }

    /// Opens the executor that `choice` asks for and says which it is.
    pub(crate) async fn choose<H: Host<Gpu = G>>(
        &mut self,
        host: &H,
        choice: ExecutorChoice,
    ) -> Result<ExecutorKind, SessionError> {
        let cpu = |reason: String| ExecutorInfo {
            kind: ExecutorKind::Cpu,
            adapter: host.cpu_name(),
            software: false,
            reason,
        };
        let info = if choice == ExecutorChoice::Cpu {
            cpu("the CPU was asked for".to_owned())
        } else {
            if self.gpu.is_none() {
                self.gpu = Some(host.open_gpu().await);
            }
            match &self.gpu {
                Some(Ok(device)) if choice == ExecutorChoice::Auto && device.software => {
                    cpu(format!(
                        "the only WebGPU adapter, {}, is a CPU that plays a GPU, which is slower than \
                         the CPU executor",
                        device.adapter
                    ))
                }
                Some(Ok(device)) => {
                    let probe = self.probed.as_ref().map(|(_, probe)| probe);
                    let probe = probe.filter(|_| choice == ExecutorChoice::Auto);
                    let reason = probe.map_or_else(
                        || device.reason(choice),
                        |Probe { objective, gpu, cpu }| {
                            format!("a step of {objective} took {gpu:.1} ms on the GPU, {cpu:.1} ms on the CPU")
                        },
                    );
                    if probe.is_some_and(|probe| probe.cpu < probe.gpu) {
                        cpu(reason)
                    } else {
                        ExecutorInfo {
                            kind: ExecutorKind::Gpu,
                            adapter: device.adapter.clone(),
                            software: device.software,
                            reason,
                        }
                    }
                }
                Some(Err(reason)) if choice == ExecutorChoice::Gpu => {
                    return Err(SessionError::NoGpu { reason: reason.clone() });
                }
                Some(Err(reason)) => cpu(reason.clone()),
                None => cpu("no GPU was looked for".to_owned()),
            }
        };
        let kind = info.kind;
        if self.info.as_ref() != Some(&info) {
            host.send(Event::Executor { info: info.clone() });
            self.info = Some(info);
        }
        Ok(kind)
    }

    /// Compares the executors on the objective that takes least, with all seeds, where both could be
    /// taken and it is not known yet which is faster. To be called before [`Devices::choose`].
    pub(crate) async fn probe<H: Host<Gpu = G>>(
        &mut self,
        host: &H,
        config: &RunConfig,
        plans: &[Recorded],
        tables: &Tables,
    ) -> Result<(), SessionError> {
        if config.executor != ExecutorChoice::Auto
            || self.probed.as_ref().is_some_and(|(known, _)| known == config)
        {
            return Ok(());
        }
        let Some(Ok(GpuDevice { executor, software: false, .. })) = &self.gpu else {
            return Ok(());
        };
        let flops = |recorded: &&Recorded| recorded.plan.flops(Phase::Train);
        let cheapest = plans.iter().min_by(|a, b| flops(a).total_cmp(&flops(b)));
        let Some(recorded) = cheapest else { return Ok(()) };
        let seeds = config.seeds;
        let gpu = 1e3 * seconds_a_step(executor, host, &recorded.plan, tables, seeds).await?;
        let cpu = 1e3 * seconds_a_step(&self.cpu, host, &recorded.plan, tables, seeds).await?;
        let objective = format!("{} with {seeds} seeds", recorded.label());
        self.probed = Some((config.clone(), Probe { objective, gpu, cpu }));
        Ok(())
    }

    /// Floating-point operations a second, measured once.
    pub(crate) async fn speed<H: Host<Gpu = G>>(
        &mut self,
        host: &H,
        kind: ExecutorKind,
    ) -> Result<f64, SessionError> {
        let slot = usize::from(kind == ExecutorKind::Cpu);
        if let Some(speed) = self.speeds[slot] {
            return Ok(speed);
        }
        let measured = match &self.gpu {
            Some(Ok(device)) if kind == ExecutorKind::Gpu => speed(&device.executor, host).await?,
            _ => speed(&self.cpu, host).await?,
        };
        self.speeds[slot] = Some(measured);
        Ok(measured)
    }
}
