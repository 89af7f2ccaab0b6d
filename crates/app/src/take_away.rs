//! Section 5: files of the results, and the link.

use crate::download::download;
use crate::experiment::Experiment;
use crate::fields::Select;
use crate::header::CopyLink;
use crate::icons::{Icon, Picture};
use crate::link::Link;
use crate::widgets::Section;
use leptos::prelude::*;
use serde::Serialize;
use trefoil_protocol::{Command, Export, ObjectiveSpec};

/// The section.
#[component]
pub(crate) fn TakeAway() -> impl IntoView {
    let link = expect_context::<Link>();
    let experiment = expect_context::<Experiment>();
    let no_run = Memo::new(move |_| !link.begun());
    let no_losses = Memo::new(move |_| !link.recorded());
    let no_report = Memo::new(move |_| link.view.with(|view| view.report.is_none()));
    let report = move |_| {
        link.view.with_untracked(|view| save("report.json", view.report.as_ref()));
        experiment.report_saved();
    };
    let run = move |_| link.view.with_untracked(|view| save("run.json", view.config.as_ref()));
    view! {
        <Section
            id="take-away"
            number=5
            title="Take away"
            lead="Every number on this page as a file, for R, Python or a colleague; and the experiment \
                  itself as a link."
        >
            <ul class="cards take-away">
                <li class="card">
                    <span class="card-title">"Report"</span>
                    <span class="card-text">
                        "Sharing map, probes, retrieval and recovery of every objective and seed on the \
                         test rows, with intervals."
                    </span>
                    <Button name="report.json" testid="download-report" disabled=no_report press=report />
                </li>
                <li class="card">
                    <span class="card-title">"Losses"</span>
                    <span class="card-text">"Every term, objective and seed at every recorded step."</span>
                    <Button
                        name="losses.csv"
                        testid="download-losses"
                        disabled=no_losses
                        press=move |_| link.send(Command::Export { what: Export::Losses })
                    />
                </li>
                <Embeddings no_run=no_run />
                <li class="card">
                    <span class="card-title">"Settings"</span>
                    <span class="card-text">
                        "The run as a file that the command line starts again: "
                        <code>"trefoil train --config run.json"</code>
                    </span>
                    <Button name="run.json" testid="download-run" disabled=no_run press=run />
                </li>
                <li class="card">
                    <span class="card-title">"Link"</span>
                    <span class="card-text">
                        "Restores data, settings and seeds. With your own files it carries their names \
                         and checksums, never their content."
                    </span>
                    <CopyLink />
                </li>
            </ul>
            <Show when=move || no_report.get()>
                <p class="soft small">"The report is there once a run has finished."</p>
            </Show>
        </Section>
    }
}

#[component]
fn Button(
    name: &'static str,
    testid: &'static str,
    disabled: Memo<bool>,
    press: impl Fn(leptos::ev::MouseEvent) + 'static,
) -> impl IntoView {
    view! {
        <button type="button" class="button" data-testid=testid disabled=disabled on:click=press>
            <Icon picture=Picture::Download />
            {name}
        </button>
    }
}

/// One seed of one objective.
#[component]
fn Embeddings(no_run: Memo<bool>) -> impl IntoView {
    let link = expect_context::<Link>();
    let experiment = expect_context::<Experiment>();
    let objective = RwSignal::new(0u32);
    let seed = RwSignal::new(0u32);
    let numbered = |names: Vec<String>| -> Vec<(String, String)> {
        names.into_iter().enumerate().map(|(i, name)| (i.to_string(), name)).collect()
    };
    let objectives = Memo::new(move |_| {
        let run = link
            .view
            .with(|view| view.objectives.iter().map(|o| o.start.name.clone()).collect::<Vec<_>>());
        let planned =
            || experiment.config.with(|c| c.objectives.iter().map(ObjectiveSpec::label).collect());
        numbered(if run.is_empty() { planned() } else { run })
    });
    let seeds = Memo::new(move |_| {
        let run = link.view.with(|view| view.seeds.iter().map(u64::to_string).collect::<Vec<_>>());
        numbered(if run.is_empty() { vec!["\u{2013}".to_owned()] } else { run })
    });
    let choose = |signal: RwSignal<u32>| {
        Callback::new(move |text: String| signal.set(text.parse().unwrap_or_default()))
    };
    let press = move |_| {
        let most = |n: usize| n.saturating_sub(1) as u32;
        let objective = objective.get_untracked().min(most(objectives.with_untracked(Vec::len)));
        let seed = seed.get_untracked().min(most(seeds.with_untracked(Vec::len)));
        link.send(Command::Export {
            what: Export::Embeddings { objective, seed: Some(seed), rows: None },
        });
    };
    view! {
        <li class="card">
            <span class="card-title">"Embeddings"</span>
            <span class="card-text">"The vectors of every row, by modality and block."</span>
            <div class="pair">
                <Select
                    label="Objective"
                    value=Signal::derive(move || objective.get().to_string())
                    options=Signal::derive(move || objectives.get())
                    apply=choose(objective)
                    testid="embeddings-objective"
                />
                <Select
                    label="Seed"
                    value=Signal::derive(move || seed.get().to_string())
                    options=Signal::derive(move || seeds.get())
                    apply=choose(seed)
                    testid="embeddings-seed"
                />
            </div>
            <Button name="embeddings.csv" testid="download-embeddings" disabled=no_run press=press />
        </li>
    }
}

fn save(name: &str, value: Option<&impl Serialize>) {
    let Some(value) = value else { return };
    match serde_json::to_string_pretty(value) {
        Ok(text) => download(name, "application/json", &text),
        Err(error) => web_sys::console::error_1(&error.to_string().into()),
    }
}
