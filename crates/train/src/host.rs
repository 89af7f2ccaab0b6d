//! What is around a session: a page on the other side of a worker, or a terminal.

use std::future::Future;
use trefoil_plan::Executor;
use trefoil_protocol::{Command, Event, ExecutorChoice};

/// A GPU executor and what it runs on.
pub struct GpuDevice<G> {
    /// The executor.
    pub executor: G,
    /// Name of the adapter.
    pub adapter: String,
    /// Whether it is a CPU that plays a GPU.
    pub software: bool,
}

impl<G> GpuDevice<G> {
    /// Why it is taken, where nothing was measured.
    pub(crate) fn reason(&self, choice: ExecutorChoice) -> String {
        match (choice, self.software) {
            (ExecutorChoice::Gpu, true) => {
                "the GPU was asked for; it is a CPU that plays one, so the CPU executor is likely to \
                 be faster"
            }
            (ExecutorChoice::Gpu, false) => "the GPU was asked for",
            _ => "there is an adapter; once there are data, both executors are measured",
        }
        .to_owned()
    }
}

/// What is around a session.
pub trait Host {
    /// The GPU executor, where there can be one.
    type Gpu: Executor;

    /// Opens the GPU; why not, in words, where there is none.
    fn open_gpu(&self) -> impl Future<Output = Result<GpuDevice<Self::Gpu>, String>>;

    /// Name of the CPU executor's flavour.
    fn cpu_name(&self) -> String;

    /// Delivers an event.
    fn send(&self, event: Event);

    /// The next command, if one has come.
    fn next(&self) -> Option<Command>;

    /// Waits for the next command; none once nobody can send one any more.
    fn wait(&self) -> impl Future<Output = Option<Command>>;

    /// Lets the outside work: called between pieces of work below a tenth of a second where that
    /// is possible.
    fn breathe(&self) -> impl Future<Output = ()>;

    /// A file that comes with Trefoil, by its path below `assets/datasets`.
    fn asset(&self, path: &str) -> impl Future<Output = Result<Vec<u8>, String>>;

    /// Size of one of the user's files, by the name it was given.
    fn file_size(&self, name: &str) -> Option<u64>;

    /// One of the user's files.
    fn file(&self, name: &str) -> impl Future<Output = Result<Vec<u8>, String>>;

    /// Names of the files of a folder (command line only).
    ///
    /// # Errors
    /// Why it cannot be listed, in words.
    fn folder(&self, path: &str) -> Result<Vec<String>, String>;
}
