//! The executors of a session: which one a run gets, and why.

use crate::SessionError;
use crate::forecast::speed;
use crate::host::{GpuDevice, Host};
use trefoil_plan::{Cpu, Executor};
use trefoil_protocol::{Event, ExecutorChoice, ExecutorInfo, ExecutorKind};

/// The CPU executor, and the GPU once it was asked for.
pub(crate) struct Devices<G> {
    cpu: Cpu<f32>,
    gpu: Option<Result<GpuDevice<G>, String>>,
    /// Floating-point operations a second, once they were measured: GPU, CPU.
    speeds: [Option<f64>; 2],
    info: Option<ExecutorInfo>,
}

impl<G> Default for Devices<G> {
    fn default() -> Self {
        Self { cpu: Cpu::new(), gpu: None, speeds: [None; 2], info: None }
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
                Some(Ok(device)) => ExecutorInfo {
                    kind: ExecutorKind::Gpu,
                    adapter: device.adapter.clone(),
                    software: device.software,
                    reason: if device.software {
                        "there is an adapter; it is a CPU that plays a GPU, so the CPU executor is \
                         likely to be faster"
                            .to_owned()
                    } else {
                        "there is an adapter".to_owned()
                    },
                },
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
