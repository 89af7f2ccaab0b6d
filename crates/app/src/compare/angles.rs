//! How orthogonal the heads of COrAL are, beside what random directions are.

use super::cells::{block_words, interval};
use super::words;
use crate::format::fixed;
use crate::widgets::Hint;
use leptos::prelude::*;
use trefoil_plot::{Bar, Scale};
use trefoil_protocol::{HeadPair, Orthogonality};

/// A dot for every two heads on an axis from zero, random directions as a dashed line.
pub(super) fn angles(found: &Orthogonality) -> AnyView {
    let axis = axis(found);
    let rows: Vec<_> = found.pairs.iter().map(|pair| row(pair, axis, found.random)).collect();
    let ticks = axis
        .ticks(3)
        .into_iter()
        .map(|tick| {
            let at = format!("{:.2}%", tick.at * 100.0);
            view! { <span style=("left", at)>{tick.label}</span> }
        })
        .collect_view();
    view! {
        <div class="angles">
            <p class="small">
                "Mean |cosine| between heads "
                <Hint label="cosines" text=words::ANGLES />
                <span class="soft">
                    <span class="key-tick" aria-hidden="true"></span>
                    {format!(" random directions: {}", fixed(found.random, 2))}
                </span>
            </p>
            <div class="probes" data-grid tabindex="0" role="group" aria-label="Arrow keys move between pairs of heads">
                {rows}
                <div class="bar-axis" aria-hidden="true">{ticks}</div>
            </div>
        </div>
    }
    .into_any()
}

fn axis(found: &Orthogonality) -> Scale {
    let cells = found.pairs.iter().map(|p| &p.mean_abs_cosine);
    let highest =
        cells.filter_map(|c| c.high.or(c.mean)).chain([found.random * 1.5]).fold(0.0, f64::max);
    Scale::new(0.0, highest.min(1.0)).nice(3)
}

fn row(pair: &HeadPair, axis: Scale, random: f64) -> AnyView {
    let names: Vec<String> = pair.blocks.iter().map(|b| block_words(b)).collect();
    let name = names.join(" \u{2013} ");
    let cell = &pair.mean_abs_cosine;
    let at = |v: f64| format!("{:.2}%", axis.within(v) * 100.0);
    let spread = interval(cell).map_or_else(String::new, |(low, high)| {
        format!(", 95\u{202f}% interval {} to {}", fixed(low, 3), fixed(high, 3))
    });
    let value = cell.mean.map_or_else(|| "no value".to_owned(), |m| fixed(m, 3));
    let tip =
        format!("{name}: mean |cosine| {value}{spread}; random directions {}", fixed(random, 3));
    let marks = Bar::new(axis, cell.mean, interval(cell)).map(|bar| {
        let whisker = bar.whisker.map(|(low, high)| {
            let (left, width) =
                (format!("{:.2}%", low * 100.0), format!("{:.2}%", (high - low) * 100.0));
            view! { <span class="whisker" style=("left", left) style=("width", width)></span> }
        });
        view! {
            {whisker}
            <span class="mean" style=("left", format!("{:.2}%", bar.end * 100.0))></span>
        }
    });
    view! {
        <div class="probe angle" tabindex="-1" role="img" aria-label=tip.clone() data-tip=tip>
            <span class="cut">{name.clone()}</span>
            <span class="value">{cell.mean.map_or_else(String::new, |m| fixed(m, 2))}</span>
            <span class="track">
                <span class="chance" style=("left", at(random))></span>
                {marks}
            </span>
        </div>
    }
    .into_any()
}
