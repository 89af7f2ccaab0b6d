//! The one way from the page to the worker, and back.
//!
//! Components get a [`Link`] and send commands; they hold no worker and no future. Commands that
//! are sent before the worker listens wait here. Events are folded into the [`RunView`] once per
//! animation frame, however fast they come.

use leptos::prelude::*;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use trefoil_protocol::js::{Answer, Message, Upload};
use trefoil_protocol::{Command, Event, Phase, RunView};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, BlobPropertyBag, ErrorEvent, HtmlMetaElement, MessageEvent, Url, Worker, WorkerOptions,
    WorkerType,
};

/// Version of this page; the worker's must be the same.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How the worker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WorkerState {
    /// It loads; commands wait.
    Starting,
    /// It listens.
    Ready,
    /// It will not answer any more, and what it said last.
    Ended(String),
}

/// The page's end of the line. Copies are the same line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    /// What the page shows.
    pub(crate) view: RwSignal<RunView>,
    /// How the worker is.
    pub(crate) state: RwSignal<WorkerState>,
    line: StoredValue<Rc<Line>, LocalStorage>,
}

/// What a [`Link`] holds that is not drawn.
#[derive(Debug, Default)]
struct Line {
    worker: RefCell<Option<Worker>>,
    /// Sent before the worker was ready.
    waiting: RefCell<Vec<JsValue>>,
    /// Came since the last frame.
    arrived: RefCell<Vec<Event>>,
    /// Told of what happened once it is in the view.
    listeners: RefCell<Vec<Listener>>,
}

/// What is done when something happened, where that is more than drawing it.
#[derive(Clone)]
struct Listener(Rc<dyn Fn(&Event)>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

impl Link {
    /// Starts the worker.
    pub(crate) fn open() -> Self {
        let link = Self {
            view: RwSignal::new(RunView::default()),
            state: RwSignal::new(WorkerState::Starting),
            line: StoredValue::new_local(Rc::default()),
        };
        link.start();
        link
    }

    fn start(self) {
        match start_worker() {
            Ok(worker) => self.listen(worker),
            Err(error) => self.end(format!("The browser did not start the worker: {error:?}")),
        }
    }

    /// Ends the worker, if it still runs, and starts another one, which knows nothing.
    pub(crate) fn restart(self) {
        let line = self.line.get_value();
        if let Some(worker) = line.worker.take() {
            worker.terminate();
        }
        line.waiting.take();
        line.arrived.take();
        self.view.set(RunView::default());
        self.state.set(WorkerState::Starting);
        self.start();
    }

    /// Whether anything was trained of the run that is shown. Reactive.
    pub(crate) fn begun(self) -> bool {
        self.view.with(begun)
    }

    /// Whether a loss was recorded of the run that is shown. Reactive.
    pub(crate) fn recorded(self) -> bool {
        self.view.with(recorded)
    }

    /// From now on `listener` is told of every event but progress, after it was folded into the
    /// view.
    pub(crate) fn on_event(self, listener: impl Fn(&Event) + 'static) {
        self.line.get_value().listeners.borrow_mut().push(Listener(Rc::new(listener)));
    }

    /// Sends a command that comes with files of the user's. Without files:
    /// [`Link::send`].
    pub(crate) fn send_with(self, command: Command, files: Vec<Upload>) {
        let value = match (Message { command, files }).to_js() {
            Ok(value) => value,
            Err(error) => return self.end(format!("A command cannot be sent: {error}")),
        };
        let line = self.line.get_value();
        if self.state.get_untracked() == WorkerState::Ready {
            self.post(&line, &value);
        } else {
            line.waiting.borrow_mut().push(value);
        }
    }

    /// Sends a command.
    pub(crate) fn send(self, command: Command) {
        self.send_with(command, Vec::new());
    }

    fn post(self, line: &Line, value: &JsValue) {
        if let Some(worker) = &*line.worker.borrow()
            && let Err(error) = worker.post_message(value)
        {
            self.end(format!("The browser did not deliver a command: {error:?}"));
        }
    }

    fn listen(self, worker: Worker) {
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            self.receive(event.data());
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget();
        // An ErrorEvent if the worker threw, a plain Event if its files did not load.
        let on_error = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
            self.end(match event.dyn_ref::<ErrorEvent>() {
                Some(error) => error.message(),
                None => "The worker did not load".to_owned(),
            });
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        on_error.forget();
        *self.line.get_value().worker.borrow_mut() = Some(worker);
    }

    fn receive(self, data: JsValue) {
        match Answer::from_js(data) {
            Ok(Answer::Event(event)) => self.arrive(event),
            Ok(Answer::Crashed(words)) => self.end(words),
            Err(error) => self.end(format!("The worker sent what is not an event: {error}")),
        }
    }

    fn arrive(self, event: Event) {
        if let Event::Ready { version } = &event {
            if version != VERSION {
                return self.end(format!("The page is version {VERSION}, the worker {version}"));
            }
            self.state.set(WorkerState::Ready);
            let line = self.line.get_value();
            for value in line.waiting.take() {
                self.post(&line, &value);
            }
        }
        let first = {
            let line = self.line.get_value();
            let mut arrived = line.arrived.borrow_mut();
            arrived.push(event);
            arrived.len() == 1
        };
        // A hidden page gets no frames, and must not pile events up until it is seen again.
        if document().hidden() {
            self.apply();
        } else if first {
            request_animation_frame(move || self.apply());
        }
    }

    /// Folds what arrived into the view.
    fn apply(self) {
        let line = self.line.get_value();
        let events = line.arrived.take();
        if events.is_empty() {
            return;
        }
        // Progress is all but all that comes, and nobody but the view wants it.
        let told: Vec<Event> =
            events.iter().filter(|e| !matches!(e, Event::Progress { .. })).cloned().collect();
        self.view.update(|view| events.into_iter().for_each(|event| view.apply(event)));
        let listeners = line.listeners.borrow().clone();
        for event in &told {
            for listener in &listeners {
                (listener.0)(event);
            }
        }
    }

    /// The first reason stays: what follows a crash only repeats it less clearly.
    fn end(self, words: String) {
        self.state.update(|state| {
            if !matches!(state, WorkerState::Ended(_)) {
                *state = WorkerState::Ended(words);
            }
        });
    }
}

/// A run that was reset is set up but has not begun: to the user there is none.
fn begun(view: &RunView) -> bool {
    view.config.is_some()
        && match view.phase {
            Phase::Training | Phase::Evaluating | Phase::Finished => true,
            Phase::Idle | Phase::Preparing | Phase::Paused => view.step > 0 || recorded(view),
        }
}

fn recorded(view: &RunView) -> bool {
    let mut curves = view.objectives.iter().flat_map(|o| o.train.iter().chain(&o.validation));
    curves.any(|curve| !curve.steps.is_empty())
}

/// Starts the worker that `index.html` names.
///
/// A worker that is loaded from a file has no content security policy but what the host sends with
/// that file, and a static host sends none. One that is made from a blob inherits the page's.
fn start_worker() -> Result<Worker, JsValue> {
    let name = document()
        .query_selector("meta[name=trefoil-worker]")?
        .and_then(|element| element.dyn_into::<HtmlMetaElement>().ok())
        .map(|meta| meta.content())
        .ok_or("index.html names no worker")?;
    let base = document().base_uri()?.ok_or("the page has no address")?;
    let file = Url::new_with_base(&name, &base)?.href();
    let script = JsValue::from_str(&format!("import \"{file}\";"));
    let kind = BlobPropertyBag::new();
    kind.set_type("text/javascript");
    let blob = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&script), &kind)?;
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    Worker::new_with_options(&Url::create_object_url_with_blob(&blob)?, &options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trefoil_protocol::Progress;

    #[test]
    fn a_run_that_was_reset_has_not_begun() {
        let mut view = RunView::default();
        assert!(!begun(&view));
        view.apply(Event::Started {
            run: 1,
            config: Box::default(),
            objectives: Vec::new(),
            seeds: vec![0],
        });
        view.apply(Event::Phase { run: 1, phase: Phase::Paused });
        assert!(!begun(&view));
        let progress = Progress { step: 1, ..Progress::default() };
        view.apply(Event::Progress { run: 1, progress });
        assert!(begun(&view) && !recorded(&view));
    }

    #[test]
    fn a_run_has_begun_before_its_first_record() {
        let config = Some(trefoil_protocol::RunConfig::default());
        let view = RunView { config, phase: Phase::Training, ..RunView::default() };
        assert!(begun(&view));
    }
}
