//! What was read, before anything trains: modalities, rows, splits, cost.

use super::details::{Labels, Notices, Source};
use crate::experiment::Experiment;
use crate::format::{self, count, counted};
use crate::link::Link;
use crate::widgets::Hint;
use crate::words;
use leptos::prelude::*;
use trefoil_protocol::{DataSource, DataSummary, ExecutorChoice, ModalityCard, ModalitySummary};
use web_sys::HtmlInputElement;

/// Everything about the data that is loaded.
#[component]
pub(super) fn Summary() -> impl IntoView {
    let link = expect_context::<Link>();
    let experiment = expect_context::<Experiment>();
    let data = Memo::new(move |_| link.view.with(|view| view.data.clone()));
    let busy = move || experiment.reading.with(Option::is_some);
    move || {
        data.get().map(|data| {
            let about = data.card.as_ref().map(|card| card.about.clone()).unwrap_or_default();
            view! {
                <div
                    class="panel summary"
                    class:busy=busy
                    data-testid="data-summary"
                    aria-busy=move || busy().to_string()
                >
                    <div class="summary-head">
                        <h3>{super::title(&data)}</h3>
                        <p class="soft">{about}</p>
                    </div>
                    <Modalities data=data.clone() />
                    <div class="columns">
                        <Rows data=data.clone() />
                        <Splits data=data.clone() />
                        <Cost />
                    </div>
                    <Labels data=data.clone() />
                    <Notices data=data.clone() />
                    <Source data=data />
                </div>
            }
        })
    }
}

/// A modality of the card with what was read of it; none where it is off.
type Row = (Option<ModalityCard>, Option<(usize, ModalitySummary)>);

fn rows(data: &DataSummary) -> Vec<Row> {
    let read = |name: &str| {
        data.modalities
            .iter()
            .enumerate()
            .find(|(_, m)| m.name == name)
            .map(|(i, m)| (i, m.clone()))
    };
    let cards = data.card.iter().flat_map(|card| &card.modalities);
    let mut rows: Vec<Row> = cards.map(|card| (Some(card.clone()), read(&card.name))).collect();
    let known = |name: &str, rows: &[Row]| {
        rows.iter().any(|row| row.0.as_ref().is_some_and(|card| card.name == name))
    };
    for (i, modality) in data.modalities.iter().enumerate() {
        if !known(&modality.name, &rows) {
            rows.push((None, Some((i, modality.clone()))));
        }
    }
    rows
}

#[component]
fn Modalities(data: DataSummary) -> impl IntoView {
    let link = expect_context::<Link>();
    let shipped = link.view.with_untracked(|view| match &view.source {
        Some(DataSource::Shipped { name, .. }) => Some(name.clone()),
        _ => None,
    });
    let rows = rows(&data);
    let on: Vec<String> = data.modalities.iter().map(|m| m.name.clone()).collect();
    let usual: Vec<String> = rows
        .iter()
        .filter_map(|(card, _)| card.as_ref())
        .filter(|card| card.on)
        .map(|card| card.name.clone())
        .collect();
    let order: Vec<String> =
        rows.iter().filter_map(|(card, _)| Some(card.as_ref()?.name.clone())).collect();
    let switches = shipped.map(|set| StoredValue::new(Switches { set, on, usual, order }));
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label="Modalities">
            <table class="table" data-testid="modalities-table">
                <thead>
                    <tr>
                        <th scope="col">"Modality" <Hint label="modality" text=words::MODALITY /></th>
                        <th scope="col" class="number">"Rows"</th>
                        <th scope="col" class="number">"Columns"</th>
                        <th scope="col">"Types"</th>
                        <th scope="col" class="number">"Empty cells"</th>
                        <th scope="col" class="number">"Inputs" <Hint label="inputs" text=words::INPUTS /></th>
                        <th scope="col">"Id" <Hint label="id column" text=words::ID /></th>
                    </tr>
                </thead>
                <tbody>
                    {rows
                        .into_iter()
                        .map(|(card, read)| view! { <ModalityRow card=card read=read switches=switches /> })
                        .collect_view()}
                </tbody>
            </table>
        </div>
    }
}

/// What turning a modality of a shipped set on or off needs to know.
#[derive(Clone, Debug)]
struct Switches {
    set: String,
    on: Vec<String>,
    usual: Vec<String>,
    order: Vec<String>,
}

impl Switches {
    /// The same set with `name` turned the other way.
    fn turned(&self, name: &str) -> DataSource {
        let is_on = |m: &String| self.on.contains(m) != (m == name);
        let on: Vec<String> = self.order.iter().filter(|m| is_on(m)).cloned().collect();
        let modalities = (on != self.usual).then_some(on);
        DataSource::Shipped { name: self.set.clone(), modalities }
    }

    /// Two modalities are needed, eight are the most.
    fn may_turn(&self, name: &str) -> bool {
        let on = self.on.iter().any(|m| m == name);
        if on { self.on.len() > 2 } else { self.on.len() < 8 }
    }
}

#[component]
fn ModalityRow(
    card: Option<ModalityCard>,
    read: Option<(usize, ModalitySummary)>,
    switches: Option<StoredValue<Switches>>,
) -> impl IntoView {
    let experiment = expect_context::<Experiment>();
    let name = match (&card, &read) {
        (_, Some((_, m))) => m.name.clone(),
        (Some(card), None) => card.name.clone(),
        (None, None) => String::new(),
    };
    let about = card.as_ref().map(|card| card.about.clone()).filter(|text| !text.is_empty());
    let switch = switches.map(|switches| {
        let (turned, checked) = (name.clone(), read.is_some());
        let may = switches.with_value(|s| s.may_turn(&name));
        let turn = move |event: leptos::ev::Event| {
            if !experiment.choose(switches.with_value(|s| s.turned(&turned))) {
                // It was turned by the click, and stays as it was.
                event_target::<HtmlInputElement>(&event).set_checked(checked);
            }
        };
        view! {
            <input
                type="checkbox"
                class="switch"
                aria-label=format!("Use {name}")
                data-testid=format!("modality-{name}")
                prop:checked=checked
                disabled=!may
                on:change=turn
            />
        }
    });
    let dot =
        read.as_ref().map_or_else(|| "dot off".to_owned(), |(i, _)| format!("dot m{}", i % 8));
    let cells = match (&read, &card) {
        (Some((_, m)), _) => view! {
            <td class="number">{count(u64::from(m.rows))}</td>
            <td class="number">{count(u64::from(m.columns))}</td>
            <td>{types(m)}</td>
            <td class="number">{count(m.missing_cells)}</td>
            <td class="number">{count(u64::from(m.inputs))}</td>
            <td><code>{m.id_column.clone()}</code> {(!m.id_by_name).then_some(" (first column)")}</td>
        }
        .into_any(),
        (None, Some(card)) => view! {
            <td class="number">{count(u64::from(card.rows))}</td>
            <td class="number">{count(u64::from(card.columns))}</td>
            <td colspan="4">"off"</td>
        }
        .into_any(),
        (None, None) => ().into_any(),
    };
    view! {
        <tr class:off=read.is_none() data-testid="modality-row">
            <th scope="row">
                <span class="modality-name">
                    {switch} <span class=dot aria-hidden="true" /> <span>{name}</span>
                </span>
                {about.map(|text| view! { <span class="modality-about">{text}</span> })}
            </th>
            {cells}
        </tr>
    }
}

/// `3 numbers, 1 category`.
fn types(m: &ModalitySummary) -> String {
    let parts: Vec<String> = [
        (m.numeric, "number", "numbers"),
        (m.boolean, "yes/no", "yes/no"),
        (m.categorical, "category", "categories"),
        (m.dropped.len() as u32, "not used", "not used"),
    ]
    .into_iter()
    .filter(|(n, ..)| *n > 0)
    .map(|(n, one, many)| counted(u64::from(n), one, many))
    .collect();
    parts.join(", ")
}

/// Kept rows and which modalities they have.
#[component]
fn Rows(data: DataSummary) -> impl IntoView {
    let names: Vec<String> = data.modalities.iter().map(|m| m.name.clone()).collect();
    let shown = 8;
    let rest = data.patterns.iter().skip(shown);
    let (more, more_rows) = (rest.clone().count(), rest.map(|p| u64::from(p.rows)).sum::<u64>());
    let all = f64::from(data.rows.max(1));
    let patterns = data.patterns.iter().take(shown).map(|pattern| {
        let present: Vec<&str> = names
            .iter()
            .zip(&pattern.present)
            .filter(|(_, p)| **p)
            .map(|(n, _)| n.as_str())
            .collect();
        let dots = pattern.present.iter().enumerate().map(|(i, &here)| {
            let class = if here { format!("dot m{}", i % 8) } else { "dot off".to_owned() };
            view! { <span class=class /> }
        });
        let width = format!("{}%", 100.0 * f64::from(pattern.rows) / all);
        view! {
            <tr data-testid="pattern-row">
                <th scope="row">
                    <span class="dots" aria-hidden="true">{dots.collect_view()}</span>
                    <span class="hidden-visually">{present.join(", ")}</span>
                </th>
                <td class="bar-cell"><span class="bar" style:width=width /></td>
                <td class="number">{count(u64::from(pattern.rows))}</td>
            </tr>
        }
    });
    let dropped = data.distinct_ids.saturating_sub(data.rows);
    view! {
        <section aria-label="Rows">
            <h4>"Rows" <Hint label="kept rows" text=words::ROWS /></h4>
            <p>
                <strong data-testid="rows">{count(u64::from(data.rows))}</strong> " kept, "
                {count(u64::from(data.complete_rows))} " with every modality"
                {(dropped > 0).then(|| format!("; {} in one table only", count(u64::from(dropped))))}
            </p>
            <table class="patterns">
                <caption class="soft small">
                    "Which modalities rows have" <Hint label="presence patterns" text=words::PATTERNS />
                </caption>
                <tbody>{patterns.collect_view()}</tbody>
            </table>
            {(more > 0)
                .then(|| {
                    let words = format!(
                        "and {} with {} rows together",
                        counted(more as u64, "other combination", "other combinations"),
                        count(more_rows),
                    );
                    view! { <p class="soft small">{words}</p> }
                })}
        </section>
    }
}

#[component]
fn Splits(data: DataSummary) -> impl IntoView {
    let parts = [
        ("Train", data.split.train),
        ("Validation", data.split.validation),
        ("Test", data.split.test),
    ];
    view! {
        <section aria-label="Split">
            <h4>"Split" <Hint label="split" text=words::SPLIT /></h4>
            <div class="split" aria-hidden="true">
                {parts
                    .map(|(_, rows)| view! { <span style:flex-grow=rows.to_string() /> })
                    .collect_view()}
            </div>
            <dl class="facts" data-testid="split">
                {parts
                    .map(|(name, rows)| {
                        view! {
                            <dt>{name}</dt>
                            <dd class="number">{count(u64::from(rows))}</dd>
                        }
                    })
                    .collect_view()}
            </dl>
        </section>
    }
}

/// Memory and time of the run as it is configured.
#[component]
fn Cost() -> impl IntoView {
    let link = expect_context::<Link>();
    let experiment = expect_context::<Experiment>();
    let forecast = Memo::new(move |_| link.view.with(|view| view.forecast.clone()));
    let or_dots = |value: Option<String>| value.unwrap_or_else(|| "\u{2026}".to_owned());
    let time = move || or_dots(forecast.get().map(|f| format::about(f.seconds)));
    let memory = move || or_dots(forecast.get().map(|f| format::bytes(f.bytes)));
    let batch = move || or_dots(forecast.get().map(|f| counted(u64::from(f.batch), "row", "rows")));
    let software = Memo::new(move |_| {
        link.view.with(|view| view.executor.as_ref().is_some_and(|info| info.software))
    });
    let notes = move || forecast.get().map(|f| f.notes).unwrap_or_default();
    let models = move || {
        experiment.config.with(|config| {
            let (objectives, seeds) = (config.objectives.len() as u64, u64::from(config.seeds));
            format!(
                "{} \u{d7} {}",
                counted(objectives, "objective", "objectives"),
                counted(seeds, "seed", "seeds")
            )
        })
    };
    view! {
        <section aria-label="Forecast" data-testid="forecast">
            <h4>"What training will take" <Hint label="forecast" text=words::FORECAST /></h4>
            <dl class="facts">
                <dt>"Models"</dt>
                <dd class="number">{models}</dd>
                <dt>"Time"</dt>
                <dd class="number" data-testid="forecast-time">{time}</dd>
                <dt>"Memory"</dt>
                <dd class="number" data-testid="forecast-memory">{memory}</dd>
                <dt>"Each batch"</dt>
                <dd class="number">{batch}</dd>
            </dl>
            {move || {
                notes().into_iter().map(|n| view! { <p class="soft small">{n}</p> }).collect_view()
            }}
            <Show when=move || software.get()>
                <p class="soft small">
                    "WebGPU has only a processor that plays a GPU here; the CPU is likely to be faster. "
                    <button
                        type="button"
                        class="link-button"
                        data-testid="use-cpu"
                        on:click=move |_| experiment.use_executor(ExecutorChoice::Cpu)
                    >
                        "Use the CPU"
                    </button>
                </p>
            </Show>
        </section>
    }
}
