//! A host double: gives a script of commands, answers events with more of them, holds files in
//! memory, and keeps everything that the session says.

use pollster::block_on;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use trefoil_gpu::Gpu;
use trefoil_protocol::{
    Command, DataSource, Event, ExecutorChoice, Export, Fault, FileRef, FileRole, Generator,
    ObjectiveSpec, Phase, Report, RunConfig, StepRecord, StopReason, Value,
};
use trefoil_train::{GpuDevice, Host, Session};

/// What to answer an event with.
type Reaction = dyn Fn(&Event) -> Option<Command>;

/// What is around a session under test.
pub(crate) struct Double {
    script: RefCell<VecDeque<Command>>,
    inbox: RefCell<VecDeque<Command>>,
    react: Box<Reaction>,
    /// What comes while the first step trains.
    first_step: RefCell<Option<Command>>,
    files: Files,
    /// Whether the adapter is called a CPU that plays a GPU, as it is.
    software: bool,
    events: RefCell<Vec<Event>>,
}

/// Files by name.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

impl Host for Double {
    type Gpu = Gpu;

    async fn open_gpu(&self) -> Result<GpuDevice<Gpu>, String> {
        let executor = Gpu::open().await.map_err(|error| error.to_string())?;
        let adapter = executor.adapter().name.clone();
        Ok(GpuDevice { executor, adapter, software: self.software })
    }

    fn cpu_name(&self) -> String {
        "a double".to_owned()
    }

    fn send(&self, event: Event) {
        if let Some(command) = (self.react)(&event) {
            self.inbox.borrow_mut().push_back(command);
        }
        self.events.borrow_mut().push(event);
    }

    fn next(&self) -> Option<Command> {
        self.inbox.borrow_mut().pop_front()
    }

    async fn wait(&self) -> Option<Command> {
        self.next().or_else(|| self.script.borrow_mut().pop_front())
    }

    async fn breathe(&self) {
        let trains = |event: &Event| matches!(event, Event::Phase { phase: Phase::Training, .. });
        if self.events.borrow().last().is_some_and(trains) {
            self.inbox.borrow_mut().extend(self.first_step.take());
        }
    }

    async fn asset(&self, path: &str) -> Result<Vec<u8>, String> {
        Err(format!("there is no {path}"))
    }

    fn file_size(&self, name: &str) -> Option<u64> {
        self.files.get(name).map(|bytes| bytes.len() as u64)
    }

    async fn file(&self, name: &str) -> Result<Vec<u8>, String> {
        self.files.get(name).cloned().ok_or_else(|| "there is no such file".to_owned())
    }

    fn folder(&self, path: &str) -> Result<Vec<String>, String> {
        Err(format!("there is no folder {path}"))
    }
}

/// Everything that a session said.
pub(crate) struct Said(pub(crate) Vec<Event>);

/// Plays a script on a session.
pub(crate) fn play(script: Vec<Command>) -> Said {
    play_with(script, Files::new(), |_| None)
}

/// The same with files, and with commands that come while the session works.
pub(crate) fn play_with(
    script: Vec<Command>,
    files: Files,
    react: impl Fn(&Event) -> Option<Command> + 'static,
) -> Said {
    serve(Double { react: Box::new(react), ..double(script, files) })
}

/// The same with an adapter that says it is a GPU.
pub(crate) fn play_on_hardware(script: Vec<Command>) -> Said {
    serve(Double { software: false, ..double(script, Files::new()) })
}

/// The same with a command that comes while the first step trains. The first chunk of a run is one
/// step, however fast the machine.
pub(crate) fn play_and_in_the_first_step(script: Vec<Command>, command: Command) -> Said {
    serve(Double { first_step: RefCell::new(Some(command)), ..double(script, Files::new()) })
}

fn double(script: Vec<Command>, files: Files) -> Double {
    let mut all = small();
    all.extend(files);
    Double {
        script: RefCell::new(script.into()),
        software: true,
        inbox: RefCell::default(),
        react: Box::new(|_| None),
        first_step: RefCell::default(),
        files: all,
        events: RefCell::default(),
    }
}

fn serve(host: Double) -> Said {
    let mut session = Session::new(host);
    block_on(session.serve());
    Said(session.host().events.take())
}

impl Said {
    /// The last report.
    pub(crate) fn report(&self) -> &Report {
        self.reports().pop().expect("a report")
    }

    fn reports(&self) -> Vec<&Report> {
        let reports = self.0.iter().filter_map(|event| match event {
            Event::Report { report, .. } => Some(report.as_ref()),
            _ => None,
        });
        reports.collect()
    }

    pub(crate) fn faults(&self) -> Vec<&Fault> {
        let faults = self.0.iter().filter_map(|event| match event {
            Event::Fault { fault } => Some(fault),
            _ => None,
        });
        faults.collect()
    }

    pub(crate) fn phases(&self) -> Vec<Phase> {
        let phases = self.0.iter().filter_map(|event| match event {
            Event::Phase { phase, .. } => Some(*phase),
            _ => None,
        });
        phases.collect()
    }

    /// Files that were made, by name; the last of each.
    pub(crate) fn exports(&self) -> BTreeMap<&str, &str> {
        let exports = self.0.iter().filter_map(|event| match event {
            Event::Export { name, text, .. } => Some((name.as_str(), text.as_str())),
            _ => None,
        });
        exports.collect()
    }

    /// `losses.csv`.
    pub(crate) fn losses(&self) -> &str {
        self.exports()["losses.csv"]
    }

    /// Records of the last run.
    pub(crate) fn records(&self) -> Vec<&StepRecord> {
        let last = self.0.iter().rposition(|event| matches!(event, Event::Started { .. }));
        let records = self.0[last.unwrap_or(0)..].iter().filter_map(|event| match event {
            Event::Progress { progress, .. } => Some(&progress.records),
            _ => None,
        });
        records.flatten().collect()
    }

    /// How each seed of each objective stopped, by the last report.
    pub(crate) fn stops(&self) -> Vec<(Vec<u64>, Vec<StopReason>)> {
        let objectives = self.report().objectives.iter();
        objectives.map(|o| (o.steps.clone(), o.stopped.clone())).collect()
    }
}

/// A report as text, without what the clock says.
pub(crate) fn comparable(report: &Report) -> String {
    let mut report = report.clone();
    report.run.started.clear();
    report.executor.adapter.clear();
    for column in report.objectives.iter_mut().chain(&mut report.baselines) {
        column.seconds = 0.0;
    }
    serde_json::to_string_pretty(&report).expect("a report is JSON")
}

/// A small run on the CPU: objectives as on the command line.
pub(crate) fn config(data: DataSource, objectives: &[&str], steps: u32) -> RunConfig {
    let mut config = RunConfig {
        data,
        objectives: objectives.iter().map(|text| spec(text)).collect(),
        steps,
        seeds: 2,
        seed: 3,
        executor: ExecutorChoice::Cpu,
        ..RunConfig::default()
    };
    for (key, value) in [
        ("batch", 32.0),
        ("width", 8.0),
        ("embedding", 6.0),
        ("rank", 2.0),
        ("tokens", 2.0),
        ("token_width", 8.0),
        ("eval_every", 5.0),
        ("warmup", 2.0),
    ] {
        config.set.insert(key.to_owned(), Value::Number(value));
    }
    config.validate().expect("a good configuration");
    config
}

fn spec(text: &str) -> ObjectiveSpec {
    text.parse().expect("an objective")
}

/// All four objectives.
pub(crate) const ALL: &[&str] = &["clip", "symile", "hcl", "coral"];

/// Load, configure, then these.
pub(crate) fn script(config: &RunConfig, then: &[Command]) -> Vec<Command> {
    let load = Command::Load { data: config.data.clone(), seed: config.seed };
    let configure = Command::Configure { config: config.clone() };
    [load, configure].into_iter().chain(then.iter().cloned()).collect()
}

/// Train to the end, then make the file of losses.
pub(crate) fn to_the_end() -> Vec<Command> {
    vec![Command::Play, Command::Export { what: Export::Losses }]
}

/// Three modalities of bits, in which only all three tell something; with labels and known truth.
pub(crate) fn xor(rows: u32) -> DataSource {
    DataSource::Generated(Generator::Xor { bits: 1, p: 1.0, rows })
}

/// Three modalities with linear factors; with labels and known truth.
pub(crate) fn hierarchy(rows: u32) -> DataSource {
    DataSource::Generated(hierarchy_of(&[5, 6, 4], rows))
}

/// Files that every double has: three modalities without labels, so that they are soon measured.
fn small() -> Files {
    let tables = generated(&hierarchy_of(&[5, 6, 4], 100));
    tables.into_iter().map(|(name, bytes)| (format!("small-{name}"), bytes)).collect()
}

/// [`small`] as the user chooses them.
pub(crate) fn small_files() -> DataSource {
    files(&small(), None)
}

pub(crate) fn hierarchy_of(dims: &[u32], rows: u32) -> Generator {
    let mut ranks = BTreeMap::from([("a+b".to_owned(), 1), ("c".to_owned(), 1)]);
    let letters: Vec<String> = ('a'..).take(dims.len()).map(|letter| letter.to_string()).collect();
    ranks.insert(letters.join("+"), 1);
    Generator::Hierarchy { dims: dims.to_vec(), ranks, noise: 0.3, rows }
}

/// Files as the user drops them; `labels.csv` has the labels.
pub(crate) fn files(files: &Files, group: Option<&str>) -> DataSource {
    let file = |name: &String| FileRef {
        role: if name == "labels.csv" { FileRole::Labels } else { FileRole::Modality },
        name: name.clone(),
        sha256: String::new(),
    };
    DataSource::Files {
        files: files.keys().map(file).collect(),
        group: group.map(str::to_owned),
        views: None,
    }
}

/// The tables that a generator writes, without labels and truth.
pub(crate) fn generated(generator: &Generator) -> Files {
    let files = trefoil_data::generate(generator, 7).expect("a good generator");
    let others = ["labels.csv", "truth.json"];
    let tables = files.into_iter().filter(|file| !others.contains(&file.name.as_str()));
    tables.map(|file| (file.name, file.bytes)).collect()
}

/// A table: header, then rows of cells.
pub(crate) fn table(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(bytes).expect("text");
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// The file of such a table.
pub(crate) fn written(table: &[Vec<String>]) -> Vec<u8> {
    table.iter().map(|row| row.join(",") + "\n").collect::<String>().into_bytes()
}
