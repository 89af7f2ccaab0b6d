//! What colours and shapes mean. Each class is a button that selects its rows: brushing without a
//! pointer.

use super::shades::{Ink, STEPS};
use super::{Linked, Mask};
use crate::format::number;
use leptos::prelude::*;
use std::sync::Arc;
use trefoil_plot::{Marker, Shape};

/// Classes that are listed at most.
const MOST: usize = 24;

/// The legend.
#[component]
pub(super) fn Legend() -> impl IntoView {
    let linked = expect_context::<Linked>();
    // Class, name, rows that are shown; the largest first.
    let classes = Memo::new(move |_| {
        let Some(held) = linked.shades.get() else { return Vec::new() };
        let mut counts = vec![0_u32; held.shades.classes.len()];
        linked.rows.with(|rows| {
            for row in rows.iter() {
                if let Ink::Class(class) = held.shades.ink(*row)
                    && let Some(count) = counts.get_mut(class)
                {
                    *count += 1;
                }
            }
        });
        let names = held.shades.classes.iter().cloned().enumerate().zip(counts);
        let mut all: Vec<(usize, String, u32)> =
            names.map(|((class, name), count)| (class, name, count)).collect();
        if all.len() > MOST {
            all.sort_by_key(|(class, _, count)| (std::cmp::Reverse(*count), *class));
        }
        all
    });
    let range = Memo::new(move |_| {
        let held = linked.shades.get()?;
        let scale = held.shades.range;
        held.shades.classes.is_empty().then(|| (number(scale.low()), number(scale.high())))
    });
    let buttons = move || {
        classes.with(|all| {
            all.iter()
                .take(MOST)
                .map(|(class, name, count)| button(linked, *class, name.clone(), *count))
                .collect_view()
        })
    };
    let rest = move || {
        let rest = classes.with(Vec::len).saturating_sub(MOST);
        (rest > 0).then(|| view! { <li class="soft">{format!("and {rest} more classes")}</li> })
    };
    let ramp = move || {
        range.get().map(|(low, high)| {
            let steps = (0..STEPS)
                .map(|step| view! { <span class=format!("swatch ramp-{step}")></span> })
                .collect_view();
            view! {
                <li class="ramp">
                    <span>{low}</span>
                    <span class="ramp-steps" aria-hidden="true">{steps}</span>
                    <span>{high}</span>
                </li>
            }
        })
    };
    view! {
        <ul class="point-legend small" aria-label="Colours of the points" data-testid="legend">
            {buttons} {rest} {ramp}
        </ul>
    }
}

fn button(linked: Linked, class: usize, name: String, count: u32) -> impl IntoView {
    let rows = move || -> Arc<Mask> {
        let Some(held) = linked.shades.get_untracked() else { return Arc::default() };
        let all = 0..held.shades.values.len() as u32;
        Arc::new(Mask::of(all.filter(|row| held.shades.ink(*row) == Ink::Class(class))))
    };
    let pressed =
        move || linked.selected.with(|selected| selected.as_ref().is_some_and(|s| *s == rows()));
    let toggle = move |_| {
        let off = untrack(pressed);
        linked.selected.set((!off).then(rows));
    };
    view! {
        <li>
            <button
                type="button"
                class="legend-button"
                aria-pressed=move || pressed().to_string()
                on:click=toggle
            >
                {symbol(class)}
                <span class="cut">{name}</span>
                <span class="soft">{count}</span>
            </button>
        </li>
    }
}

/// The marker of a class.
pub(super) fn symbol(class: usize) -> impl IntoView {
    let marker = Marker::of(class);
    let shape = match marker.shape {
        Shape::Disc => view! { <circle r="1" /> }.into_any(),
        shape => {
            let corners: Vec<String> =
                shape.corners().iter().map(|(x, y)| format!("{x},{y}")).collect();
            view! { <polygon points=corners.join(" ") /> }.into_any()
        }
    };
    view! {
        <svg class=format!("symbol swatch hue-{}", marker.hue) viewBox="-1.4 -1.4 2.8 2.8" aria-hidden="true">
            {shape}
        </svg>
    }
}
