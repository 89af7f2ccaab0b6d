//! Compiled pipelines: one for each set of kernels that shares a launch.

use crate::device::Gpu;
use crate::together::together;
use std::cell::RefCell;
use std::collections::BTreeMap;
use trefoil_plan::{Dispatch, ExecutorError, KERNELS, Kernel, shader};

/// Kernels that share a launch, in the order of their branches, with or without chains.
#[derive(Clone, Debug)]
pub(crate) struct KernelSet {
    kernels: Vec<&'static Kernel>,
    chained: bool,
}

impl KernelSet {
    pub(crate) fn of(dispatch: &Dispatch) -> Self {
        Self { kernels: dispatch.kernels(), chained: dispatch.is_chained() }
    }

    fn key(&self) -> Key {
        (self.kernels.iter().map(|kernel| kernel.name).collect(), self.chained)
    }
}

/// Names of the kernels, and whether there are chains.
type Key = (Vec<&'static str>, bool);

/// Kept as long as the device. Their number is bounded by the structure of the plans that were tried:
/// neither sizes nor seeds nor steps make new ones, and where kernels launch alone there are no more than
/// kernels.
pub(crate) struct Pipelines {
    layout: wgpu::PipelineLayout,
    known: RefCell<BTreeMap<Key, wgpu::ComputePipeline>>,
}

impl Pipelines {
    pub(crate) fn new(layout: wgpu::PipelineLayout) -> Self {
        Self { layout, known: RefCell::default() }
    }

    /// Of a set that was compiled.
    pub(crate) fn get(&self, set: &KernelSet) -> Result<wgpu::ComputePipeline, ExecutorError> {
        let key = set.key();
        self.known
            .borrow()
            .get(&key)
            .cloned()
            .ok_or_else(|| ExecutorError::Device(format!("{} was not compiled", key.0.join(" + "))))
    }

    /// Compiles those of these sets that are not yet known, all at once.
    pub(crate) async fn compile(
        &self,
        device: &wgpu::Device,
        sets: Vec<KernelSet>,
    ) -> Result<(), ExecutorError> {
        let mut missing: BTreeMap<Key, wgpu::ShaderModule> = BTreeMap::new();
        for set in sets {
            let key = set.key();
            if !self.known.borrow().contains_key(&key) && !missing.contains_key(&key) {
                let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
                    label: Some(&key.0.join(" + ")),
                    source: wgpu::ShaderSource::Wgsl(
                        shader::source(&set.kernels, set.chained).into(),
                    ),
                });
                missing.insert(key, module);
            }
        }
        let missing: Vec<_> = missing.into_iter().collect();
        let layout = &self.layout;
        let made = together(device, &missing, |((names, _), module)| {
            device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(&names.join(" + ")),
                layout: Some(layout),
                module,
                entry_point: Some("main"),
                compilation_options: wgpu::PipelineCompilationOptions {
                    // Kernels write workgroup memory before they read it.
                    zero_initialize_workgroup_memory: false,
                    ..wgpu::PipelineCompilationOptions::default()
                },
                cache: None,
            })
        });
        let made = made.await?;
        self.known.borrow_mut().extend(missing.into_iter().map(|(key, _)| key).zip(made));
        Ok(())
    }
}

impl Gpu {
    /// Compiles every kernel: to find out whether they all do.
    ///
    /// # Errors
    /// What the device says of one that does not.
    pub async fn compile_all(&self) -> Result<(), ExecutorError> {
        let both = [false, true].into_iter();
        let sets = both.flat_map(|chained| {
            KERNELS.iter().map(move |&kernel| KernelSet { kernels: vec![kernel], chained })
        });
        self.pipelines.compile(&self.device, sets.collect()).await?;
        self.check()
    }
}
