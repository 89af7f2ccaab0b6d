//! A terminal as what is around a session: a script of commands, a progress bar.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use trefoil_gpu::Gpu;
use trefoil_protocol::{Command, Event, Fault, Phase, RunView};
use trefoil_train::{GpuDevice, Host};

/// What a session on a terminal said.
pub(crate) struct Terminal {
    script: RefCell<VecDeque<Command>>,
    /// Everything that was said, folded.
    pub(crate) view: RefCell<RunView>,
    /// Files that were asked for: name and content.
    pub(crate) exports: RefCell<Vec<(String, String)>>,
    /// The first thing that went wrong.
    pub(crate) fault: RefCell<Option<Fault>>,
    /// Files that lie nowhere, by path.
    memory: BTreeMap<String, Vec<u8>>,
    bar: ProgressBar,
    /// Whether to say where it runs.
    quiet: bool,
}

impl Terminal {
    /// Commands to give, one after the other, as long as nothing goes wrong.
    pub(crate) fn new(script: Vec<Command>) -> Self {
        // Draws nothing where the standard error is not a terminal.
        let bar = ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg:32} {wide_bar} {prefix}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self {
            script: RefCell::new(script.into()),
            view: RefCell::default(),
            exports: RefCell::default(),
            fault: RefCell::default(),
            memory: BTreeMap::new(),
            bar,
            quiet: false,
        }
    }

    /// The same with files that lie in memory; `what` is being done.
    pub(crate) fn with_files(
        script: Vec<Command>,
        memory: BTreeMap<String, Vec<u8>>,
        what: &str,
    ) -> Self {
        let terminal = Self { memory, quiet: true, ..Self::new(script) };
        let what = what.replace(['{', '}'], "");
        let style =
            ProgressStyle::with_template(&format!("{what}: {{msg}} {{wide_bar}} {{prefix}}"));
        if let Ok(style) = style {
            terminal.bar.set_style(style);
        }
        terminal
    }

    /// One more command.
    pub(crate) fn ask(&self, command: Command) {
        self.script.borrow_mut().push_back(command);
    }

    /// What to know before it trains.
    fn note(&self, notes: &[String]) {
        self.bar.suspend(|| notes.iter().for_each(|note| eprintln!("note: {note}")));
    }

    fn draw(&self, event: &Event) {
        match event {
            Event::Executor { info } if !self.quiet => {
                let kind = format!("{:?}", info.kind).to_uppercase();
                self.bar.suspend(|| eprintln!("{kind} ({}): {}", info.adapter, info.reason));
            }
            Event::Forecast { forecast } if !self.quiet => self.note(&forecast.notes),
            Event::Factors { counts } if !self.quiet => self.note(&counts.warnings),
            Event::Progress { progress, .. } => {
                let steps = self.view.borrow().config.as_ref().map_or(1, |c| c.steps.max(1));
                self.bar.set_position(u64::from(1000 * progress.step / steps));
                self.bar.set_message(format!("step {} of {steps}", progress.step));
                let left = progress.seconds_left.map_or_else(String::new, left);
                self.bar.set_prefix(format!("{:.1} steps/s{left}", progress.rate));
            }
            Event::Task { task: Some(task) } => {
                self.bar.set_position((1000.0 * task.done) as u64);
                self.bar.set_message(task.name.clone());
                self.bar.set_prefix(task.seconds_left.map_or_else(String::new, left));
            }
            Event::Phase { phase: Phase::Finished, .. } | Event::Fault { .. } => {
                self.bar.finish_and_clear();
            }
            _ => {}
        }
    }
}

fn left(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    format!(", {}:{:02} left", seconds / 60, seconds % 60)
}

impl Host for Terminal {
    type Gpu = Gpu;

    async fn open_gpu(&self) -> Result<GpuDevice<Gpu>, String> {
        let executor = Gpu::open().await.map_err(|error| error.to_string())?;
        let adapter = executor.adapter().clone();
        let name = format!("{} through {}", adapter.name, adapter.backend);
        Ok(GpuDevice { executor, adapter: name, software: adapter.software })
    }

    fn cpu_name(&self) -> String {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        format!("ndarray, {threads} threads")
    }

    fn send(&self, event: Event) {
        self.draw(&event);
        match &event {
            Event::Fault { fault } => {
                self.fault.borrow_mut().get_or_insert_with(|| fault.clone());
            }
            Event::Export { name, text, .. } => {
                self.exports.borrow_mut().push((name.clone(), text.clone()));
            }
            _ => {}
        }
        self.view.borrow_mut().apply(event);
    }

    fn next(&self) -> Option<Command> {
        // Nobody interrupts a script.
        None
    }

    async fn wait(&self) -> Option<Command> {
        if self.fault.borrow().is_some() {
            return None;
        }
        self.script.borrow_mut().pop_front()
    }

    async fn breathe(&self) {}

    async fn asset(&self, path: &str) -> Result<Vec<u8>, String> {
        let path = Path::new("assets/datasets").join(path);
        std::fs::read(&path).map_err(|error| {
            format!("{error}; sets that come with Trefoil are read from {}", path.display())
        })
    }

    fn file_size(&self, name: &str) -> Option<u64> {
        let kept = self.memory.get(name).map(|bytes| bytes.len() as u64);
        kept.or_else(|| std::fs::metadata(name).ok().map(|m| m.len()))
    }

    async fn file(&self, name: &str) -> Result<Vec<u8>, String> {
        if let Some(bytes) = self.memory.get(name) {
            return Ok(bytes.clone());
        }
        std::fs::read(name).map_err(|error| error.to_string())
    }

    fn folder(&self, path: &str) -> Result<Vec<String>, String> {
        let inside = format!("{path}/");
        let kept: Vec<String> = self
            .memory
            .keys()
            .filter_map(|at| at.strip_prefix(&inside))
            .map(str::to_owned)
            .collect();
        if !kept.is_empty() {
            return Ok(kept);
        }
        let entries = std::fs::read_dir(path).map_err(|error| error.to_string())?;
        let mut names: Vec<String> = entries
            .flatten()
            .filter(|entry| entry.file_type().is_ok_and(|t| !t.is_dir()))
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        // Folders list their files in any order.
        names.sort();
        Ok(names)
    }
}
