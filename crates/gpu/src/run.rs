use crate::device::{Gpu, UNIFORM};
use crate::layout::Arena;
use crate::pipelines::KernelSet;
use std::sync::Arc;
use trefoil_plan::{ExecutorError, Phase, Plan, Tables, check_tables};

/// A plan on the device: its memory, its tasks, its dispatches.
pub struct GpuRun {
    pub(crate) arena: Arena,
    pub(crate) memory: wgpu::Buffer,
    pub(crate) bindings: wgpu::BindGroup,
    /// The launches of each dispatch of each phase.
    pub(crate) phases: Vec<Vec<Vec<Launch>>>,
}

/// What one call launches, ready to be encoded.
pub(crate) struct Launch {
    pub(crate) pipeline: wgpu::ComputePipeline,
    /// Offset of its record among the uniforms.
    pub(crate) uniform: u32,
    pub(crate) grid: [u32; 2],
}

impl Drop for GpuRun {
    fn drop(&mut self) {
        // A browser frees a buffer when it is collected, which may be long after a reset.
        self.memory.destroy();
    }
}

/// The tables of a data set on the device: one buffer for all runs on it.
pub(crate) struct TableBuffer {
    tables: Tables,
    starts: Vec<u64>,
    buffer: wgpu::Buffer,
}

impl TableBuffer {
    fn holds(&self, tables: &Tables) -> bool {
        self.tables.list.len() == tables.list.len()
            && self.tables.list.iter().zip(&tables.list).all(|(a, b)| Arc::ptr_eq(a, b))
    }
}

fn bytes(floats: &[f32]) -> Vec<u8> {
    floats.iter().flat_map(|x| x.to_le_bytes()).collect()
}

pub(crate) fn word_bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|x| x.to_le_bytes()).collect()
}

impl Gpu {
    fn buffer(&self, label: &str, size: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size,
            usage: usage | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    /// Writes into a buffer before whatever is submitted next.
    pub(crate) fn put(&self, buffer: &wgpu::Buffer, at: u64, contents: &[u8]) {
        self.queue.write_buffer(buffer, at, contents);
        self.written.set(true);
    }

    fn filled(&self, label: &str, contents: &[u8], usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let buffer = self.buffer(label, contents.len().next_multiple_of(16).max(16) as u64, usage);
        self.put(&buffer, 0, contents);
        buffer
    }

    fn fits(&self, needed: u64) -> Result<(), ExecutorError> {
        let allowed = self.largest_run();
        if needed > allowed { Err(ExecutorError::Memory { needed, allowed }) } else { Ok(()) }
    }

    /// The buffer of the tables and the first float of each.
    fn upload(&self, tables: &Tables) -> Result<(wgpu::Buffer, Vec<u64>), ExecutorError> {
        let mut slot = self.tables.borrow_mut();
        if let Some(known) = slot.as_ref().filter(|known| known.holds(tables)) {
            return Ok((known.buffer.clone(), known.starts.clone()));
        }
        let mut starts = Vec::new();
        let mut floats = 0u64;
        for table in &tables.list {
            starts.push(floats);
            floats += table.len() as u64;
        }
        self.fits(4 * floats)?;
        let buffer = self.buffer("tables", (4 * floats).max(16), wgpu::BufferUsages::STORAGE);
        for (table, start) in tables.list.iter().zip(&starts) {
            let values: Vec<f32> = table.iter().copied().collect();
            self.put(&buffer, 4 * start, &bytes(&values));
        }
        *slot = Some(TableBuffer {
            tables: tables.clone(),
            starts: starts.clone(),
            buffer: buffer.clone(),
        });
        Ok((buffer, starts))
    }

    pub(crate) fn place(
        &self,
        plan: &Arc<Plan>,
        tables: &Tables,
        seeds: &[u64],
    ) -> Result<GpuRun, ExecutorError> {
        check_tables(plan, tables)?;
        let arena = Arena::new(plan, seeds.len() as u32);
        self.fits(4 * arena.floats)?;
        let (data, starts) = self.upload(tables)?;
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
        let memory = self.buffer("arena", 4 * arena.floats, usage);
        self.start(plan, &arena, &memory, seeds);

        let mut words = Vec::new();
        let mut uniforms = Vec::new();
        let mut phases = Vec::new();
        for phase in Phase::ALL {
            let mut dispatches = Vec::new();
            for dispatch in plan.phase(phase) {
                let parts = self.parts(dispatch);
                let mut launches = Vec::new();
                for part in &parts {
                    let (own, groups) = arena.words(part, &starts, words.len());
                    let jobs = part.jobs().len() as u32;
                    let record = [words.len() as u32, jobs, arena.replicas, groups];
                    launches.push(Launch {
                        pipeline: self.pipelines.get(&KernelSet::of(part))?,
                        uniform: uniforms.len() as u32,
                        grid: [groups.min(self.fold), groups.div_ceil(self.fold)],
                    });
                    uniforms.extend(word_bytes(&record));
                    uniforms.resize(uniforms.len().next_multiple_of(UNIFORM as usize), 0);
                    words.extend(own);
                }
                dispatches.push(launches);
            }
            phases.push(dispatches);
        }
        let tasks = self.filled("tasks", &word_bytes(&words), wgpu::BufferUsages::STORAGE);
        let uniforms = self.filled("dispatches", &uniforms, wgpu::BufferUsages::UNIFORM);
        let bindings = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("trefoil"),
            layout: &self.layout,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: memory.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 1, resource: data.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 2, resource: tasks.as_entire_binding() },
                wgpu::BindGroupEntry {
                    binding: 3,
                    resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                        buffer: &uniforms,
                        offset: 0,
                        size: std::num::NonZero::new(16),
                    }),
                },
            ],
        });
        self.check()?;
        Ok(GpuRun { arena, memory, bindings, phases })
    }

    /// Starting values; what starts at zero is zero already.
    fn start(&self, plan: &Plan, arena: &Arena, memory: &wgpu::Buffer, seeds: &[u64]) {
        for (replica, &seed) in seeds.iter().enumerate() {
            for (place, values) in plan.initial(seed) {
                let values: Vec<f32> = values.iter().map(|&v| v as f32).collect();
                let at = 4 * arena.start(&place, replica as u32);
                self.put(memory, at, &bytes(&values));
            }
        }
    }
}
