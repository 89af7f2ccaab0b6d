use crate::staging::Staging;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use trefoil_plan::{Dispatch, ExecutorError, KERNELS, Kernel, shader};

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
    /// The last submission.
    pub(crate) last: RefCell<Option<wgpu::SubmissionIndex>>,
    pub(crate) tables: RefCell<Option<crate::run::TableBuffer>>,
    /// Whether kernels share a launch.
    pub(crate) mixes: bool,
    /// Workgroups along x before y is used.
    pub(crate) fold: u32,
    adapter: Adapter,
    pipeline_layout: wgpu::PipelineLayout,
    pipelines: RefCell<BTreeMap<(Vec<&'static str>, bool), wgpu::ComputePipeline>>,
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
            last: RefCell::new(None),
            tables: RefCell::new(None),
            mixes: !adapter.software,
            fold: FOLD,
            adapter,
            pipeline_layout,
            pipelines: RefCell::new(BTreeMap::new()),
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
        let of = |dispatch: &Dispatch| if self.mixes { 1 } else { dispatch.by_kernel().len() };
        dispatches.iter().map(of).sum()
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

    /// Of a dispatch of these kernels, with or without chains.
    pub(crate) fn pipeline(
        &self,
        kernels: &[&'static Kernel],
        chained: bool,
    ) -> wgpu::ComputePipeline {
        let names = kernels.iter().map(|kernel| kernel.name).collect();
        let mut pipelines = self.pipelines.borrow_mut();
        let key = (names, chained);
        pipelines.entry(key).or_insert_with(|| self.compile(kernels, chained)).clone()
    }

    /// Compiles every kernel: to find out whether they all do.
    ///
    /// # Errors
    /// What the device says of one that does not.
    pub fn compile_all(&self) -> Result<(), ExecutorError> {
        for &kernel in KERNELS {
            self.pipeline(&[kernel], false);
            self.pipeline(&[kernel], true);
        }
        self.check()
    }

    fn compile(&self, kernels: &[&Kernel], chained: bool) -> wgpu::ComputePipeline {
        let label = kernels.iter().map(|kernel| kernel.name).collect::<Vec<_>>().join(" + ");
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(&label),
            source: wgpu::ShaderSource::Wgsl(shader::source(kernels, chained).into()),
        });
        self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(&label),
            layout: Some(&self.pipeline_layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                // Kernels write workgroup memory before they read it.
                zero_initialize_workgroup_memory: false,
                ..wgpu::PipelineCompilationOptions::default()
            },
            cache: None,
        })
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
