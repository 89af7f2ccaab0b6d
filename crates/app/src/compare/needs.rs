//! What only two modalities together tell.

use super::bits::BLIND;
use super::cells::{in_words, interval};
use super::control;
use super::frame::{Picture, Waiting, measured};
use super::shares::fill;
use super::stage::{Column, Found, Stage, modality_class};
use super::words;
use crate::format::{fixed, percent};
use leptos::prelude::*;
use trefoil_plot::{Bar, Scale};
use trefoil_protocol::ProbeKind;

/// The picture.
#[component]
pub(super) fn NeedsBoth() -> impl IntoView {
    let stage = expect_context::<Stage>();
    let shown = stage.shown();
    let axis = Memo::new(move |_| {
        shown.with(|all| {
            let highest = all
                .iter()
                .flat_map(|f| {
                    let cells = f.0.sharing.needs_both.values();
                    cells.filter_map(|c| c.high.or(c.mean)).chain([f.0.sharing.null])
                })
                .fold(0.1, f64::max);
            Scale::new(0.0, highest.min(1.0)).nice(4)
        })
    });
    let controls = move || {
        view! {
            <p class="key small" aria-hidden="true">
                <span class="key-tick"></span>
                "what shuffled rows reach"
            </p>
        }
    };
    // It takes two that tell, and one that is told of.
    let possible = Memo::new(move |_| stage.modalities.with(Vec::len) > 2);
    view! {
      <Show when=move || possible.get()>
        <Picture
            id="needs-both"
            title="Needs both"
            term="held-out gain of products"
            hint=words::NEEDS_BOTH
            lead="How much of a modality is known only when two others are put together? Believe a bar that passes the mark."
            controls=controls
            draw=move |column| view! { <Columned column axis /> }
        />
      </Show>
    }
}

#[component]
fn Columned(column: Column, axis: Memo<Scale>) -> impl IntoView {
    let stage = expect_context::<Stage>();
    let finding = stage.finding(column.slot);
    measured(finding, move |found| {
        // The map itself may be of two: too few rows have more.
        if found.0.sharing.needs_both.is_empty() {
            let text = "Takes three modalities; this map is of two.";
            return view! { <Waiting text /> }.into_any();
        }
        let bars = stage.modalities.with(|names| drawn(names, &found, axis.get()));
        view! { {bars} {control::sentence(&found, ProbeKind::Mlp)} }.into_any()
    })
}

fn drawn(names: &[String], found: &Found, axis: Scale) -> AnyView {
    let map = &found.0.sharing;
    let null = format!("{:.2}%", axis.within(map.null) * 100.0);
    let control = found.0.control.as_ref();
    let bars: Vec<_> = names
        .iter()
        .filter_map(|name| Some((name, map.needs_both.get(name)?)))
        .map(|(name, cell)| {
            let above = cell.mean.is_some_and(|m| m > map.null);
            let tip = format!(
                "{name}: products of the others add {}; shuffled rows reach {}",
                in_words(cell),
                percent(map.null)
            );
            let bar = Bar::new(axis, cell.mean, interval(cell));
            let hidden = control.is_some_and(|control| control.hides(ProbeKind::Mlp, above));
            let value = match cell.mean {
                Some(_) if hidden => BLIND.to_owned(),
                mean => mean.map_or_else(String::new, |m| fixed(m * 100.0, 0)),
            };
            view! {
                <div
                    class=format!("need {}", modality_class(names, name))
                    class:below=!above
                    tabindex="-1"
                    role="img"
                    aria-label=tip.clone()
                    data-tip=tip
                >
                    <span class="total-name">
                        <span class="dot"></span>
                        <span class="cut">{name.clone()}</span>
                    </span>
                    <span class="value">{value}</span>
                    <span class="gauge">
                        {bar.map(fill)}
                        <span class="null-mark" style=("left", null.clone())></span>
                    </span>
                </div>
            }
        })
        .collect();
    let ticks = axis
        .ticks(2)
        .into_iter()
        .map(|tick| {
            let at = format!("{:.2}%", tick.at * 100.0);
            view! { <span style=("left", at)>{percent(tick.value)}</span> }
        })
        .collect_view();
    view! {
        <div class="bars needs" data-grid tabindex="0" role="group" aria-label="Arrow keys move between bars">
            {bars}
            <div class="bar-axis" aria-hidden="true">{ticks}</div>
        </div>
    }
    .into_any()
}
