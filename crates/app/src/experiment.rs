//! What the controls of the page stand at, and how that reaches worker and address.
//!
//! Sections change [`Experiment::config`] and call the verbs below; nothing else sends commands
//! about data and runs.

use crate::address::{self, Entry};
use crate::controls::Asked;
use crate::download::download;
use crate::fields::Wrong;
use crate::link::Link;
use crate::own_files::{OwnFiles, same_data};
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::prelude::*;
use std::time::Duration;
use trefoil_protocol::{
    Command, DataSource, Event, ExecutorChoice, ExecutorKind, Fault, Phase, RunConfig, RunId,
    RunView,
};
use web_sys::File;

/// Wait after the last change of a setting before the worker is told of it.
const SETTLE: Duration = Duration::from_millis(300);

/// Asked before other data take the place of a run.
const REPLACES: &str = "This replaces the run that is shown. Its report has not been downloaded.";

/// Where data is chosen from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pane {
    /// Sets that come with Trefoil.
    Shipped,
    /// Data with known truth.
    Generated,
    /// The user's files.
    Own,
}

impl Pane {
    fn of(source: &DataSource) -> Self {
        match source {
            DataSource::Shipped { .. } => Self::Shipped,
            DataSource::Generated(_) => Self::Generated,
            DataSource::Files { .. } | DataSource::Folder { .. } => Self::Own,
        }
    }
}

/// From context: the experiment that the page is about. Copies are the same one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Experiment {
    /// What the controls stand at; `data` is what is loaded, or what the address asks for.
    pub(crate) config: RwSignal<RunConfig>,
    /// Data on its way.
    pub(crate) reading: RwSignal<Option<DataSource>>,
    /// Why the last data could not be loaded.
    pub(crate) data_fault: RwSignal<Option<Fault>>,
    /// What was asked for and not answered yet.
    pub(crate) asked: RwSignal<Option<Asked>>,
    /// The fields that hold what cannot be.
    pub(crate) wrong: Wrong,
    /// Where data is chosen from.
    pub(crate) pane: RwSignal<Pane>,
    /// Why the address does not name an experiment.
    pub(crate) wrong_link: RwSignal<Option<String>>,
    /// The user's files.
    pub(crate) own: OwnFiles,
    link: Link,
    /// The executor of the first run: the same link, the same numbers.
    pinned: RwSignal<Option<ExecutorChoice>>,
    /// What the worker was told last.
    told: StoredValue<Option<RunConfig>>,
    timer: StoredValue<Option<TimeoutHandle>>,
    /// Whether the present entry of the browser's history was trained and has to stay.
    trained_here: StoredValue<bool>,
    /// The run that may be replaced without a question: its report was downloaded, or the user
    /// has said so.
    let_go: StoredValue<Option<RunId>>,
}

impl Experiment {
    /// Starts from the address.
    pub(crate) fn open(link: Link) -> Self {
        let experiment = Self {
            config: RwSignal::new(RunConfig::default()),
            reading: RwSignal::new(None),
            data_fault: RwSignal::new(None),
            asked: RwSignal::new(None),
            wrong: Wrong::none(),
            pane: RwSignal::new(Pane::Shipped),
            wrong_link: RwSignal::new(None),
            own: OwnFiles::new(),
            link,
            pinned: RwSignal::new(None),
            told: StoredValue::new(None),
            timer: StoredValue::new(None),
            trained_here: StoredValue::new(false),
            let_go: StoredValue::new(None),
        };
        link.on_event(move |event| experiment.happened(event));
        experiment.follow_address();
        Effect::watch(
            move || experiment.config.track(),
            move |(), _, _| experiment.changed(),
            false,
        );
        window_event_listener(leptos::ev::popstate, move |_| experiment.follow_address());
        experiment
    }

    /// The query of the link to this experiment. Reactive.
    pub(crate) fn query(self) -> String {
        let mut config = self.config.get();
        if config.executor == ExecutorChoice::Auto {
            config.executor = self.pinned.get().unwrap_or_default();
        }
        config.to_query()
    }

    fn follow_address(self) {
        let config = match RunConfig::from_query(&address::query()) {
            Ok(config) => {
                self.wrong_link.set(None);
                config
            }
            Err(error) => {
                self.wrong_link.set(Some(error.to_string()));
                RunConfig::default()
            }
        };
        let loaded = self.link.view.with_untracked(|view| view.source.clone());
        let data = config.data.clone();
        self.pinned.set(None);
        self.trained_here.set_value(false);
        self.config.set(config);
        self.wrong.forget();
        if loaded.as_ref() != Some(&data) {
            self.load(data);
        }
    }

    /// Other data, because the user wants them. False where a question was answered with no.
    pub(crate) fn choose(self, data: DataSource) -> bool {
        if self.link.view.with_untracked(|view| view.source.as_ref() == Some(&data)) {
            self.pane.set(Pane::of(&data));
            self.data_fault.set(None);
            if self.reading.with_untracked(Option::is_some) {
                self.cancel();
            }
            return true;
        }
        let agreed = self.may_replace();
        if agreed {
            self.load(data);
        }
        agreed
    }

    /// Whether the run that is shown may go; asked once for each.
    fn may_replace(self) -> bool {
        let run = self.link.view.with_untracked(|view| view.run);
        if !untrack(|| self.link.begun()) || self.let_go.get_value() == Some(run) {
            return true;
        }
        // A browser that cannot ask must not keep the data for ever.
        let agreed = window().confirm_with_message(REPLACES).unwrap_or(true);
        if agreed {
            self.let_go.set_value(Some(run));
        }
        agreed
    }

    /// The report of the run that is shown was downloaded.
    pub(crate) fn report_saved(self) {
        self.let_go.set_value(Some(self.link.view.with_untracked(|view| view.run)));
    }

    /// Reads data; what is loaded stays until it is found good. Files that are named but not at
    /// hand are asked for.
    fn load(self, data: DataSource) {
        self.pane.set(Pane::of(&data));
        self.data_fault.set(None);
        let mut uploads = Vec::new();
        if let DataSource::Files { files, group, views } = &data {
            self.own.expect(files, [group.as_deref(), views.as_deref()], false);
            match self.own.uploads(files) {
                Some(found) => uploads = found,
                // What it will run on can be told without data.
                None => return self.tell(false),
            }
        }
        self.reading.set(Some(data.clone()));
        // It breaks off what a run still waits for, which is then not answered.
        self.asked.set(None);
        let seed = self.config.with_untracked(|config| config.seed);
        self.link.send_with(Command::Load { data, seed }, uploads);
    }

    /// Reads the user's files as they are listed. False as in [`Self::choose`].
    pub(crate) fn load_own(self) -> bool {
        self.choose(untrack(|| self.own.source()))
    }

    /// Takes files in, and reads them once they can be a data set.
    pub(crate) fn add_files(self, files: Vec<File>) {
        if files.is_empty() {
            return;
        }
        self.pane.set(Pane::Own);
        self.own.add(files);
        if !self.own.incomplete() && self.own.modalities() >= 2 {
            self.load_own();
        }
    }

    /// The user took a file out of the list or changed its use: what was wrong with the list may
    /// be gone, and what is left is read if it can be a data set.
    pub(crate) fn own_changed(self) {
        let own = |data: &Option<DataSource>| matches!(data, Some(DataSource::Files { .. }));
        let reading = self.reading.with_untracked(own);
        // After other data were chosen the list is only kept.
        let kept = self.own.all_read()
            && !reading
            && self.data_fault.with_untracked(Option::is_none)
            && self.link.view.with_untracked(|view| view.source.is_some() && !own(&view.source));
        self.data_fault.set(None);
        if !kept && !untrack(|| self.own.incomplete()) && untrack(|| self.own.modalities()) >= 1 {
            self.load_own();
        } else if reading {
            self.cancel();
        }
    }

    /// Gives up what takes long.
    pub(crate) fn cancel(self) {
        self.reading.set(None);
        self.asked.set(None);
        self.link.send(Command::Cancel);
    }

    /// Starts, or goes on.
    pub(crate) fn play(self) {
        self.tell_all();
        self.trained_here.set_value(true);
        self.ask(Asked::Play);
    }

    /// Stops submitting; everything stays.
    pub(crate) fn pause(self) {
        self.ask(Asked::Pause);
    }

    /// Ends training here, and measures.
    pub(crate) fn stop(self) {
        self.ask(Asked::Stop);
    }

    /// One step of every objective.
    pub(crate) fn step(self) {
        // A run that has begun keeps its settings; one that was reset takes those of now.
        if !untrack(|| self.link.begun()) {
            self.tell_all();
            self.trained_here.set_value(true);
        }
        self.ask(Asked::Step);
    }

    /// Back to the same initial weights.
    pub(crate) fn reset(self) {
        self.tell_all();
        self.ask(Asked::Reset);
    }

    fn ask(self, what: Asked) {
        self.asked.set(Some(what));
        self.link.send(what.command());
    }

    /// Another executor, from the next run on.
    pub(crate) fn use_executor(self, choice: ExecutorChoice) {
        self.pinned.set(None);
        self.config.update(|config| config.executor = choice);
    }

    /// After a crash: another worker, with the data that the last one had.
    pub(crate) fn start_again(self) {
        let loaded = self.link.view.with_untracked(|view| view.source.clone());
        self.told.set_value(None);
        self.asked.set(None);
        self.reading.set(None);
        // It counts its runs from the start.
        self.let_go.set_value(None);
        self.link.restart();
        let data = loaded.unwrap_or_else(|| self.config.with_untracked(|c| c.data.clone()));
        self.load(data);
    }

    /// Whether the controls stand at something else than the run that is shown. Reactive.
    pub(crate) fn differs(self) -> bool {
        let otherwise = |run: &RunConfig, view: &RunView| {
            self.config.with(|config| {
                // A run names what it runs on, also where that was left to Trefoil.
                let executor = match config.executor {
                    ExecutorChoice::Auto => runs_on(view).unwrap_or_default(),
                    chosen => chosen,
                };
                let wanted = RunConfig { executor, ..config.clone() };
                RunConfig { data: config.data.clone(), ..run.clone() } != wanted
            })
        };
        self.link.begun()
            && self.link.view.with(|view| view.config.as_ref().is_some_and(|r| otherwise(r, view)))
    }

    fn happened(self, event: &Event) {
        match event {
            Event::Data { source, .. } => {
                // While other data are on their way, this is not what was asked for last.
                let foreign =
                    |reading: &Option<_>| reading.as_ref().is_some_and(|r| !same_data(r, source));
                if !self.reading.with_untracked(foreign) {
                    self.reading.set(None);
                    self.data_fault.set(None);
                    self.pane.set(Pane::of(source));
                    // A list that was changed since is the user's; this would take files out of it.
                    if let DataSource::Files { files, group, views } = source
                        && untrack(|| same_data(&self.own.source(), source))
                    {
                        let columns = [group.as_deref(), views.as_deref()];
                        self.own.expect(files, columns, true);
                    }
                }
                self.told.set_value(None);
                self.config.update(|config| config.data = source.clone());
                self.tell(false);
            }
            Event::Fault { fault } => {
                self.asked.set(None);
                if self.reading.get_untracked().is_some() {
                    self.reading.set(None);
                    // It is shown with the data, and gone once they are mended.
                    self.link.view.update(|view| view.fault = None);
                    self.data_fault.set(Some(fault.clone()));
                    self.tell(false);
                }
            }
            Event::Started { .. } => {
                self.pinned.set(self.link.view.with_untracked(runs_on));
                address::set(&untrack(|| self.query()), Entry::Same);
            }
            // It goes on preparing: the answer is what comes then.
            Event::Phase { phase: Phase::Preparing, .. } => {}
            Event::Phase { .. } => self.asked.set(None),
            Event::Report { .. } => self.let_go.set_value(None),
            Event::Export { name, mime, text } => download(name, mime, text),
            _ => {}
        }
    }

    /// A control moved: the address follows at once the movement rests, and the worker too.
    fn changed(self) {
        if let Some(timer) = self.timer.get_value() {
            timer.clear();
        }
        let settled = move || {
            let query = untrack(|| self.query());
            if query != address::query() && self.wrong_link.with_untracked(Option::is_none) {
                let entry = if self.trained_here.get_value() { Entry::New } else { Entry::Same };
                self.trained_here.set_value(false);
                address::set(&query, entry);
            }
            if self.reading.with_untracked(Option::is_none) {
                self.tell(false);
            }
        };
        self.timer.set_value(set_timeout_with_handle(settled, SETTLE).ok());
    }

    fn tell_all(self) {
        self.wrong_link.set(None);
        self.tell(true);
    }

    /// Tells the worker what the controls stand at. Another seed splits the data anew, which ends
    /// the run that is shown: that waits until the next one starts.
    fn tell(self, seed_too: bool) {
        let mut config = self.config.get_untracked();
        if !seed_too {
            self.link.view.with_untracked(|view| {
                if let Some(run) = &view.config
                    && view.phase != Phase::Idle
                {
                    config.seed = run.seed;
                }
            });
        }
        if self.told.with_value(|told| told.as_ref() != Some(&config)) {
            self.told.set_value(Some(config.clone()));
            self.link.send(Command::Configure { config });
        }
    }
}

/// What `Auto` comes to here.
fn runs_on(view: &RunView) -> Option<ExecutorChoice> {
    Some(match view.executor.as_ref()?.kind {
        ExecutorKind::Gpu => ExecutorChoice::Gpu,
        ExecutorKind::Cpu => ExecutorChoice::Cpu,
    })
}
