//! What is drawn.

use crate::compare::Compare;
use crate::link::{Link, VERSION, WorkerState};
use crate::theme::Theme;
use leptos::prelude::*;
use trefoil_protocol::{Command, ExecutorInfo, ExecutorKind, RunConfig};

/// The whole page.
#[component]
pub(crate) fn App() -> impl IntoView {
    let link = Link::open();
    provide_context(link);
    provide_context(Theme::follow());
    let wrong_link = follow_address(link).err();
    view! {
        <header>
            <h1>"Trefoil"</h1>
            <p class="soft">
                "Small multimodal contrastive models, trained in this page: nothing leaves the tab."
            </p>
        </header>
        <WorkerEnded />
        {wrong_link.map(|words| view! { <p class="panel" role="alert">{words}</p> })}
        <LastFault />
        <Status />
        <Compare />
    }
}

/// An experiment in the address is loaded and set up.
fn follow_address(link: Link) -> Result<(), String> {
    let query = window().location().search().unwrap_or_default();
    let query = query.trim_start_matches('?');
    if query.is_empty() {
        return Ok(());
    }
    let config = RunConfig::from_query(query).map_err(|error| error.to_string())?;
    link.send(Command::Load { data: config.data.clone(), seed: config.seed });
    link.send(Command::Configure { config });
    Ok(())
}

/// What the user can mend, in the words of the session.
#[component]
fn LastFault() -> impl IntoView {
    let link = expect_context::<Link>();
    let words = Memo::new(move |_| link.view.with(|view| Some(view.fault.as_ref()?.to_string())));
    view! {
        <Show when=move || words.get().is_some()>
            <p class="panel" role="alert" data-testid="fault">{words}</p>
        </Show>
    }
}

/// Version, worker, executor.
#[component]
fn Status() -> impl IntoView {
    let link = expect_context::<Link>();
    let executor = Memo::new(move |_| link.view.with(|view| view.executor.clone()));
    view! {
        <section class="panel" aria-label="Status">
            <dl>
                <dt>"Version"</dt>
                <dd data-testid="version">{VERSION}</dd>
                <dt>"Worker"</dt>
                <dd data-testid="worker" role="status">
                    {move || link.state.with(|state| match state {
                        WorkerState::Starting => "starting",
                        WorkerState::Ready => "ready",
                        WorkerState::Ended(_) => "stopped",
                    })}
                </dd>
                <dt>"Executor"</dt>
                <dd data-testid="executor">
                    {move || executor.get().map_or_else(|| "\u{2026}".to_owned(), executor_words)}
                </dd>
            </dl>
        </section>
    }
}

/// The worker will not answer any more: why, and the way out.
#[component]
fn WorkerEnded() -> impl IntoView {
    let link = expect_context::<Link>();
    let words = move || {
        link.state.with(|state| match state {
            WorkerState::Ended(words) => Some(words.clone()),
            _ => None,
        })
    };
    let reload = move |_| {
        if let Err(error) = window().location().reload() {
            web_sys::console::error_1(&error);
        }
    };
    view! {
        <Show when=move || words().is_some()>
            <section class="panel" role="alert" data-testid="worker-ended">
                <p>"The worker that trains has stopped. Reload the page to start it again."</p>
                <p class="soft">{words}</p>
                <button on:click=reload>"Reload the page"</button>
            </section>
        </Show>
    }
}

fn executor_words(info: ExecutorInfo) -> String {
    let ExecutorInfo { kind, adapter, software, reason } = info;
    let kind = match (kind, software) {
        (ExecutorKind::Gpu, false) => "WebGPU",
        (ExecutorKind::Gpu, true) => "WebGPU in software",
        (ExecutorKind::Cpu, _) => "CPU",
    };
    format!("{kind} ({adapter}): {reason}")
}
