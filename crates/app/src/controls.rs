//! What may be done with the run now, by the buttons of the toolbar and by keys.

use crate::experiment::Experiment;
use crate::link::{Link, WorkerState};
use leptos::ev;
use leptos::prelude::*;
use trefoil_protocol::{Command, Phase};
use wasm_bindgen::JsCast;

/// Keeps single keys to itself: it takes keys, or a press of it is meant.
const TAKES_KEYS: &str = "input, select, textarea, button, a, summary, [contenteditable], \
                          [tabindex], [popover]";

/// What the worker was asked to do with the run. On a slow adapter the answer takes a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Start, or go on.
    Play,
    /// Stop submitting.
    Pause,
    /// One step of every objective.
    Step,
    /// End training, and measure.
    Stop,
    /// Back to the same initial weights.
    Reset,
}

impl Asked {
    /// In the words of the worker.
    pub(crate) fn command(self) -> Command {
        match self {
            Self::Play => Command::Play,
            Self::Pause => Command::Pause,
            Self::Step => Command::Step,
            Self::Stop => Command::Stop,
            Self::Reset => Command::Reset,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Play => "Preparing",
            Self::Pause => "Pausing\u{2026}",
            Self::Step => "One step\u{2026}",
            Self::Stop => "Stopping\u{2026}",
            Self::Reset => "Resetting\u{2026}",
        }
    }
}

/// What the buttons may do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Controls {
    /// A run of which nothing was trained is none.
    phase: Phase,
    /// There is data, and a worker that is not busy starting.
    able: bool,
    /// Asked and not answered.
    asked: Option<Asked>,
    /// Something was changed since the run began.
    differs: bool,
    /// A field holds what cannot be.
    wrong: bool,
}

impl Controls {
    /// Reactive.
    pub(crate) fn now(link: Link, experiment: Experiment) -> Self {
        let ended = link.state.with(|state| matches!(state, WorkerState::Ended(_)));
        let reading = experiment.reading.with(Option::is_some);
        let (phase, loaded) = link.view.with(|view| (view.phase, view.data.is_some()));
        Self {
            phase: if link.begun() || phase == Phase::Preparing { phase } else { Phase::Idle },
            able: loaded && !ended && !reading,
            asked: experiment.asked.get().filter(|_| !ended),
            differs: experiment.differs(),
            wrong: experiment.wrong.any(),
        }
    }

    pub(crate) fn phase(self) -> Phase {
        self.phase
    }

    pub(crate) fn running(self) -> bool {
        self.phase == Phase::Training
    }

    fn under_way(self) -> bool {
        matches!(self.phase, Phase::Training | Phase::Paused)
    }

    fn free(self) -> bool {
        let busy = matches!(self.phase, Phase::Preparing | Phase::Evaluating);
        self.able && self.asked.is_none() && !busy
    }

    /// Whether a wrong field is why nothing is trained.
    pub(crate) fn refused(self) -> bool {
        self.wrong && !matches!(self.phase, Phase::Training | Phase::Evaluating)
    }

    pub(crate) fn play_words(self) -> &'static str {
        if let Some(asked) = self.asked {
            return asked.words();
        }
        match self.phase {
            Phase::Preparing => "Preparing",
            Phase::Training => "Pause",
            Phase::Evaluating => "Measuring",
            Phase::Paused if !self.differs => "Go on",
            Phase::Paused | Phase::Finished => "Train again",
            Phase::Idle => "Train",
        }
    }

    pub(crate) fn may_play(self) -> bool {
        self.free() && !self.refused()
    }

    pub(crate) fn may_step(self) -> bool {
        // With a run there is, a step is one of its own settings.
        let starts = self.phase == Phase::Idle;
        self.free() && self.phase != Phase::Finished && !(starts && self.wrong)
    }

    pub(crate) fn may_stop(self) -> bool {
        self.free() && self.under_way()
    }

    pub(crate) fn may_reset(self) -> bool {
        self.able && self.asked.is_none() && self.phase != Phase::Idle && !self.wrong
    }
}

/// Trains, pauses or goes on, whichever the first button says.
pub(crate) fn play(link: Link, experiment: Experiment) {
    let controls = untrack(|| Controls::now(link, experiment));
    if !controls.may_play() {
        return;
    }
    if controls.running() {
        experiment.pause();
    } else {
        experiment.play();
    }
}

/// Space pauses a run that is under way and goes on with it, a full stop makes one step of it. No
/// key starts a run or ends one: a key is pressed by mistake too easily for that.
pub(crate) fn shortcuts(link: Link, experiment: Experiment) {
    window_event_listener(ev::keydown, move |event| {
        let wanted = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .and_then(|element| element.closest(TAKES_KEYS).ok())
            .flatten()
            .is_some();
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key() || event.repeat();
        if wanted || modified || event.default_prevented() {
            return;
        }
        let controls = untrack(|| Controls::now(link, experiment));
        match event.key().as_str() {
            // With Shift it scrolls back. After a change of settings it would train anew.
            " " if controls.under_way() && !controls.differs && !event.shift_key() => {
                play(link, experiment);
            }
            "." if controls.under_way() && controls.may_step() => experiment.step(),
            _ => return,
        }
        event.prevent_default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn controls(phase: Phase) -> Controls {
        Controls { phase, able: true, asked: None, differs: false, wrong: false }
    }

    #[test]
    fn what_is_asked_for_waits_for_its_answer() {
        let asked = Controls { asked: Some(Asked::Pause), ..controls(Phase::Training) };
        assert!(!asked.may_play() && !asked.may_step() && !asked.may_stop() && !asked.may_reset());
        assert_eq!(asked.play_words(), "Pausing\u{2026}");
    }

    #[test]
    fn a_finished_run_can_only_begin_anew() {
        let finished = controls(Phase::Finished);
        assert!(finished.may_play() && finished.may_reset());
        assert!(!finished.may_step() && !finished.may_stop());
        assert_eq!(finished.play_words(), "Train again");
    }

    #[test]
    fn a_changed_setting_makes_go_on_a_new_run() {
        assert_eq!(controls(Phase::Paused).play_words(), "Go on");
        let changed = Controls { differs: true, ..controls(Phase::Paused) };
        assert_eq!(changed.play_words(), "Train again");
    }

    #[test]
    fn without_a_run_there_is_nothing_to_stop_or_reset() {
        let idle = controls(Phase::Idle);
        assert!(idle.may_play() && idle.may_step());
        assert!(!idle.may_stop() && !idle.may_reset() && !idle.under_way());
        assert_eq!(idle.play_words(), "Train");
    }

    #[test]
    fn a_wrong_field_starts_nothing_and_still_lets_a_run_pause() {
        let wrong = |phase| Controls { wrong: true, ..controls(phase) };
        assert!(!wrong(Phase::Idle).may_play() && !wrong(Phase::Idle).may_step());
        assert!(!wrong(Phase::Finished).may_play() && wrong(Phase::Finished).refused());
        assert!(wrong(Phase::Training).may_play() && wrong(Phase::Training).may_stop());
    }
}
