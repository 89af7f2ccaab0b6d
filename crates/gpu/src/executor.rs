use crate::device::Gpu;
use crate::pipelines::KernelSet;
use crate::run::{GpuRun, Launch};
use futures_channel::oneshot;
use std::future::Future;
use std::sync::Arc;
use trefoil_plan::{Executor, ExecutorError, Phase, Place, Plan, Tables, Work};

/// A copy that was queued: where its values begin among those read, and which place they are of.
struct Copied {
    start: usize,
    /// Floats from one replica to the next.
    apart: usize,
    place: Place,
}

impl Gpu {
    fn encode<'a>(
        &self,
        work: impl Iterator<Item = (&'a GpuRun, &'a [Phase])>,
    ) -> wgpu::CommandBuffer {
        let mut encoder =
            self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for (run, phases) in work {
                for launch in
                    phases.iter().flat_map(|&phase| run.phases[phase as usize].iter().flatten())
                {
                    launch.encode(run, &mut pass);
                }
            }
        }
        encoder.finish()
    }

    /// Runs one dispatch of a phase alone: to compare executors buffer by buffer.
    ///
    /// # Errors
    /// Where the device is gone.
    pub fn run_dispatch(
        &self,
        run: &GpuRun,
        phase: Phase,
        index: usize,
    ) -> Result<(), ExecutorError> {
        let mut encoder =
            self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for launch in &run.phases[phase as usize][index] {
                launch.encode(run, &mut pass);
            }
        }
        self.send(encoder.finish());
        self.check()
    }

    /// Natively, callbacks come when the device is polled; in a browser they come by themselves and
    /// this returns at once.
    fn poll(&self, until: Option<wgpu::SubmissionIndex>) -> Result<(), ExecutorError> {
        let wait = wgpu::PollType::Wait { submission_index: until, timeout: None };
        self.device.poll(wait).map(|_| ()).map_err(failed)
    }

    fn send(&self, commands: wgpu::CommandBuffer) {
        *self.last.borrow_mut() = Some(self.queue.submit([commands]));
        self.written.set(false);
    }

    /// Queues copies of the places; says where each one's values will be, and how many bytes there
    /// are.
    fn copy(&self, run: &GpuRun, places: &[Place]) -> (Vec<Copied>, wgpu::Buffer, u64) {
        let replicas = run.arena.replicas;
        let mut copied = Vec::new();
        let mut ranges = Vec::new();
        let mut floats = 0u64;
        for place in places {
            let extent = u64::from(place.extent());
            copied.push(Copied { start: floats as usize, apart: extent as usize, place: *place });
            if run.arena.is_whole_slot(place) {
                ranges.push((run.arena.start(place, 0), floats, extent * u64::from(replicas)));
                floats += extent * u64::from(replicas);
            } else {
                for replica in 0..replicas {
                    ranges.push((run.arena.start(place, replica), floats, extent));
                    floats += extent;
                }
            }
        }
        let staging = self.staging.take(&self.device, 4 * floats);
        let mut encoder =
            self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        for (from, to, count) in ranges {
            encoder.copy_buffer_to_buffer(&run.memory, 4 * from, &staging, 4 * to, 4 * count);
        }
        self.send(encoder.finish());
        (copied, staging, 4 * floats)
    }
}

impl Launch {
    fn encode(&self, run: &GpuRun, pass: &mut wgpu::ComputePass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &run.bindings, &[self.uniform]);
        let [x, y] = self.grid;
        pass.dispatch_workgroups(x, y, 1);
    }
}

impl Copied {
    /// The values of the place, replica after replica, without the gaps between its rows.
    fn values(&self, all: &[f32], replicas: u32) -> Vec<f32> {
        let Place { rows, cols, stride, .. } = self.place;
        let mut values = Vec::with_capacity((replicas * rows * cols) as usize);
        for replica in 0..replicas as usize {
            let first = self.start + replica * self.apart;
            for row in 0..rows as usize {
                let at = first + row * stride as usize;
                values.extend_from_slice(&all[at..at + cols as usize]);
            }
        }
        values
    }
}

fn gone() -> ExecutorError {
    ExecutorError::Device("it went away".to_owned())
}

fn failed(error: impl std::fmt::Display) -> ExecutorError {
    ExecutorError::Device(error.to_string())
}

impl Executor for Gpu {
    type Run = GpuRun;

    async fn compile(&self, plans: &[Arc<Plan>]) -> Result<(), ExecutorError> {
        let phases = plans.iter().flat_map(|plan| Phase::ALL.map(|phase| plan.phase(phase)));
        let parts = phases.flatten().flat_map(|dispatch| self.parts(dispatch));
        let sets: Vec<KernelSet> = parts.map(|part| KernelSet::of(&part)).collect();
        self.pipelines.compile(&self.device, sets).await?;
        self.check()
    }

    async fn prepare(
        &self,
        plan: &Arc<Plan>,
        tables: &Tables,
        seeds: &[u64],
    ) -> Result<GpuRun, ExecutorError> {
        self.compile(std::slice::from_ref(plan)).await?;
        let run = self.place(plan, tables, seeds)?;
        self.submit(&[Work { run: &run, phases: &[Phase::Begin] }])?;
        Ok(run)
    }

    fn submit(&self, work: &[Work<'_, GpuRun>]) -> Result<(), ExecutorError> {
        let commands = self.encode(work.iter().map(|w| (w.run, w.phases)));
        self.send(commands);
        self.check()
    }

    fn is_parallel(&self) -> bool {
        true
    }

    fn finish(&self) -> impl Future<Output = Result<(), ExecutorError>> {
        // What was only written so far goes with this. Otherwise the next line would submit it by
        // itself, and the callback would wait for a submission that nobody here knows to poll for.
        if self.written.replace(false) {
            *self.last.borrow_mut() = Some(self.queue.submit([]));
        }
        let (done, wait) = oneshot::channel();
        self.queue.on_submitted_work_done(move || {
            // Nobody waits any more where the receiver is gone.
            let _gone = done.send(());
        });
        let until = self.last.borrow().clone();
        async move {
            self.poll(until)?;
            wait.await.map_err(|_canceled| gone())?;
            self.check()
        }
    }

    fn read<'a>(
        &'a self,
        run: &GpuRun,
        places: &[Place],
    ) -> impl Future<Output = Result<Vec<Vec<f32>>, ExecutorError>> + use<'a> {
        let (copied, staging, bytes) = self.copy(run, places);
        let (done, wait) = oneshot::channel();
        staging.map_async(wgpu::MapMode::Read, 0..bytes, move |result| {
            let _gone = done.send(result);
        });
        let (replicas, until) = (run.arena.replicas, self.last.borrow().clone());
        async move {
            self.poll(until)?;
            wait.await.map_err(|_canceled| gone())?.map_err(failed)?;
            let all: Vec<f32> = {
                let range = staging.get_mapped_range(0..bytes).map_err(failed)?;
                let words = range.chunks_exact(4);
                words.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
            };
            staging.unmap();
            self.staging.give_back(staging);
            self.check()?;
            Ok(copied.iter().map(|c| c.values(&all, replicas)).collect())
        }
    }

    fn write(&self, run: &GpuRun, place: Place, values: &[f32]) -> Result<(), ExecutorError> {
        for replica in 0..run.arena.replicas {
            let first = run.arena.start(&place, replica);
            for (row, values) in values.chunks(place.cols.max(1) as usize).enumerate() {
                let at = first + row as u64 * u64::from(place.stride);
                let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
                self.put(&run.memory, 4 * at, &bytes);
            }
        }
        self.check()
    }
}
