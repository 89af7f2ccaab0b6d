//! Retrieval: is the right row of one modality found, given others?

use super::cells::{heat_cell, hundredths, in_words};
use super::frame::{Picture, Waiting, measured};
use super::stage::{Column, Found, Stage, modality_class};
use super::words;
use crate::format::{count, fixed, percent};
use crate::widgets::Hint;
use leptos::prelude::*;
use trefoil_plot::Heat;
use trefoil_protocol::{Cell, RetrievalResult};

/// Which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    Top1,
    Top5,
    Pool,
}

impl Measure {
    fn of(self, result: &RetrievalResult) -> &Cell {
        match self {
            Self::Top1 => &result.top1,
            Self::Top5 => &result.top5,
            Self::Pool => &result.pool100,
        }
    }

    /// What a random order gives: there is one right candidate.
    fn chance(self, result: &RetrievalResult) -> f64 {
        match self {
            Self::Top1 => result.chance,
            Self::Top5 => (5.0 * result.chance).min(1.0),
            Self::Pool => 0.01,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Top1 => "the best candidate is right",
            Self::Top5 => "a right candidate is among the best five",
            Self::Pool => "the best of a pool of 100 is right",
        }
    }
}

/// The picture.
#[component]
pub(super) fn Retrieval() -> impl IntoView {
    let stage = expect_context::<Stage>();
    let measure = RwSignal::new(Measure::Top1);
    let shown = stage.shown();
    // One colour scale for all columns.
    let full = Memo::new(move |_| {
        let measure = measure.get();
        shown.with(|all| {
            let results = all.iter().flat_map(|f| &f.0.retrieval);
            results.filter_map(|r| measure.of(r).mean).fold(0.05, f64::max)
        })
    });
    let segment = move |of: Measure, text: &'static str| {
        view! {
            <button
                type="button"
                class="segment"
                aria-pressed=move || (measure.get() == of).to_string()
                on:click=move |_| measure.set(of)
            >
                {text}
            </button>
        }
    };
    let controls = move || {
        view! {
            <div class="segments" role="group" aria-label="Measure" data-testid="retrieval-measure">
                {segment(Measure::Top1, "top 1")} {segment(Measure::Top5, "top 5")}
                {segment(Measure::Pool, "1 of 100")}
            </div>
            <Hint label="1 of 100" text=words::POOL />
            <p class="key small" aria-hidden="true">
                "Queries, in percent, for which "
                {move || measure.get().words()}
            </p>
        }
    };
    view! {
        <Picture
            id="retrieval"
            title="Retrieval"
            term="zero-shot"
            hint=words::RETRIEVAL
            lead="Given one modality of a row, or all others, how often is the right row of the target found?"
            controls=controls
            draw=move |column| view! { <Columned column measure full /> }
        />
    }
}

#[component]
fn Columned(column: Column, measure: RwSignal<Measure>, full: Memo<f64>) -> impl IntoView {
    let stage = expect_context::<Stage>();
    let finding = stage.finding(column.slot);
    let name = column.name();
    measured(finding, move |found| {
        let results = &found.0.retrieval;
        let measure = measure.get();
        let none = results.iter().all(|r| measure.of(r).mean.is_none());
        if results.is_empty() {
            let text = "No row has two modalities to look for one from the other.";
            return view! { <Waiting text /> }.into_any();
        }
        if none && measure == Measure::Pool {
            let text = "There are fewer than 100 candidates to draw pools from.";
            return view! { <Waiting text /> }.into_any();
        }
        stage.modalities.with(|names| table(&name, names, &found, measure, full.get()))
    })
}

fn table(column: &str, names: &[String], found: &Found, measure: Measure, full: f64) -> AnyView {
    let results = &found.0.retrieval;
    let several = names.len() > 2;
    let head = |name: &String| {
        let class = format!("dot {}", modality_class(names, name));
        view! {
            <th scope="col" tabindex="-1" data-tip=format!("given {name}")>
                <span class="cut">{name.clone()}</span>
                <span class=class aria-hidden="true"></span>
            </th>
        }
    };
    let rows: Vec<_> = names
        .iter()
        .map(|target| {
            let of_target: Vec<&RetrievalResult> =
                results.iter().filter(|r| r.target == *target).collect();
            let singles = names.iter().map(|given| {
                if given == target {
                    return view! { <td class="cell self" aria-hidden="true"></td> }.into_any();
                }
                let result = of_target.iter().find(|r| r.given.len() == 1 && r.given[0] == *given);
                cell(target, given, result.copied(), measure, full).into_any()
            });
            let singles: Vec<_> = singles.collect();
            let others = several.then(|| {
                let result = of_target.iter().find(|r| r.given.len() == names.len() - 1);
                cell(target, "all others", result.copied(), measure, full)
            });
            let chance = of_target.first().map(|r| measure.chance(r));
            let class = format!("dot {}", modality_class(names, target));
            view! {
                <tr>
                    <th scope="row" tabindex="-1" data-tip=format!("looking for {target}")>
                        <span class=class aria-hidden="true"></span>
                        <span class="cut">{target.clone()}</span>
                    </th>
                    {singles}
                    {others}
                    <td class="chance-cell">
                        {chance.map_or_else(String::new, |c| {
                            fixed(c * 100.0, usize::from(c < 0.0995))
                        })}
                    </td>
                </tr>
            }
        })
        .collect();
    let best = results
        .iter()
        .filter_map(|r| Some((measure.of(r).mean?, r)))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let best = best.map_or_else(
        || "no value".to_owned(),
        |(v, r)| format!("best {} for {} given {}", percent(v), r.target, r.given.join(" and ")),
    );
    let label = format!(
        "Retrieval of {column}: share of queries for which {}; {best}. Arrow keys move between cells.",
        measure.words()
    );
    view! {
        <table class="matrix upright" data-grid tabindex="0" aria-label=label>
            <thead>
                <tr>
                    <th class="corner" scope="col">"given \u{2192}"<br />"find \u{2193}"</th>
                    {names.iter().map(head).collect_view()}
                    {several.then(|| view! {
                        <th scope="col" tabindex="-1" data-tip="given all other modalities together">
                            <span class="cut">"all others"</span>
                        </th>
                    })}
                    <th scope="col" tabindex="-1" data-tip="what a random order gives">
                        <span class="cut">"chance"</span>
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// In percent; what would be rounded to nothing is not nothing.
fn short(share: f64) -> String {
    if share > 0.0 && share < 0.005 { "<1".to_owned() } else { hundredths(Some(share)) }
}

fn cell(
    target: &str,
    given: &str,
    result: Option<&RetrievalResult>,
    measure: Measure,
    full: f64,
) -> AnyView {
    let Some(result) = result else {
        let tip = format!("{target} given {given}: no row has what it takes");
        return heat_cell(Heat::Missing, String::new(), tip).into_any();
    };
    let value = measure.of(result);
    let chance = measure.chance(result);
    let heat = Heat::new(value.mean, chance, full);
    let cca = (measure == Measure::Pool).then_some(result.cca_pool100).flatten();
    let beside = cca.map(|c| format!("; ridge CCA {}", percent(c))).unwrap_or_default();
    let filled = if result.filled {
        "; a factor that is not given is replaced by its learned missing embedding, or left out where none was learned"
    } else {
        ""
    };
    let tip = format!(
        "{target} given {given}: {}; chance {}{beside}; {} queries, {} candidates{filled}",
        in_words(value),
        percent(chance),
        count(u64::from(result.queries)),
        count(u64::from(result.candidates))
    );
    let text = match (value.mean, cca) {
        (None, _) => String::new(),
        (Some(mean), None) => short(mean),
        (Some(mean), Some(cca)) => format!("{} | {}", short(mean), short(cca)),
    };
    heat_cell(heat, text, tip).into_any()
}
