use crate::pipelines::Pipelines;
use crate::staging::Staging;
use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, PoisonError};
use trefoil_plan::{Dispatch, ExecutorError};

/// Why there is no WebGPU here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GpuError {
    /// Nothing to run on.
    #[error("no WebGPU adapter: {0}")]
    NoAdapter(String),
    /// An adapter that gives no device.
    #[error("the adapter {adapter} gives no device: {reason}")]
    NoDevice {
        /// Its name.
        adapter: String,
        /// What it says.
        reason: String,
    },
}

/// What a [`Gpu`] runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// Its name; browsers may keep it to themselves.
    pub name: String,
    /// Whether it is a CPU that plays a GPU.
    pub software: bool,
    /// `Vulkan`, `Metal`, `Dx12`, `BrowserWebGpu`.
    pub backend: String,
}

/// A device with the pipelines of the dispatches so far.
pub struct Gpu {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) layout: wgpu::BindGroupLayout,
    pub(crate) staging: Staging,
    /// Whether something was written since.
    pub(crate) written: Cell<bool>,
    /// The last submission.
    pub(crate) last: RefCell<Option<wgpu::SubmissionIndex>>,
    pub(crate) tables: RefCell<Option<crate::run::TableBuffer>>,
    /// Whether kernels share a launch.
    pub(crate) mixes: bool,
    /// Workgroups along x before y is used.
    pub(crate) fold: u32,
    pub(crate) pipelines: Pipelines,
    adapter: Adapter,
    failure: Arc<Mutex<Option<String>>>,
}

/// Below the most that every device allows.
const FOLD: u32 = 32_768;

/// Bytes of a dispatch's uniform record, at the alignment of every device.
pub(crate) const UNIFORM: u64 = 256;

impl Gpu {
    /// Opens the fastest adapter there is.
    ///
    /// # Errors
    /// Where there is none, or it gives no device.
    pub async fn open() -> Result<Self, GpuError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..wgpu::RequestAdapterOptions::default()
        };
        let adapter = instance
            .request_adapter(&options)
            .await
            .map_err(|error| GpuError::NoAdapter(error.to_string()))?;
        let info = adapter.get_info();
        let found = Adapter {
            name: info.name.clone(),
            software: info.device_type == wgpu::DeviceType::Cpu,
            backend: format!("{:?}", info.backend),
        };
        // Everything at its default but the two sizes that a large run is limited by.
        let offered = adapter.limits();
        let limits = wgpu::Limits {
            max_buffer_size: offered.max_buffer_size,
            max_storage_buffer_binding_size: offered.max_storage_buffer_binding_size,
            ..wgpu::Limits::default()
        };
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("trefoil"),
            required_limits: limits,
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = adapter.request_device(&descriptor).await.map_err(|error| {
            GpuError::NoDevice { adapter: found.name.clone(), reason: error.to_string() }
        })?;
        Ok(Self::new(device, queue, found))
    }

    fn new(device: wgpu::Device, queue: wgpu::Queue, adapter: Adapter) -> Self {
        let failure = Arc::new(Mutex::new(None));
        let note = Arc::clone(&failure);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            record(&note, error.to_string());
        }));
        let note = Arc::clone(&failure);
        device.set_device_lost_callback(move |reason, message| {
            record(&note, format!("the device was lost ({reason:?}): {message}"));
        });
        let layout = bind_group_layout(&device);
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("trefoil"),
            bind_group_layouts: &[Some(&layout)],
            ..wgpu::PipelineLayoutDescriptor::default()
        });
        Self {
            device,
            queue,
            layout,
            staging: Staging::default(),
            written: Cell::new(false),
            last: RefCell::new(None),
            tables: RefCell::new(None),
            mixes: !adapter.software,
            fold: FOLD,
            pipelines: Pipelines::new(pipeline_layout),
            adapter,
            failure,
        }
    }

    /// The same, with or without kernels that share a launch. A GPU leaves out the branches of other
    /// kernels; a CPU that plays one runs them all, with nothing to do, and is faster without.
    #[must_use]
    pub fn mixing(self, mixes: bool) -> Self {
        Self { mixes, ..self }
    }

    /// The same with the row of workgroups folded at this many: what large runs do, for tests.
    #[must_use]
    pub fn folding(self, fold: u32) -> Self {
        Self { fold: fold.clamp(1, FOLD), ..self }
    }

    /// How many launches these dispatches take.
    pub fn launches(&self, dispatches: &[Dispatch]) -> usize {
        dispatches.iter().map(|dispatch| self.parts(dispatch).len()).sum()
    }

    /// What of a dispatch shares a launch.
    pub(crate) fn parts(&self, dispatch: &Dispatch) -> Vec<Dispatch> {
        if self.mixes { vec![dispatch.clone()] } else { dispatch.by_kernel() }
    }

    /// What it runs on.
    pub fn adapter(&self) -> &Adapter {
        &self.adapter
    }

    /// Bytes that the memory of a run may have.
    pub fn largest_run(&self) -> u64 {
        let limits = self.device.limits();
        limits.max_storage_buffer_binding_size.min(limits.max_buffer_size)
    }

    /// The error that the device reported, if it has.
    pub(crate) fn check(&self) -> Result<(), ExecutorError> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.clone().map_or(Ok(()), |message| Err(ExecutorError::Device(message)))
    }
}

fn record(failure: &Mutex<Option<String>>, message: String) {
    let mut slot = failure.lock().unwrap_or_else(PoisonError::into_inner);
    slot.get_or_insert(message);
}

fn bind_group_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let storage = |read_only| wgpu::BufferBindingType::Storage { read_only };
    let entry = |binding, ty, dynamic| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: dynamic, min_binding_size: None },
        count: None,
    };
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("trefoil"),
        entries: &[
            entry(0, storage(false), false),
            entry(1, storage(true), false),
            entry(2, storage(true), false),
            entry(3, wgpu::BufferBindingType::Uniform, true),
        ],
    })
}
