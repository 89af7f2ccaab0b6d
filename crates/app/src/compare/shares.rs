//! How much of each modality is shared, and with whom.

use super::cells::{in_words, interval};
use super::frame::{Picture, dots, measured};
use super::groups::{Group, same};
use super::map::all_groups;
use super::stage::{Column, Found, Stage, modality_class};
use super::words;
use crate::format::{fixed, percent};
use leptos::prelude::*;
use std::collections::BTreeMap;
use trefoil_plot::{Bar, Scale};
use trefoil_protocol::{Cell, Sharing};

/// The picture.
#[component]
pub(super) fn Shares() -> impl IntoView {
    let stage = expect_context::<Stage>();
    let groups = all_groups(stage);
    let shown = stage.shown();
    // One axis for all columns.
    let axis = Memo::new(move |_| {
        shown.with(|all| {
            let cells =
                all.iter().flat_map(|f| &f.0.sharing.subsets).flat_map(|s| s.weight.values());
            // The interval of few seeds can be many times as long as the bar.
            let reach = |cell: &Cell| {
                let mean = cell.mean?;
                Some(cell.high.map_or(mean, |high| high.min(1.3 * mean)))
            };
            let highest = cells.filter_map(reach).fold(0.05, f64::max);
            Scale::new(0.0, highest.min(1.0)).nice(4)
        })
    });
    let controls = move || {
        view! {
            <p class="key small" aria-hidden="true">
                <span class="key-share all"></span>
                "shared by all"
                <span class="key-share some"></span>
                "by some"
                <span class="key-share own"></span>
                "its own"
                <span class="key-share rest"></span>
                "not in the representation"
            </p>
        }
    };
    view! {
        <Picture
            id="shares"
            title="How much is shared"
            term="explained variance of each modality"
            hint=words::SHARES
            lead="Of everything that varies in a modality, how much is in the representation, and who else has it? Above in total, below for each set of modalities, on one axis."
            controls=controls
            draw=move |column| view! { <Columned column axis groups /> }
        />
    }
}

#[component]
fn Columned(column: Column, axis: Memo<Scale>, groups: Memo<Vec<Group>>) -> impl IntoView {
    let stage = expect_context::<Stage>();
    let finding = stage.finding(column.slot);
    measured(finding, move |found| {
        stage
            .modalities
            .with(|names| groups.with(|groups| drawn(names, &found, groups, axis.get())))
    })
}

fn drawn(names: &[String], found: &Found, groups: &[Group], axis: Scale) -> AnyView {
    let map = &found.0.sharing;
    let totals: Vec<_> = names
        .iter()
        .filter(|name| map.modalities.contains(name))
        .map(|name| total(names, map, name))
        .collect();
    let sets: Vec<_> = groups.iter().map(|group| set(names, map, group, axis)).collect();
    let ticks = axis
        .ticks(2)
        .into_iter()
        .map(|tick| {
            view! {
                <span style=("left", format!("{:.2}%", tick.at * 100.0))>
                    {percent(tick.value)}
                </span>
            }
        })
        .collect_view();
    view! {
        <div class="bars" data-grid tabindex="0" role="group" aria-label="Totals; arrow keys move between bars">
            {totals}
        </div>
        <div class="bars sets" data-grid tabindex="0" role="group" aria-label="For each set of modalities; arrow keys move between bars">
            {sets}
            <div class="bar-axis" aria-hidden="true">{ticks}</div>
        </div>
    }
    .into_any()
}

/// Parts of a modality: shared by all, by some, its own, left out. They add up to one.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Parts {
    all: f64,
    some: f64,
    own: f64,
    rest: f64,
}

fn parts(map: &Sharing, name: &str) -> Parts {
    let modalities = map.modalities.len();
    let mut parts = Parts { all: 0.0, some: 0.0, own: 0.0, rest: 0.0 };
    for subset in &map.subsets {
        let weight = mean(&subset.weight, name);
        let member = subset.subset.iter().any(|n| n == name);
        match subset.subset.len() {
            1 if member => parts.own += weight,
            n if n == modalities => parts.all += weight,
            // What others share and this modality is not part of, it does not share.
            _ if member => parts.some += weight,
            _ => {}
        }
    }
    // What noise makes negative does not take away from others.
    let [all, some, own] = [parts.all, parts.some, parts.own].map(|part| part.max(0.0));
    let sum = all + some + own;
    let whole = sum.max(1.0);
    Parts { all: all / whole, some: some / whole, own: own / whole, rest: (1.0 - sum).max(0.0) }
}

fn mean(weight: &BTreeMap<String, Cell>, name: &str) -> f64 {
    weight.get(name).and_then(|c| c.mean).unwrap_or(0.0)
}

fn total(names: &[String], map: &Sharing, name: &str) -> impl IntoView + use<> {
    let Parts { all, some, own, rest } = parts(map, name);
    let pieces =
        [("all", all), ("some", some), ("own", own), ("rest", rest)].map(|(class, share)| {
            // A number, in percent, where there is room for it.
            let text = if share >= 0.12 { fixed(share * 100.0, 0) } else { String::new() };
            view! {
                <span class=format!("piece {class}") style=("width", format!("{:.3}%", share * 100.0))>
                    <span>{text}</span>
                </span>
            }
        });
    let tip = format!(
        "{name}: {} shared by all modalities, {} by some, {} its own, {} not in the representation",
        percent(all),
        percent(some),
        percent(own),
        percent(rest)
    );
    view! {
        <div class=format!("total {}", modality_class(names, name)) tabindex="-1" role="img" aria-label=tip.clone() data-tip=tip>
            <span class="total-name"><span class="dot"></span><span class="cut">{name.to_owned()}</span></span>
            <span class="stack">{pieces.into_iter().collect_view()}</span>
        </div>
    }
}

/// The bars of one set: one for each modality in it.
fn set(names: &[String], map: &Sharing, group: &Group, axis: Scale) -> impl IntoView + use<> {
    let weights = map.subsets.iter().find(|s| same(&s.subset, &group.subset)).map(|s| &s.weight);
    let words = group.words(names.len());
    let bars: Vec<_> = group
        .subset
        .iter()
        .map(|name| {
            let cell = weights.and_then(|w| w.get(name));
            let tip = match cell {
                Some(cell) => format!("{words}: {} of {name}", in_words(cell)),
                None => format!("{words}: nothing found, 0 % of {name}"),
            };
            let bar = Bar::new(axis, cell.and_then(|c| c.mean), cell.and_then(interval));
            let class = format!("gauge {}", modality_class(names, name));
            view! {
                <div class=class tabindex="-1" role="img" aria-label=tip.clone() data-tip=tip>
                    {bar.map(fill)}
                </div>
            }
        })
        .collect();
    view! {
        <div class="set" class:none=weights.is_none()>
            <span class="group-label" title=group.subset.join(" + ")>
                {dots(names, &group.subset)}
                <span class="cut">{words}</span>
            </span>
            {bars}
        </div>
    }
}

/// A bar and its whisker.
pub(super) fn fill(bar: Bar) -> impl IntoView {
    let at = |v: f64| format!("{:.2}%", v * 100.0);
    // Where all seeds agree there is no spread to draw.
    let whisker = bar.whisker.filter(|(low, high)| high - low > 1e-4).map(|(low, high)| {
        view! {
            <span class="whisker" style=("left", at(low)) style=("width", at(high - low))></span>
        }
    });
    view! {
        <span class="fill" style=("left", at(bar.start)) style=("width", at(bar.length()))></span>
        {whisker}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trefoil_protocol::SubsetWeight;

    fn map(subsets: &[(&str, f64)]) -> Sharing {
        let names = |text: &str| text.split('+').map(str::to_owned).collect::<Vec<_>>();
        let weight = |w: f64| {
            let cell = Cell { mean: Some(w), ..Cell::default() };
            BTreeMap::from([("a".to_owned(), cell)])
        };
        Sharing {
            modalities: names("a+b+c"),
            subsets: subsets
                .iter()
                .map(|(s, w)| SubsetWeight { subset: names(s), weight: weight(*w) })
                .collect(),
            ..Sharing::default()
        }
    }

    #[test]
    fn parts_add_up_and_noise_takes_nothing_away() {
        let p = parts(&map(&[("a+b+c", 0.2), ("a+b", 0.1), ("b+c", 0.05), ("a", -0.01)]), "a");
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(close(p.all, 0.2) && close(p.some, 0.1) && close(p.own, 0.0), "{p:?}");
        assert!(close(p.all + p.some + p.own + p.rest, 1.0), "{p:?}");
        let over = parts(&map(&[("a+b+c", 0.9), ("a", 0.3)]), "a");
        assert!(close(over.all + over.own, 1.0) && close(over.rest, 0.0), "{over:?}");
    }
}
