//! What went wrong, said where it happened: what to mend, and what is still there.

use crate::experiment::Experiment;
use crate::format::sentence;
use crate::icons::{Icon, Picture};
use crate::link::{Link, WorkerState};
use leptos::prelude::*;
use trefoil_protocol::{ExecutorChoice, Fault, FaultKind};

/// A fault in the words of the session.
#[component]
pub(crate) fn FaultPanel(
    /// What.
    fault: Fault,
    /// What is still there, in a sentence.
    #[prop(into)]
    still: String,
    /// What can be done beside mending it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let place = place(&fault);
    let title = match fault.kind {
        FaultKind::Input => "This needs mending",
        FaultKind::Device => "The device cannot do this",
        FaultKind::Internal => "Trefoil made a mistake",
    };
    view! {
        <div class="fault" role="alert" data-testid="fault">
            <Icon picture=Picture::Warning />
            <div class="stack-s">
                <h3 class="fault-title">{title}</h3>
                <Show when={ let place = place.clone(); move || place.is_some() }>
                    <p class="fault-place" data-testid="fault-place">{place.clone()}</p>
                </Show>
                <p data-testid="fault-message">{sentence(&fault.message)}</p>
                <p><strong>{sentence(&fault.mend)}</strong></p>
                <p class="soft">{still}</p>
                {children.map(|children| children())}
            </div>
        </div>
    }
}

/// `image.csv · row 12 · column “x”`.
fn place(fault: &Fault) -> Option<String> {
    let file = fault.file.as_ref()?;
    let row = fault.row.map(|row| format!("row {row}"));
    let column = fault.column.as_ref().map(|column| format!("column \u{201c}{column}\u{201d}"));
    let parts: Vec<String> = std::iter::once(file.clone()).chain(row).chain(column).collect();
    Some(parts.join(" \u{b7} "))
}

/// A fault that is not about data: a setting, the device.
#[component]
pub(crate) fn RunFault() -> impl IntoView {
    let link = expect_context::<Link>();
    let experiment = expect_context::<Experiment>();
    let fault = Memo::new(move |_| link.view.with(|view| view.fault.clone()));
    let still = "Nothing is lost: your data and the other settings are as they were.";
    let cpu = move |_| experiment.use_executor(ExecutorChoice::Cpu);
    move || {
        fault.get().map(|fault| {
            let offer = fault.kind == FaultKind::Device
                && experiment.config.with_untracked(|c| c.executor != ExecutorChoice::Cpu);
            view! {
                <FaultPanel fault=fault still=still>
                    <Show when=move || offer>
                        <button type="button" class="button small" on:click=cpu>"Run on the CPU"</button>
                    </Show>
                </FaultPanel>
            }
        })
    }
}

/// The address does not name an experiment.
#[component]
pub(crate) fn WrongLink() -> impl IntoView {
    let experiment = expect_context::<Experiment>();
    let words = experiment.wrong_link;
    view! {
        <Show when=move || words.with(Option::is_some)>
            <div class="fault" role="alert" data-testid="wrong-link">
                <Icon picture=Picture::Warning />
                <div class="stack-s">
                    <h3 class="fault-title">"This link cannot be followed"</h3>
                    <p>{move || words.get().map(|words| sentence(&words))}</p>
                    <p class="soft">"The page shows the default experiment instead."</p>
                    <button type="button" class="button small" on:click=move |_| words.set(None)>
                        "Understood"
                    </button>
                </div>
            </div>
        </Show>
    }
}

/// The worker will not answer any more: why, and the way out.
#[component]
pub(crate) fn WorkerEnded() -> impl IntoView {
    let link = expect_context::<Link>();
    let experiment = expect_context::<Experiment>();
    let words = Memo::new(move |_| {
        link.state.with(|state| match state {
            WorkerState::Ended(words) => Some(words.clone()),
            _ => None,
        })
    });
    let reload = move |_| {
        if let Err(error) = window().location().reload() {
            web_sys::console::error_1(&error);
        }
    };
    view! {
        <Show when=move || words.with(Option::is_some)>
            <div class="fault" role="alert" data-testid="worker-ended">
                <Icon picture=Picture::Warning />
                <div class="stack-s">
                    <h3 class="fault-title">"The trainer has stopped"</h3>
                    <p>
                        "It trains apart from the page, and will not answer any more. Started again, it \
                         reads the same data; your files and settings are still here. The run that \
                         was shown is lost."
                    </p>
                    <p class="last-words soft small">{words}</p>
                    <div class="row">
                        <button
                            type="button"
                            class="button primary"
                            data-testid="start-again"
                            on:click=move |_| experiment.start_again()
                        >
                            "Start the trainer again"
                        </button>
                        <button type="button" class="button" on:click=reload>"Reload the page"</button>
                    </div>
                </div>
            </div>
        </Show>
    }
}
