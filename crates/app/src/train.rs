//! Section 3: start, pause, step, stop, reset; how far it is.

use crate::experiment::Experiment;
use crate::faults::RunFault;
use crate::format::{self, count, duration};
use crate::icons::{Icon, Picture};
use crate::link::{Link, WorkerState};
use crate::widgets::{Hint, Section};
use crate::words;
use leptos::ev;
use leptos::prelude::*;
use trefoil_protocol::{Command, Phase};
use wasm_bindgen::JsCast;

/// What the buttons may do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Controls {
    phase: Phase,
    /// There is data, and a worker that is not busy starting.
    able: bool,
    /// Asked and not answered.
    asked: bool,
    /// Something was changed since the run began.
    differs: bool,
}

impl Controls {
    fn now(link: Link, experiment: Experiment) -> Self {
        let ended = link.state.with(|state| matches!(state, WorkerState::Ended(_)));
        let reading = experiment.reading.with(Option::is_some);
        let (phase, loaded) = link.view.with(|view| (view.phase, view.data.is_some()));
        Self {
            phase,
            able: loaded && !ended && !reading,
            asked: experiment.asked.get(),
            differs: experiment.differs(),
        }
    }

    fn running(self) -> bool {
        self.phase == Phase::Training
    }

    fn has_run(self) -> bool {
        self.phase != Phase::Idle
    }

    fn free(self) -> bool {
        self.able && !self.asked && !matches!(self.phase, Phase::Preparing | Phase::Evaluating)
    }

    fn play_words(self) -> &'static str {
        match self.phase {
            _ if self.asked => "Preparing",
            Phase::Preparing => "Preparing",
            Phase::Training => "Pause",
            Phase::Evaluating => "Measuring",
            Phase::Paused if !self.differs => "Go on",
            Phase::Paused | Phase::Finished => "Train again",
            Phase::Idle => "Train",
        }
    }

    fn may_step(self) -> bool {
        self.free() && self.phase != Phase::Finished
    }

    fn may_stop(self) -> bool {
        self.free() && (self.running() || self.phase == Phase::Paused)
    }

    fn may_reset(self) -> bool {
        self.able && !self.asked && self.has_run()
    }
}

fn play(link: Link, experiment: Experiment) {
    let controls = untrack(|| Controls::now(link, experiment));
    if !controls.free() {
        return;
    }
    if controls.running() {
        link.send(Command::Pause);
    } else {
        experiment.play();
    }
}

/// Space, full stop and r, where no control has the focus that would want them.
pub(crate) fn shortcuts(link: Link, experiment: Experiment) {
    window_event_listener(ev::keydown, move |event| {
        let wanted = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .and_then(|element| {
                element
                    .closest("input, select, textarea, button, a, summary, [tabindex], [popover]")
                    .ok()
            })
            .flatten()
            .is_some();
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key() || event.repeat();
        if wanted || modified {
            return;
        }
        let controls = untrack(|| Controls::now(link, experiment));
        match event.key().as_str() {
            " " => play(link, experiment),
            "." if controls.may_step() => experiment.step(),
            "r" if controls.may_reset() => experiment.reset(),
            _ => return,
        }
        event.prevent_default();
    });
}

/// The section.
#[component]
pub(crate) fn Train() -> impl IntoView {
    view! {
        <Section
            id="train"
            number=3
            title="Train"
            lead="All objectives and seeds train side by side. Pause whenever you like: nothing is lost."
        >
            <RunFault />
        </Section>
        <Toolbar />
    }
}

/// Stays in sight while the pictures are looked at: below the header, on phones at the bottom.
#[component]
fn Toolbar() -> impl IntoView {
    let link = expect_context::<Link>();
    let experiment = expect_context::<Experiment>();
    let controls = Memo::new(move |_| Controls::now(link, experiment));
    let picture = move || {
        if controls.get().running() { Picture::Pause } else { Picture::Play }
    };
    view! {
        <div class="toolbar" role="toolbar" aria-label="Training">
            <div class="toolbar-buttons">
                <button
                    type="button"
                    class="button primary play"
                    data-testid="train-button"
                    title="Space"
                    disabled=move || !controls.get().free()
                    on:click=move |_| play(link, experiment)
                >
                    {move || view! { <Icon picture=picture() /> }}
                    <span>{move || controls.get().play_words()}</span>
                </button>
                <button
                    type="button"
                    class="button"
                    data-testid="step-button"
                    title="One step of every objective (full stop)"
                    disabled=move || !controls.get().may_step()
                    on:click=move |_| experiment.step()
                >
                    <Icon picture=Picture::Step />
                    "Step"
                </button>
                <button
                    type="button"
                    class="button"
                    data-testid="stop-button"
                    title=words::STOP
                    disabled=move || !controls.get().may_stop()
                    on:click=move |_| link.send(Command::Stop)
                >
                    <Icon picture=Picture::Stop />
                    <span>"Stop" <span class="wide-only">" and measure"</span></span>
                </button>
                <button
                    type="button"
                    class="button"
                    data-testid="reset-button"
                    title=words::RESET
                    disabled=move || !controls.get().may_reset()
                    on:click=move |_| experiment.reset()
                >
                    <Icon picture=Picture::Reset />
                    "Reset"
                </button>
                <span class="wide-only"><Hint label="training" text=words::TRAIN /></span>
            </div>
            <Progress />
        </div>
    }
}

/// Steps, speed and time left; or the task in progress.
#[component]
fn Progress() -> impl IntoView {
    let link = expect_context::<Link>();
    let experiment = expect_context::<Experiment>();
    let view = link.view;
    let task = Memo::new(move |_| {
        let reading = experiment.reading.with(Option::is_some);
        view.with(|view| view.task.clone()).filter(|_| !reading)
    });
    let steps = Memo::new(move |_| {
        view.with(|view| (view.step, view.config.as_ref().map(|config| config.steps)))
    });
    let phase = Memo::new(move |_| view.with(|view| view.phase));
    let total =
        move || steps.get().1.unwrap_or_else(|| experiment.config.with(|config| config.steps));
    let rate = Memo::new(move |_| view.with(|view| view.rate));
    let left = Memo::new(move |_| view.with(|view| view.seconds_left.map(f64::round)));
    let done = move || match task.get() {
        Some(task) => f64::from(task.done),
        None if phase.get() == Phase::Finished => 1.0,
        None => f64::from(steps.get().0) / f64::from(total().max(1)),
    };
    let title = move || match task.get() {
        Some(task) => task.name,
        None => {
            format!("Step {} of {}", count(u64::from(steps.get().0)), count(u64::from(total())))
        }
    };
    let detail = move || {
        if let Some(task) = task.get() {
            return task.seconds_left.map_or_else(String::new, |s| format!("{} left", duration(s)));
        }
        match phase.get() {
            Phase::Training if rate.get() > 0.0 => {
                let left =
                    left.get().map_or_else(String::new, |s| format!(", {} left", duration(s)));
                format!("{} steps/s{left}", format::number(rate.get()))
            }
            Phase::Paused => "Paused".to_owned(),
            Phase::Finished => "Finished".to_owned(),
            Phase::Evaluating => "Measuring what is shared".to_owned(),
            _ => String::new(),
        }
    };
    let said = move || match phase.get() {
        Phase::Idle => "",
        Phase::Preparing => "Preparing",
        Phase::Training => "Training",
        Phase::Paused => "Paused",
        Phase::Evaluating => "Training has ended; measuring what is shared",
        Phase::Finished => "Finished: the report is ready",
    };
    view! {
        <div class="progress">
            <div class="progress-line">
                <span data-testid="progress-title">{title}</span>
                <span class="soft" data-testid="progress-detail">{detail}</span>
                <Show when=move || task.with(Option::is_some)>
                    <button
                        type="button"
                        class="button small"
                        data-testid="cancel-task"
                        on:click=move |_| experiment.cancel()
                    >
                        "Cancel"
                    </button>
                </Show>
            </div>
            <progress max="1" prop:value=done aria-label="Progress" />
            <span class="hidden-visually" role="status" data-testid="phase">{said}</span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn controls(phase: Phase) -> Controls {
        Controls { phase, able: true, asked: false, differs: false }
    }

    #[test]
    fn what_is_asked_for_waits_for_its_answer() {
        let asked = Controls { asked: true, ..controls(Phase::Paused) };
        assert!(!asked.free() && !asked.may_step() && !asked.may_stop() && !asked.may_reset());
    }

    #[test]
    fn a_finished_run_can_only_begin_anew() {
        let finished = controls(Phase::Finished);
        assert!(finished.free() && finished.may_reset());
        assert!(!finished.may_step() && !finished.may_stop());
        assert_eq!(finished.play_words(), "Train again");
    }

    #[test]
    fn a_changed_setting_makes_go_on_a_new_run() {
        assert_eq!(controls(Phase::Paused).play_words(), "Go on");
        let changed = Controls { differs: true, ..controls(Phase::Paused) };
        assert_eq!(changed.play_words(), "Train again");
    }
}
