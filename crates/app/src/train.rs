//! Section 3: start, pause, step, stop, reset; how far it is.

use crate::controls::{Controls, play};
use crate::experiment::{Experiment, Pane};
use crate::faults::RunFault;
use crate::format::{self, count, duration};
use crate::icons::{Icon, Picture};
use crate::link::Link;
use crate::widgets::{Hint, Section};
use crate::words;
use leptos::prelude::*;
use trefoil_protocol::Phase;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

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
///
/// What a button cannot do now is said by `aria-disabled`: a button that is `disabled` while it
/// has the focus loses it.
#[component]
fn Toolbar() -> impl IntoView {
    let link = expect_context::<Link>();
    let experiment = expect_context::<Experiment>();
    let controls = Memo::new(move |_| Controls::now(link, experiment));
    let when = |may: fn(Controls) -> bool, act: fn(Experiment)| {
        move |_| {
            if may(controls.get_untracked()) {
                act(experiment);
            }
        }
    };
    let cannot = |may: fn(Controls) -> bool| move || (!may(controls.get())).to_string();
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
                    title="Space pauses a run and goes on with it"
                    aria-disabled=cannot(Controls::may_play)
                    aria-describedby=move || controls.get().refused().then_some("settings-wrong")
                    on:click=move |_| play(link, experiment)
                >
                    {move || view! { <Icon picture=picture() /> }}
                    <span>{move || controls.get().play_words()}</span>
                </button>
                <button
                    type="button"
                    class="button"
                    data-testid="step-button"
                    title="One step of every objective (full stop, while a run is under way)"
                    aria-disabled=cannot(Controls::may_step)
                    on:click=when(Controls::may_step, Experiment::step)
                >
                    <Icon picture=Picture::Step />
                    "Step"
                </button>
                <button
                    type="button"
                    class="button"
                    data-testid="stop-button"
                    title=words::STOP
                    aria-disabled=cannot(Controls::may_stop)
                    on:click=when(Controls::may_stop, Experiment::stop)
                >
                    <Icon picture=Picture::Stop />
                    <span>"Stop" <span class="wide-only">" and measure"</span></span>
                </button>
                <button
                    type="button"
                    class="button"
                    data-testid="reset-button"
                    title=words::RESET
                    aria-disabled=cannot(Controls::may_reset)
                    on:click=when(Controls::may_reset, Experiment::reset)
                >
                    <Icon picture=Picture::Reset />
                    "Reset"
                </button>
                <span class="wide-only"><Hint label="training" text=words::TRAIN /></span>
            </div>
            <Progress controls=controls />
        </div>
    }
}

/// To the first field that holds what cannot be, wherever it is folded away.
fn show_wrong(experiment: Experiment) {
    let Ok(Some(field)) = document().query_selector(".field.wrong input") else { return };
    if let Ok(Some(folded)) = field.closest("details")
        && let Err(error) = folded.set_attribute("open", "")
    {
        web_sys::console::error_1(&error);
    }
    if let Ok(Some(_)) = field.closest(".world") {
        experiment.pane.set(Pane::Generated);
    }
    // What was folded away takes the focus only once it is seen.
    request_animation_frame(move || {
        if let Ok(field) = field.dyn_into::<HtmlElement>()
            && let Err(error) = field.focus()
        {
            web_sys::console::error_1(&error);
        }
    });
}

/// Steps, speed and time left; or the task in progress.
#[component]
fn Progress(controls: Memo<Controls>) -> impl IntoView {
    let link = expect_context::<Link>();
    let experiment = expect_context::<Experiment>();
    let view = link.view;
    let task = Memo::new(move |_| {
        let reading = experiment.reading.with(Option::is_some);
        view.with(|view| view.task.clone()).filter(|_| !reading)
    });
    let steps = Memo::new(move |_| {
        let begun = link.begun();
        view.with(|view| (view.step, view.config.as_ref().filter(|_| begun).map(|c| c.steps)))
    });
    let phase = Memo::new(move |_| controls.get().phase());
    let refused = Memo::new(move |_| controls.get().refused());
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
                <Show when=move || refused.get()>
                    <button
                        type="button"
                        id="settings-wrong"
                        class="link-button bad"
                        data-testid="settings-wrong"
                        on:click=move |_| show_wrong(experiment)
                    >
                        "A setting marked red needs mending."
                    </button>
                </Show>
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
