//! Section 4: the objectives as columns on the same axes.
//!
//! Before it, `crate::link` folds events into a `RunView`; [`stage`] cuts that into what the
//! columns show, one memo each, so that a picture is drawn again only when its own numbers
//! changed. After it there is nothing but the eye: every picture also says in text what it shows.

mod angles;
mod beyond;
mod bits;
mod cells;
mod control;
mod curves;
mod decomposition;
mod frame;
mod groups;
mod leakage;
mod loss;
mod map;
mod needed;
mod needs;
mod probes;
mod recovery;
mod retrieval;
mod scatter;
mod shares;
mod stage;
mod tips;
mod words;

use crate::controls::Asked;
use crate::experiment::Experiment;
use crate::widgets::Section;
use frame::Check;
use leptos::prelude::*;
use stage::{Slot, Stage};

/// The pictures.
#[component]
pub(crate) fn Compare() -> impl IntoView {
    let stage = Stage::new();
    provide_context(stage);
    let experiment = expect_context::<Experiment>();
    // A run that takes the place of another is set up before it begins: the pictures stay.
    let begins = move || matches!(experiment.asked.get(), Some(Asked::Play | Asked::Step));
    let started = Memo::new(move |_| {
        let set_up = stage.columns.with(|columns| !columns.is_empty());
        set_up && (stage.link.begun() || begins())
    });
    view! {
        <Section
            id="compare"
            number=4
            title="Compare"
            lead="One column for each objective, all on the same data, rows, seeds and axes: what differs between columns is what the objective makes of the data."
        >
            <Show when=move || started.get() fallback=Empty>
                <tips::Tips>
                    <Toolbar />
                    <div class="compare-scroll" style=("--columns", move || template(stage))>
                        <loss::Losses />
                        <map::Map />
                        <shares::Shares />
                        <needs::NeedsBoth />
                        <scatter::Embedding />
                        <beyond::Beyond />
                        <probes::Probes />
                        <leakage::Leakage />
                        <needed::NeededBlocks />
                        <decomposition::Decompositions />
                        <retrieval::Retrieval />
                        <recovery::RecoveryMap />
                    </div>
                </tips::Tips>
            </Show>
        </Section>
    }
}

/// Widths of the columns: the same for every picture, baselines narrower.
fn template(stage: Stage) -> String {
    stage.columns.with(|columns| {
        let widths: Vec<&str> = columns
            .iter()
            .map(|column| match column.slot {
                Slot::Objective(_) => "minmax(13.5rem, 30rem)",
                Slot::Baseline(_) => "minmax(9.5rem, 21rem)",
            })
            .collect();
        widths.join(" ")
    })
}

/// Names of the modalities in their colours, and whether the baselines are shown.
#[component]
fn Toolbar() -> impl IntoView {
    let stage = expect_context::<Stage>();
    let legend = move || {
        stage.modalities.with(|names| {
            names
                .iter()
                .map(|name| {
                    let class = format!("dot {}", stage::modality_class(names, name));
                    view! { <li><span class=class></span>{name.clone()}</li> }
                })
                .collect_view()
        })
    };
    view! {
        <div class="compare-toolbar">
            <ul class="compare-legend" aria-label="Colours of the modalities">{legend}</ul>
            <Check label="Show the baselines: raw features, untrained encoder" testid="show-baselines" on=stage.baselines />
        </div>
    }
}

/// What will be here.
#[component]
fn Empty() -> impl IntoView {
    let pictures = words::PICTURES
        .iter()
        .map(|(title, text)| {
            view! { <li><h3>{*title}</h3><p class="soft small">{*text}</p></li> }
        })
        .collect_view();
    view! {
        <div class="panel compare-empty" data-testid="compare-empty">
            <p>
                "Press Train, and these pictures grow here while the objectives train. Until the
                end they are measured on validation rows, the report at the end on test rows, once."
            </p>
            <ol>{pictures}</ol>
        </div>
    }
}
