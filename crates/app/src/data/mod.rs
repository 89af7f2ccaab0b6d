//! Section 1: choosing data, and what was read of it.

mod details;
mod drop;
mod generated;
mod index;
mod own;
mod shipped;
mod summary;

use crate::experiment::{Experiment, Pane};
use crate::faults::FaultPanel;
use crate::format;
use crate::link::Link;
use crate::widgets::Section;
use drop::DropAnywhere;
use generated::Generated;
use leptos::prelude::*;
use own::Own;
use shipped::Shipped;
use summary::Summary;
use trefoil_protocol::Fault;

/// The section.
#[component]
pub(crate) fn Data() -> impl IntoView {
    let experiment = expect_context::<Experiment>();
    let shown = move |pane| move || experiment.pane.get() != pane;
    view! {
        <Section
            id="data"
            number=1
            title="Data"
            lead="Choose a set, make one whose truth is known, or drop your own tables; then check \
                  here what was read before anything trains."
        >
            <DropAnywhere />
            <Panes />
            <div hidden=shown(Pane::Shipped)>
                <Shipped />
            </div>
            <div hidden=shown(Pane::Generated)>
                <Generated />
            </div>
            <div hidden=shown(Pane::Own)>
                <Own />
            </div>
            <Reading />
            <DataFault />
            <Summary />
        </Section>
    }
}

/// Where data is chosen from.
#[component]
fn Panes() -> impl IntoView {
    let experiment = expect_context::<Experiment>();
    let panes = [
        (Pane::Shipped, "pane-shipped", "Ready-made sets"),
        (Pane::Generated, "pane-generated", "Synthetic, truth known"),
        (Pane::Own, "pane-own", "Your own files"),
    ];
    view! {
        <div class="segments" role="group" aria-label="Where the data comes from">
            {panes
                .map(|(pane, id, words)| {
                    let pressed = move || (experiment.pane.get() == pane).to_string();
                    view! {
                        <button
                            type="button"
                            class="segment"
                            data-testid=id
                            aria-pressed=pressed
                            on:click=move |_| experiment.pane.set(pane)
                        >
                            {words}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}

/// How far reading is. Its line is always there, so that nothing below it moves.
#[component]
fn Reading() -> impl IntoView {
    let link = expect_context::<Link>();
    let experiment = expect_context::<Experiment>();
    let task = Memo::new(move |_| {
        let reading = experiment.reading.with(Option::is_some);
        reading.then(|| link.view.with(|view| view.task.clone()))
    });
    let words = move || {
        task.get().map(|task| {
            task.map_or_else(
                || "Starting\u{2026}".to_owned(),
                |task| {
                    let left = task.seconds_left.map(format::duration);
                    let left = left.map(|left| format!(", {left} left")).unwrap_or_default();
                    format!("{}{left}", task.name)
                },
            )
        })
    };
    let done = move || f64::from(task.get().flatten().map_or(0.0, |task| task.done));
    view! {
        <div class="reading" aria-live="polite">
            <Show when=move || task.with(Option::is_some)>
                <span>{words}</span>
                <progress max="1" prop:value=done aria-label="Reading" />
                <button
                    type="button"
                    class="button small"
                    data-testid="cancel-reading"
                    on:click=move |_| experiment.cancel()
                >
                    "Cancel"
                </button>
            </Show>
        </div>
    }
}

/// Why data could not be loaded, and that what was there still is.
#[component]
fn DataFault() -> impl IntoView {
    let link = expect_context::<Link>();
    let experiment = expect_context::<Experiment>();
    Effect::new(move || {
        if experiment.data_fault.with(Option::is_some) {
            request_animation_frame(show_fault);
        }
    });
    move || {
        experiment.data_fault.get().map(|fault| {
            let loaded = link.view.with_untracked(|view| view.data.as_ref().map(title));
            let still = match loaded {
                Some(title) => format!(
                    "What was loaded before is still loaded: {title}. Nothing else has changed."
                ),
                None => "Nothing is loaded yet.".to_owned(),
            };
            let differs = differs_from_link(&fault, experiment);
            let anyway = move |_| {
                experiment.own.forget_hashes();
                experiment.load_own();
            };
            view! {
                <FaultPanel fault=fault still=still>
                    <Show when=move || differs>
                        <button
                            type="button"
                            class="button small"
                            data-testid="use-anyway"
                            on:click=anyway
                        >
                            "Read the files as they are now, without the link\u{2019}s check"
                        </button>
                    </Show>
                </FaultPanel>
            }
        })
    }
}

/// Whether the fault is that a file is not the one of the link. A file is compared with the link
/// as a whole and before anything else, so what is wrong inside a file has nothing to do with that.
fn differs_from_link(fault: &Fault, experiment: Experiment) -> bool {
    let whole = fault.row.is_none() && fault.column.is_none();
    whole && fault.file.as_ref().is_some_and(|file| experiment.own.checked(file))
}

/// It may lie below the list of files.
fn show_fault() {
    if let Ok(Some(fault)) = document().query_selector("#data .fault") {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        fault.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// What a loaded data set is called.
pub(crate) fn title(data: &trefoil_protocol::DataSummary) -> String {
    match &data.card {
        Some(card) if !card.title.is_empty() => card.title.clone(),
        _ => {
            let names: Vec<&str> = data.modalities.iter().map(|m| m.name.as_str()).collect();
            names.join(", ")
        }
    }
}
