//! What every picture has: a heading, one sentence, controls, and a figure for each column.

use super::stage::{Column, Found, Slot, Stage, modality_class};
use crate::widgets::Hint;
use leptos::prelude::*;
use trefoil_plot::{Scale, Tick, path};
use trefoil_protocol::Split;

/// One picture, in every column.
#[component]
pub(super) fn Picture<Draw, Drawn>(
    /// Test id.
    id: &'static str,
    /// A word or two, plain.
    title: &'static str,
    /// What it is called in the field.
    #[prop(optional)]
    term: &'static str,
    /// The explanation of the term.
    hint: &'static str,
    /// One sentence: what to look for.
    lead: &'static str,
    /// What the picture can be set to.
    #[prop(optional, into)]
    controls: ViewFnOnce,
    /// The rows that its numbers come from, in words; without: those of the findings.
    #[prop(optional, into)]
    rows: Option<Signal<String>>,
    /// Draws a column.
    draw: Draw,
    /// What stands below all columns.
    #[prop(optional, into)]
    foot: ViewFnOnce,
) -> impl IntoView
where
    Draw: Fn(Column) -> Drawn + Copy + Send + Sync + 'static,
    Drawn: IntoView + 'static,
{
    let stage = expect_context::<Stage>();
    let rows = rows.unwrap_or_else(|| {
        let shown = stage.shown();
        Signal::derive(move || {
            shown.with(|all| {
                all.first().map(|found| rows_words(found.0.rows).to_owned()).unwrap_or_default()
            })
        })
    });
    let heading = format!("{id}-title");
    let labelled = heading.clone();
    let figure = move |column: Column| {
        let class = format!("column {}", column.class);
        let label = format!("{title}: {}", column.name());
        let test_id = format!("{id}-{}", key(&column));
        let (name, detail) = (column.title.clone(), column.detail.clone());
        view! {
            <figure class=class aria-label=label data-testid=test_id>
                <figcaption class="column-head">
                    <span class="column-mark" aria-hidden="true"></span>
                    <span class="column-name">{name}</span>
                    <span class="column-detail">{detail}</span>
                </figcaption>
                {draw(column)}
            </figure>
        }
    };
    view! {
        <section class="picture" aria-labelledby=labelled data-testid=id>
            <header class="picture-head">
                <div class="picture-title">
                    <h3 id=heading>
                        {title}
                        {(!term.is_empty()).then(|| view! { <span class="term">{term}</span> })}
                    </h3>
                    <Hint label=title text=hint />
                    <span class="rows-badge" data-testid=format!("{id}-rows")>{rows}</span>
                </div>
                <p class="soft picture-lead">{lead}</p>
                <div class="picture-controls">{controls.run()}</div>
            </header>
            <div class="panels">
                <For each=move || stage.columns.get() key=Clone::clone children=figure />
            </div>
            {foot.run()}
        </section>
    }
}

/// `0`, `1`, … of the objectives; `raw`, `untrained`.
fn key(column: &Column) -> String {
    match column.slot {
        Slot::Objective(i) => i.to_string(),
        Slot::Baseline(0) => "raw".to_owned(),
        Slot::Baseline(_) => "untrained".to_owned(),
    }
}

/// Which rows a number comes from.
pub(super) fn rows_words(rows: Split) -> &'static str {
    match rows {
        Split::Train => "training rows",
        Split::Validation => "validation rows, live",
        Split::Test => "test rows, report",
    }
}

/// What a picture shows more of, or less.
#[component]
pub(super) fn Check(
    /// What it turns on.
    label: &'static str,
    /// For tests.
    testid: &'static str,
    /// Whether it is.
    on: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <label class="compare-check">
            <input
                type="checkbox"
                data-testid=testid
                prop:checked=move || on.get()
                on:change=move |event| on.set(event_target_checked(&event))
            />
            {label}
        </label>
    }
}

/// Whether headings of cells with these names stand upright: lying they would be cut.
pub(super) fn upright(names: &[String]) -> bool {
    names.iter().any(|name| name.chars().count() > 4)
}

/// A column that is drawn from what was measured, or says why nothing was.
pub(super) fn measured(
    finding: Memo<Option<Found>>,
    draw: impl Fn(Found) -> AnyView + Send + 'static,
) -> impl IntoView {
    move || match finding.get() {
        None => view! { <Waiting text="Not measured yet." /> }.into_any(),
        Some(found) if found.0.lost => view! { <Waiting text=LOST /> }.into_any(),
        Some(found) => draw(found),
    }
}

/// Why there is nothing of a column, at the end.
pub(super) const LOST: &str = "Every seed diverged: there is nothing to measure.";

/// What stands where there is no number yet.
#[component]
pub(super) fn Waiting(
    /// What will be there.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <p class="waiting soft small">{text}</p> }
}

/// One dot a modality, filled for those in `subset`: ●●○.
pub(super) fn dots(modalities: &[String], subset: &[String]) -> impl IntoView + use<> {
    let dots = modalities
        .iter()
        .map(|name| {
            let on = if subset.contains(name) { "dot" } else { "dot off" };
            view! { <span class=format!("{on} {}", modality_class(modalities, name))></span> }
        })
        .collect_view();
    view! { <span class="set-dots" aria-hidden="true">{dots}</span> }
}

/// Axes of a chart whose paths are drawn into a square that is stretched over the plot area.
#[component]
pub(super) fn Axes(
    /// Horizontal axis.
    x: Signal<Scale>,
    /// Vertical axis.
    y: Signal<Scale>,
    /// Parts of the vertical axis at most.
    parts: usize,
    /// What it shows, in numbers.
    #[prop(into)]
    label: Signal<String>,
    /// SVG in a view box of side 1000.
    children: Children,
) -> impl IntoView {
    let y_ticks = Memo::new(move |_| y.get().ticks(parts));
    let x_ticks = Memo::new(move |_| x.get().ticks(4));
    let rules = move || {
        let height = |tick: &Tick| ((1.0 - tick.at) * path::SIDE).to_string();
        y_ticks.with(|ticks| {
            ticks
                .iter()
                .map(|tick| {
                    let at = height(tick);
                    view! { <line x1="0" x2="1000" y1=at.clone() y2=at /> }
                })
                .collect_view()
        })
    };
    let labels = move |ticks: &[Tick], side: &'static str| {
        ticks
            .iter()
            .map(|tick| {
                let at = format!("{:.2}%", tick.at * 100.0);
                view! { <span style=(side, at)>{tick.label.clone()}</span> }
            })
            .collect_view()
    };
    view! {
        <div class="axes">
            <div class="axis-y" aria-hidden="true">
                {move || y_ticks.with(|ticks| labels(ticks, "bottom"))}
            </div>
            <svg
                class="plot"
                viewBox="0 0 1000 1000"
                preserveAspectRatio="none"
                role="img"
                aria-label=label
            >
                <g class="rules">{rules}</g>
                {children()}
            </svg>
            <div class="axis-x" aria-hidden="true">
                {move || x_ticks.with(|ticks| labels(ticks, "left"))}
            </div>
        </div>
    }
}
