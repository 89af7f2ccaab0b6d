//! Loss curves, and the other values that are recorded at each step.

use super::curves::{Curves, band, line, stops};
use super::frame::{Axes, Check, Picture, Waiting};
use super::stage::{Column, Slot, Stage};
use super::words;
use crate::format::{count, counted, number};
use crate::widgets::Hint;
use leptos::ev::PointerEvent;
use leptos::prelude::*;
use std::sync::Arc;
use trefoil_plot::{Scale, Spread, path};
use trefoil_protocol::{ObjectiveView, RunView};
use wasm_bindgen::JsCast;

/// What the curves have in common.
#[derive(Clone, Copy)]
struct Board {
    stage: Stage,
    /// Term that each objective shows.
    terms: RwSignal<Vec<usize>>,
    /// Whether all losses have the same axis.
    same: RwSignal<bool>,
    /// From the first step to the last.
    steps: Memo<Scale>,
    /// The chosen loss of each objective.
    losses: Memo<Vec<Held>>,
}

/// Curves that are compared by identity.
#[derive(Clone, Debug, Default)]
struct Held {
    records: [usize; 3],
    curves: Arc<Curves>,
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.curves, &other.curves)
    }
}

/// The picture.
#[component]
pub(super) fn Losses() -> impl IntoView {
    let stage = expect_context::<Stage>();
    let view = stage.link.view;
    let terms = RwSignal::new(Vec::new());
    let same = RwSignal::new(false);
    let steps = Memo::new(move |_| {
        view.with(|view| {
            let steps = view.config.as_ref().map_or(1, |c| c.steps);
            Scale::new(0.0, f64::from(steps.max(1)))
        })
    });
    let losses = Memo::new(move |before: Option<&Vec<Held>>| {
        let terms = terms.get();
        view.with(|view| losses(view, &terms, before))
    });
    let board = Board { stage, terms, same, steps, losses };
    provide_context(board);
    let controls = move || {
        view! {
            <Check label="Same y axis for all" testid="same-axis" on=same />
            <p class="key small" aria-hidden="true">
                <span class="key-line strong"></span>
                "validation"
                <span class="key-band"></span>
                "95\u{202f}% interval over seeds"
                <span class="key-line thin"></span>
                "training"
                <span class="key-line dashed"></span>
                "chance"
            </p>
            <Hint label="chance" text=words::CHANCE_LOSS />
        }
    };
    view! {
        <Picture
            id="loss"
            title="Loss"
            hint=words::LOSS
            lead="Does it fall well below chance, and does validation follow training? Where validation turns up again, the model learns the training rows by heart."
            controls=controls
            rows=Signal::derive(|| "training and validation rows".to_owned())
            draw=move |column| draw(board, column)
        />
    }
}

/// The chosen term of each objective; what has no new records stays the same.
fn losses(view: &RunView, terms: &[usize], before: Option<&Vec<Held>>) -> Vec<Held> {
    let held = |(i, objective): (usize, &ObjectiveView)| {
        let term = term(objective, terms, i);
        held(objective, term, view.run, before.and_then(|b| b.get(i)))
    };
    view.objectives.iter().enumerate().map(held).collect()
}

fn held(objective: &ObjectiveView, term: usize, run: u32, before: Option<&Held>) -> Held {
    let length = |c: Option<&trefoil_protocol::Curve>| c.map_or(0, |c| c.steps.len());
    let (train, validation) = (objective.train.get(term), objective.validation.get(term));
    let records = [length(train), length(validation), (run as usize) << 8 | term];
    match before {
        Some(old) if old.records == records => old.clone(),
        _ => Held { records, curves: Arc::new(Curves::of(objective, term)) },
    }
}

fn term(objective: &ObjectiveView, terms: &[usize], position: usize) -> usize {
    let last = (objective.start.losses as usize).saturating_sub(1);
    terms.get(position).copied().unwrap_or(0).min(last)
}

fn draw(board: Board, column: Column) -> AnyView {
    match column.slot {
        Slot::Objective(position) => view! { <Objective board position /> }.into_any(),
        Slot::Baseline(_) => view! { <Waiting text="Not trained: there is no loss." /> }.into_any(),
    }
}

/// Recorded values of any objective that are no losses, in order of appearance.
fn extras(view: &RunView) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for objective in &view.objectives {
        for name in objective.start.terms.iter().skip(objective.start.losses as usize) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names
}

/// The curves of one objective.
#[component]
fn Objective(board: Board, position: usize) -> impl IntoView {
    let view = board.stage.link.view;
    // Names do not change while the run goes on.
    let (names, losses) = view.with_untracked(|view| {
        view.objectives
            .get(position)
            .map(|o| (o.start.terms.clone(), o.start.losses as usize))
            .unwrap_or_default()
    });
    let curves =
        Memo::new(move |_| board.losses.with(|all| all.get(position).cloned().unwrap_or_default()));
    let own = Memo::new(move |_| curves.with(|held| held.curves.axis()));
    let y = Memo::new(move |_| {
        let cut = own.get().map(|cut| cut.scale);
        let all = || {
            board.losses.with(|all| {
                all.iter().filter_map(|h| h.curves.axis()).map(|c| c.scale).reduce(Scale::union)
            })
        };
        let scale = if board.same.get() { all() } else { cut };
        scale.unwrap_or_else(|| Scale::new(0.0, 1.0)).nice(4)
    });
    let above = move || own.get().map_or(0, |cut| cut.above);
    let stops = Memo::new(move |_| {
        view.with(|view| {
            view.objectives
                .get(position)
                .map(|o| stops(&o.stopped, &view.seeds))
                .unwrap_or_default()
        })
    });
    // In the same order in every column, with a gap where an objective has no such value.
    let extra: Vec<_> = view
        .with_untracked(extras)
        .into_iter()
        .map(|name| {
            let term = names.iter().skip(losses).position(|n| *n == name).map(|i| losses + i);
            if let Some(term) = term {
                view! { <Extra board position term name /> }.into_any()
            } else {
                let text = format!("This objective has no {name}.");
                view! { <p class="extra small soft">{text}</p> }.into_any()
            }
        })
        .collect();
    let test_id = format!("loss-term-{position}");
    view! {
        <label class="term-select">
            <span class="hidden-visually">"Loss term"</span>
            <select
                data-testid=test_id
                disabled=losses < 2
                on:change=move |event| {
                    let chosen = event_target_value(&event).parse().unwrap_or(0);
                    board.terms.update(|terms| {
                        terms.resize(terms.len().max(position + 1), 0);
                        terms[position] = chosen;
                    });
                }
            >
                {names
                    .iter()
                    .take(losses)
                    .enumerate()
                    .map(|(i, name)| {
                        let text = if i == 0 { "total loss".to_owned() } else { name.clone() };
                        view! { <option value=i.to_string()>{text}</option> }
                    })
                    .collect_view()}
            </select>
        </label>
        <Chart board curves y=y.into() parts=4 what="Loss" above=Signal::derive(above) />
        {extra}
        <ul class="stops small" aria-live="polite" data-testid=format!("stops-{position}")>
            {move || {
                stops.get().into_iter().map(|words| view! { <li>{words}</li> }).collect_view()
            }}
        </ul>
    }
}

/// A value that is not a loss: logit scale, gradient norm.
#[component]
fn Extra(board: Board, position: usize, term: usize, name: String) -> impl IntoView {
    let view = board.stage.link.view;
    let curves = Memo::new(move |before: Option<&Held>| {
        view.with(|view| {
            view.objectives
                .get(position)
                .map(|objective| held(objective, term, view.run, before))
                .unwrap_or_default()
        })
    });
    let cut = Memo::new(move |_| curves.with(|held| held.curves.axis()));
    let y =
        Memo::new(move |_| cut.get().map_or_else(|| Scale::new(0.0, 1.0), |cut| cut.scale).nice(2));
    let above = Signal::derive(move || cut.get().map_or(0, |cut| cut.above));
    let hint = match name.as_str() {
        "logit scale" => words::LOGIT_SCALE,
        "gradient norm" => words::GRADIENT_NORM,
        _ => words::LOSS,
    };
    view! {
        <div class="extra">
            <p class="extra-name small">{name.clone()} <Hint label=name.clone() text=hint /></p>
            <Chart board curves y=y.into() parts=2 what=name above />
        </div>
    }
}

/// Curves on axes, and the numbers at the pointer or at the end.
#[component]
fn Chart(
    board: Board,
    curves: Memo<Held>,
    y: Signal<Scale>,
    parts: usize,
    #[prop(into)] what: String,
    /// Values that lie above the axis.
    above: Signal<usize>,
) -> impl IntoView {
    let x = board.steps;
    let d = move |of: fn(&Curves) -> &Vec<(f64, Spread)>, banded: bool| {
        Memo::new(move |_| {
            let (x, y) = (x.get(), y.get());
            curves.with(|held| {
                let records = of(&held.curves);
                if banded { band(records, x, y) } else { line(records, x, y) }
            })
        })
    };
    let train = d(|c| &c.train, false);
    let validation = d(|c| &c.validation, false);
    let validation_band = d(|c| &c.validation, true);
    // Where nothing is measured on validation rows, the training curve carries the interval.
    let train_band = Memo::new(move |_| {
        let (x, y) = (x.get(), y.get());
        curves.with(|held| {
            let alone = held.curves.validation.is_empty();
            if alone { band(&held.curves.train, x, y) } else { String::new() }
        })
    });
    let alone = Memo::new(move |_| curves.with(|held| held.curves.validation.is_empty()));
    let chance = Memo::new(move |_| {
        let y = y.get();
        let at = curves.with(|held| held.curves.chance)?;
        Some(path::line(&[(0.0, y.at(at)), (1.0, y.at(at))]))
    });
    let cursor = Memo::new(move |_| {
        let at = x.get().at(board.stage.step.get()?);
        Some(path::line(&[(at, 0.0), (at, 1.0)]))
    });
    let numbers = Memo::new(move |_| {
        let step = board.stage.step.get();
        curves.with(|held| readout(&held.curves, step))
    });
    let label = Signal::derive(move || {
        let parts = curves.with(|held| readout(&held.curves, None));
        let parts: Vec<String> =
            parts.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let words = parts.join(", ");
        format!("{what}, last: {words}")
    });
    let follow = move |event: PointerEvent| {
        let Some(area) = event.current_target().and_then(|t| t.dyn_into::<web_sys::Element>().ok())
        else {
            return;
        };
        let rect = area.get_bounding_client_rect();
        let at = (f64::from(event.client_x()) - rect.left()) / rect.width().max(1.0);
        let step = x.get_untracked().invert(at.clamp(0.0, 1.0)).round();
        if board.stage.step.get_untracked() != Some(step) {
            board.stage.step.set(Some(step));
        }
    };
    view! {
        <div
            class="chart"
            class:small-chart=parts < 3
        >
            <Axes x=x.into() y parts label>
                <rect
                    class="catcher"
                    width="1000"
                    height="1000"
                    on:pointermove=follow
                    on:pointerleave=move |_| board.stage.step.set(None)
                />
                <path class="band" d=validation_band />
                <path class="band" d=train_band />
                <path class="line-chance" d=move || chance.get().unwrap_or_default() />
                <path class=move || if alone.get() { "line-strong" } else { "line-thin" } d=train />
                <path class="line-strong" d=validation />
                <path class="line-cursor" d=move || cursor.get().unwrap_or_default() />
            </Axes>
            <Show when=move || { above.get() > 0 }>
                <p class="above">{move || {
                    format!("{} above", counted(above.get() as u64, "value", "values"))
                }}</p>
            </Show>
            <p class="readout small">
                {move || {
                    numbers.with(|parts| {
                        parts
                            .iter()
                            .map(|(name, value)| view! {
                                <span>
                                    <span class="name">{name.clone()}</span>
                                    {value.clone()}
                                </span>
                            })
                            .collect_view()
                    })
                }}
            </p>
        </div>
    }
}

/// What the curves are at `step`, or at their end.
fn readout(curves: &Curves, step: Option<f64>) -> Vec<(String, String)> {
    if curves.is_empty() {
        return vec![("nothing yet".to_owned(), String::new())];
    }
    let words = |name: &'static str, records: &[(f64, Spread)]| {
        let (at, spread) = Curves::at(records, step)?;
        let interval = spread
            .interval
            .map(|(low, high)| format!(" ({} to {})", number(low), number(high)))
            .unwrap_or_default();
        let name =
            if name.is_empty() { format!("step {}", count(at as u64)) } else { name.to_owned() };
        Some((name, format!("{}{interval}", number(spread.mean))))
    };
    let mut parts = Vec::new();
    let alone = curves.validation.is_empty();
    parts.extend(words("validation", &curves.validation));
    parts.extend(words(if alone { "" } else { "training" }, &curves.train));
    parts.extend(curves.chance.map(|c| ("chance".to_owned(), number(c))));
    parts
}
