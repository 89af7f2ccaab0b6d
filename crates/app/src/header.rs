//! The slim bar at the top: name, where it runs, theme, link.

use crate::address;
use crate::experiment::Experiment;
use crate::format::sentence;
use crate::icons::{Icon, Mark, Picture};
use crate::link::Link;
use crate::theme::{Choice, Theme};
use crate::widgets::place_popover;
use crate::words;
use leptos::prelude::*;
use std::time::Duration;
use trefoil_protocol::{ExecutorChoice, ExecutorInfo, ExecutorKind};

/// The bar.
#[component]
pub(crate) fn Header() -> impl IntoView {
    view! {
        <header class="header">
            <div class="header-inner">
                <h1 class="brand">
                    <Mark />
                    "Trefoil"
                </h1>
                <div class="header-tools">
                    <Executor />
                    <ThemeButton />
                    <CopyLink />
                </div>
            </div>
        </header>
    }
}

/// `WebGPU`, or what stands in for it.
pub(crate) fn executor_title(info: &ExecutorInfo) -> &'static str {
    match (info.kind, info.software) {
        (ExecutorKind::Gpu, false) => "WebGPU",
        (ExecutorKind::Gpu, true) => "WebGPU in software",
        (ExecutorKind::Cpu, _) => "CPU",
    }
}

/// What can be asked for instead.
fn next(chosen: ExecutorChoice, on_gpu: bool) -> ExecutorChoice {
    match chosen {
        ExecutorChoice::Cpu => ExecutorChoice::Auto,
        ExecutorChoice::Auto if !on_gpu => ExecutorChoice::Gpu,
        _ => ExecutorChoice::Cpu,
    }
}

/// Where it runs, why, and how to change that.
#[component]
fn Executor() -> impl IntoView {
    let link = expect_context::<Link>();
    let experiment = expect_context::<Experiment>();
    let info = Memo::new(move |_| link.view.with(|view| view.executor.clone()));
    let chosen = Memo::new(move |_| experiment.config.with(|config| config.executor));
    let chip = move || info.with(|info| info.as_ref().map_or("Looking for a GPU", executor_title));
    let adapter = move || {
        info.with(|info| {
            info.as_ref().map(|i| i.adapter.clone()).filter(|a| !a.is_empty()).unwrap_or_default()
        })
    };
    let why = move || {
        info.with(|info| {
            info.as_ref()
                .map_or_else(|| "Looking\u{2026}".to_owned(), |info| sentence(&info.reason))
        })
    };
    let on_gpu =
        Memo::new(move |_| info.with(|i| i.as_ref().is_some_and(|i| i.kind == ExecutorKind::Gpu)));
    let switch = move |_| {
        experiment.use_executor(next(chosen.get_untracked(), on_gpu.get_untracked()));
    };
    let missing = move || !on_gpu.get() && chosen.get() != ExecutorChoice::Cpu;
    view! {
        <button
            type="button"
            class="chip"
            popovertarget="executor-panel"
            on:click=place_popover
            data-testid="executor"
        >
            <span class=move || if on_gpu.get() { "lamp gpu" } else { "lamp" } aria-hidden="true" />
            <span class="hidden-visually">"Runs on: "</span>
            <span class="chip-title">{chip}</span>
            <span class="chip-detail">{adapter}</span>
        </button>
        <div id="executor-panel" popover="auto" class="popover executor-panel">
            <h2 class="popover-title">"Where it runs"</h2>
            <p><strong>{chip}</strong> " " <span class="soft">{adapter}</span></p>
            <p>{why}</p>
            <p class="soft">{words::EXECUTOR}</p>
            <Show when=missing>
                <p class="soft">{words::NO_GPU}</p>
            </Show>
            <button
                type="button"
                class="button small"
                data-testid="executor-switch"
                on:click=switch
            >
                {move || match next(chosen.get(), on_gpu.get()) {
                    ExecutorChoice::Auto => "Use whichever is faster",
                    ExecutorChoice::Gpu => "Use WebGPU all the same",
                    ExecutorChoice::Cpu => "Use the CPU instead",
                }}
            </button>
        </div>
    }
}

/// One button that goes through system, light and dark.
#[component]
fn ThemeButton() -> impl IntoView {
    let theme = expect_context::<Theme>();
    let next = move || {
        let now = theme.choice.get();
        let at = Choice::ALL.iter().position(|choice| *choice == now).unwrap_or_default();
        Choice::ALL[(at + 1) % Choice::ALL.len()]
    };
    let label = move || {
        let words = |choice| match choice {
            Choice::System => "as the system",
            Choice::Light => "light",
            Choice::Dark => "dark",
        };
        format!("Colours: {}. Change to {}", words(theme.choice.get()), words(next()))
    };
    let picture = move || match theme.choice.get() {
        Choice::System => Picture::System,
        Choice::Light => Picture::Sun,
        Choice::Dark => Picture::Moon,
    };
    view! {
        <button
            type="button"
            class="button quiet square"
            aria-label=label
            title=label
            data-testid="theme"
            on:click=move |_| theme.choose(untrack(next))
        >
            {move || view! { <Icon picture=picture() /> }}
        </button>
    }
}

/// Puts the link of the experiment on the clipboard.
#[component]
pub(crate) fn CopyLink() -> impl IntoView {
    let experiment = expect_context::<Experiment>();
    let said = RwSignal::new("");
    let copy = move |_| {
        let text = address::link(&untrack(|| experiment.query()));
        leptos::task::spawn_local(async move {
            said.set(if copied(&text).await { "Copied" } else { "Not copied" });
            set_timeout(move || said.set(""), Duration::from_secs(2));
        });
    };
    let done = move || !said.get().is_empty();
    view! {
        <button
            type="button"
            class="button copy-link"
            title="The link restores this experiment: data, settings, seeds"
            data-testid="copy-link"
            on:click=copy
        >
            {move || view! { <Icon picture=if done() { Picture::Check } else { Picture::Link } /> }}
            <span>{move || if done() { said.get() } else { "Copy link" }}</span>
        </button>
        <span class="hidden-visually" role="status">{said}</span>
    }
}

/// Whether the browser took `text`. Pages that are not served securely have no clipboard; there
/// the address bar has the same link.
async fn copied(text: &str) -> bool {
    if !window().is_secure_context() {
        return false;
    }
    let promise = window().navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(promise).await.is_ok()
}
