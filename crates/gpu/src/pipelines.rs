//! Compiled pipelines: one for each set of kernels that shares a launch.

use crate::device::Gpu;
use crate::together::together;
use std::cell::RefCell;
use std::collections::BTreeMap;
use trefoil_plan::{ExecutorError, KERNELS, Kernel, shader};

/// Kernels that share a launch, in the order of their branches.
pub(crate) type KernelSet = Vec<&'static Kernel>;

/// Kept as long as the device. Their number is bounded by the structure of the plans that were tried:
/// neither sizes nor seeds nor steps make new ones, and where kernels launch alone there are no more than
/// kernels.
pub(crate) struct Pipelines {
    layout: wgpu::PipelineLayout,
    known: RefCell<BTreeMap<Vec<&'static str>, wgpu::ComputePipeline>>,
}

fn names(kernels: &[&'static Kernel]) -> Vec<&'static str> {
    kernels.iter().map(|kernel| kernel.name).collect()
}

impl Pipelines {
    pub(crate) fn new(layout: wgpu::PipelineLayout) -> Self {
        Self { layout, known: RefCell::default() }
    }

    /// Of a set that was compiled.
    pub(crate) fn get(
        &self,
        kernels: &[&'static Kernel],
    ) -> Result<wgpu::ComputePipeline, ExecutorError> {
        let known = self.known.borrow();
        known.get(&names(kernels)).cloned().ok_or_else(|| {
            ExecutorError::Device(format!("{} was not compiled", names(kernels).join(" + ")))
        })
    }

    /// Compiles those of these sets that are not yet known, all at once.
    pub(crate) async fn compile(
        &self,
        device: &wgpu::Device,
        sets: Vec<KernelSet>,
    ) -> Result<(), ExecutorError> {
        let mut missing: BTreeMap<Vec<&'static str>, wgpu::ShaderModule> = BTreeMap::new();
        for set in sets {
            let name = names(&set);
            if !self.known.borrow().contains_key(&name) && !missing.contains_key(&name) {
                let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
                    label: Some(&name.join(" + ")),
                    source: wgpu::ShaderSource::Wgsl(shader::source(&set).into()),
                });
                missing.insert(name, module);
            }
        }
        let missing: Vec<_> = missing.into_iter().collect();
        let layout = &self.layout;
        let made = together(device, &missing, |(names, module)| {
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
        self.known.borrow_mut().extend(missing.into_iter().map(|(names, _)| names).zip(made));
        Ok(())
    }
}

impl Gpu {
    /// Compiles every kernel: to find out whether they all do.
    ///
    /// # Errors
    /// What the device says of one that does not.
    pub async fn compile_all(&self) -> Result<(), ExecutorError> {
        self.pipelines
            .compile(&self.device, KERNELS.iter().map(|&kernel| vec![kernel]).collect())
            .await?;
        self.check()
    }
}
