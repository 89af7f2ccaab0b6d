//! The sharing map: components by the modalities from which they can be read.

use super::cells::{heat_cell, hundredths, in_words};
use super::frame::{Check, Picture, dots, measured, upright};
use super::groups::{Group, absent, groups, members, same, subset_words};
use super::stage::{Column, Found, Stage, modality_class};
use super::words;
use crate::format::{count, counted, fixed, percent};
use leptos::prelude::*;
use trefoil_plot::Heat;
use trefoil_protocol::{Component, Sharing};

/// Components of a group that are shown unless all are asked for.
const SHARED: usize = 5;
const OWN: usize = 0;

/// The picture.
#[component]
pub(super) fn Map() -> impl IntoView {
    let stage = expect_context::<Stage>();
    let all = RwSignal::new(false);
    let groups = all_groups(stage);
    let shown = stage.shown();
    let common = Memo::new(move |_| shown.with(|all| common(all)));
    let meaning =
        Memo::new(move |_| shown.with(|all| meaning(all, stage.modalities.with(Vec::len))));
    let controls = move || {
        view! {
            <Check label="Show every component" testid="all-components" on=all />
            <p class="key small" aria-hidden="true">
                "Read from a modality: "
                <span class="key-ramp"></span>
                "0 to 100\u{202f}%"
                <span class="key-cell"></span>
                "not above what shuffled rows reach"
            </p>
        }
    };
    view! {
        <Picture
            id="sharing"
            title="Sharing map"
            term="readability of components"
            hint=words::MAP
            lead="Which parts of the representation can be read from all modalities, from some, from one alone? What training added is the difference from the untrained encoder."
            controls=controls
            draw=move |column| view! { <Columned column all groups common /> }
            foot=move || view! {
                <div class="below-panels small">
                    {move || notes(&meaning.get().into_iter().chain(common.get()).collect::<Vec<_>>())}
                    <Absent groups />
                </div>
            }
        />
    }
}

/// The groups of all columns that are shown.
pub(super) fn all_groups(stage: Stage) -> Memo<Vec<Group>> {
    let shown = stage.shown();
    Memo::new(move |_| {
        shown.with(|all| {
            let maps: Vec<&Sharing> = all.iter().map(|found| &found.0.sharing).collect();
            stage.modalities.with(|names| groups(names, &maps))
        })
    })
}

/// One column.
#[component]
fn Columned(
    column: Column,
    all: RwSignal<bool>,
    groups: Memo<Vec<Group>>,
    common: Memo<Vec<String>>,
) -> impl IntoView {
    let stage = expect_context::<Stage>();
    let finding = stage.finding(column.slot);
    let name = column.name();
    measured(finding, move |found| {
        groups.with(|groups| {
            stage.modalities.with(|names| {
                let table = table(&name, names, &found, groups, all.get());
                let map = &found.0.sharing;
                let own = common.with(|common| {
                    remarks(map).into_iter().filter(|r| !common.contains(r)).collect::<Vec<_>>()
                });
                let nothing = nothing(map);
                view! { {table} <div class="notes small">{nothing} {notes(&own)}</div> }.into_any()
            })
        })
    })
}

fn table(column: &str, names: &[String], found: &Found, groups: &[Group], all: bool) -> AnyView {
    let map = &found.0.sharing;
    let heads = names
        .iter()
        .map(|name| {
            let class = format!("dot {}", modality_class(names, name));
            let tip = if map.modalities.contains(name) {
                name.clone()
            } else {
                format!("{name}: left out of this map, too few rows have it")
            };
            view! {
                <th scope="col" tabindex="-1" data-tip=tip>
                    <span class="cut">{name.clone()}</span>
                    <span class=class aria-hidden="true"></span>
                </th>
            }
        })
        .collect_view();
    let bodies: Vec<_> = groups.iter().map(|group| body(names, map, group, all)).collect();
    view! {
        <table class="map" class:upright=upright(names) data-grid tabindex="0" aria-label=summary(column, names, map)>
            <thead>
                <tr>
                    {heads}
                    <th scope="col" tabindex="-1" data-tip="In how many seeds a component was found">
                        <span class="cut">"seeds"</span>
                    </th>
                </tr>
            </thead>
            {bodies}
        </table>
    }
    .into_any()
}

/// The rows of one group: as many in every column, so that groups stand side by side.
fn body(names: &[String], map: &Sharing, group: &Group, all: bool) -> impl IntoView + use<> {
    let found = members(map, &group.subset);
    let limit = match (all, group.own()) {
        (true, _) => usize::MAX,
        (false, true) => OWN,
        (false, false) => SHARED,
    };
    let slots = group.most.min(limit);
    let rest = found.len().saturating_sub(slots);
    let more = (group.most > slots).then(|| {
        let text = match (rest, slots) {
            (0, _) => String::new(),
            (_, 0) => explained(map, &group.subset),
            _ => format!("and {rest} that explain less"),
        };
        view! { <tr class="more"><td colspan=columns(names)>{text}</td></tr> }
    });
    let rows: Vec<_> =
        (0..slots).map(|i| row(names, map, group, found.get(i).copied(), i)).collect();
    let words = group.words(names.len());
    let found_words = if found.is_empty() { "none".to_owned() } else { found.len().to_string() };
    let class = if found.is_empty() { "group none" } else { "group" };
    view! {
        <tbody class=class>
            <tr class="group-head">
                <th
                    scope="rowgroup"
                    colspan=columns(names)
                    tabindex="-1"
                    data-tip=format!("Read from {}, and from no other", group.subset.join(", "))
                >
                    <span class="group-label">
                        {dots(names, &group.subset)}
                        <span class="cut">{words}</span>
                        <span class="group-count">{found_words}</span>
                    </span>
                </th>
            </tr>
            {rows}
            {more}
        </tbody>
    }
}

/// What the components of one modality alone are worth.
fn explained(map: &Sharing, subset: &[String]) -> String {
    let weights = map.subsets.iter().find(|s| same(&s.subset, subset)).map(|s| &s.weight);
    let mean = subset.first().and_then(|name| weights?.get(name)?.mean);
    mean.map_or_else(String::new, |mean| format!("explain {} of it", percent(mean.clamp(0.0, 1.0))))
}

fn columns(names: &[String]) -> String {
    (names.len() + 1).to_string()
}

fn row(
    names: &[String],
    map: &Sharing,
    group: &Group,
    component: Option<&Component>,
    position: usize,
) -> AnyView {
    let Some(component) = component else {
        return view! { <tr class="blank"><td colspan=columns(names)></td></tr> }.into_any();
    };
    let label = format!("Component {} of {}", position + 1, group.words(names.len()));
    let cells = names
        .iter()
        .map(|name| {
            let cell = component.readability.get(name);
            let mean = cell.and_then(|c| c.mean);
            let heat = Heat::new(mean, map.null, 1.0);
            let text = match heat {
                Heat::Filled(_) => hundredths(mean),
                Heat::Empty => "\u{b7}".to_owned(),
                Heat::Missing => String::new(),
            };
            heat_cell(heat, text, tip(&label, name, component, map))
        })
        .collect_view();
    let seeds = component.readability.values().next().map_or(0, |c| c.per_seed.len());
    view! {
        <tr>
            {cells}
            <td class="seeds">{format!("{}/{seeds}", component.seeds)}</td>
        </tr>
    }
    .into_any()
}

fn tip(label: &str, name: &str, component: &Component, map: &Sharing) -> String {
    let Some(cell) = component.readability.get(name) else {
        return format!("{label}, {name}: not part of this map");
    };
    let below = cell.mean.is_some_and(|m| m <= map.null);
    let null = percent(map.null);
    let null = if below {
        format!("; not above {null}, which shuffled rows reach")
    } else {
        format!("; shuffled rows reach {null}")
    };
    let weight = component
        .weight
        .get(name)
        .and_then(|w| w.mean)
        .map(|w| format!(". It explains {} of {name}", percent(w)))
        .unwrap_or_default();
    format!("{label}, read from {name}: {}{null}{weight}", in_words(cell))
}

/// What the table shows, in a sentence.
fn summary(column: &str, names: &[String], map: &Sharing) -> String {
    let mut kinds: Vec<(String, u64)> = Vec::new();
    for component in &map.components {
        let words = subset_words(&component.subset, names.len());
        match kinds.iter_mut().find(|(w, _)| *w == words) {
            Some((_, n)) => *n += 1,
            None => kinds.push((words, 1)),
        }
    }
    let kinds: Vec<String> = kinds
        .into_iter()
        .map(|(words, n)| format!("{} of {words}", counted(n, "component", "components")))
        .collect();
    let kinds = if kinds.is_empty() { "no component".to_owned() } else { kinds.join(", ") };
    format!(
        "Sharing map of {column}: {kinds}. Readability in percent; shuffled rows reach {}. Arrow \
         keys move between cells.",
        percent(map.null)
    )
}

/// What to know before believing a map.
fn remarks(map: &Sharing) -> Vec<String> {
    let rows = format!(
        "Fitted on {} rows, measured on {}.",
        count(u64::from(map.fit_rows)),
        count(u64::from(map.held_out_rows))
    );
    map.warnings.iter().cloned().chain([rows]).collect()
}

/// What there is to know of all maps alike.
fn common(all: &[Found]) -> Vec<String> {
    let Some((first, others)) = all.split_first() else { return Vec::new() };
    let everywhere =
        |remark: &String| others.iter().all(|found| remarks(&found.0.sharing).contains(remark));
    remarks(&first.0.sharing).into_iter().filter(everywhere).collect()
}

fn notes(remarks: &[String]) -> impl IntoView + use<> {
    let items = remarks.iter().map(|r| view! { <li>{r.clone()}</li> }).collect_view();
    view! { <ul class="remarks">{items}</ul> }
}

fn shares(map: &Sharing) -> bool {
    map.components.iter().any(|c| c.subset.len() > 1)
}

/// What stands under a map in which nothing is shared.
fn nothing(map: &Sharing) -> Option<impl IntoView + use<>> {
    (!shares(map)).then(|| {
        let text = format!(
            "Nothing shared, beyond what shuffled rows reach: an eigenvalue of {}.",
            fixed(map.tau, 2)
        );
        view! { <p class="nothing" data-testid="nothing-shared">{text}</p> }
    })
}

/// What it means that nothing is shared, once for all columns.
fn meaning(all: &[Found], modalities: usize) -> Option<String> {
    let any = all.iter().any(|found| !found.0.lost && !shares(&found.0.sharing));
    let both = if modalities > 2 {
        " What needs two modalities together is shown below, under \u{201c}Needs both\u{201d}."
    } else {
        ""
    };
    any.then(|| {
        format!(
            "Nothing shared: no direction of one modality can be predicted from another. The map \
             sees only what is linear in the representation.{both}"
        )
    })
}

/// Sets of modalities that no column has anything for.
#[component]
fn Absent(groups: Memo<Vec<Group>>) -> impl IntoView {
    let stage = expect_context::<Stage>();
    let missing = Memo::new(move |_| {
        groups.with(|groups| stage.modalities.with(|names| absent(names, groups)))
    });
    let list = move || {
        stage.modalities.with(|names| {
            missing
                .get()
                .into_iter()
                .map(|set| {
                    let words = subset_words(&set, names.len());
                    view! { <li>{dots(names, &set)} {words}</li> }
                })
                .collect_view()
        })
    };
    let found = move || groups.with(|groups| !groups.is_empty());
    view! {
        <Show when=move || found() && missing.with(|m| !m.is_empty())>
            <details class="absent small">
                <summary>
                    {move || {
                        let n = missing.with(Vec::len) as u64;
                        format!("{} of modalities without any component, in any column", counted(n, "set", "sets"))
                    }}
                </summary>
                <ul>{list}</ul>
            </details>
        </Show>
    }
}
