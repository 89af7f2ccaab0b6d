//! One tooltip for all marks: whatever has `data-tip` shows it on hover, on focus and on touch.
//!
//! Marks of a chart would be hundreds of tab stops. So each `data-grid` is one stop, from which
//! the arrow keys go from mark to mark.

use leptos::ev::{FocusEvent, KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// What is shown, and where.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tip {
    /// The words.
    pub(super) text: String,
    /// In pixels of the window.
    pub(super) x: f64,
    /// Edge of the mark that the tip stands at.
    pub(super) y: f64,
    /// Whether it stands above that edge.
    pub(super) above: bool,
}

/// The tip that is shown. From context.
#[derive(Clone, Copy)]
pub(super) struct TipAt(pub(super) RwSignal<Option<Tip>>);

/// Listens for everything inside it.
#[component]
pub(super) fn Tips(children: Children) -> impl IntoView {
    let tip = RwSignal::new(None::<Tip>);
    provide_context(TipAt(tip));
    let show = move |target: Option<web_sys::EventTarget>| {
        let mark = target.and_then(|t| t.dyn_into::<Element>().ok()).and_then(marked);
        let wanted = mark.map(|mark| beside(&mark));
        if tip.with_untracked(|now| *now != wanted) {
            tip.set(wanted);
        }
    };
    let pointed = move |event: PointerEvent| show(event.target());
    let focused = move |event: FocusEvent| show(event.target());
    let keyed = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            tip.set(None);
        } else {
            walk(&event);
        }
    };
    view! {
        <div
            class="compare"
            on:pointerover=pointed
            on:pointerleave=move |_| tip.set(None)
            on:focusin=focused
            on:focusout=move |_| tip.set(None)
            on:keydown=keyed
        >
            {children()}
            {move || {
                tip.get().map(|tip| {
                    view! {
                        <div
                            class="tip"
                            class:above=tip.above
                            role="tooltip"
                            style:left=format!("{:.0}px", tip.x)
                            style:top=format!("{:.0}px", tip.y)
                        >
                            {tip.text}
                        </div>
                    }
                })
            }}
        </div>
    }
}

/// The mark that an element is part of.
fn marked(element: Element) -> Option<Element> {
    element.closest("[data-tip]").ok().flatten()
}

/// The tip of a mark: centred on it, but inside the window.
fn beside(mark: &Element) -> Tip {
    let rect = mark.get_bounding_client_rect();
    let text = mark.get_attribute("data-tip").unwrap_or_default();
    at_edge(text, rect.left() + rect.width() / 2.0, rect.top(), rect.bottom())
}

/// A tip over a spot that reaches from `top` to `bottom`.
pub(super) fn at_edge(text: String, x: f64, top: f64, bottom: f64) -> Tip {
    // Half of the widest tip, and a little: see `.tip`.
    const HALF: f64 = 150.0;
    let width = document().document_element().map_or(0.0, |root| f64::from(root.client_width()));
    let above = top > 120.0;
    let x = x.min(width - HALF).max(HALF.min(width / 2.0));
    Tip { text, x, y: if above { top - 6.0 } else { bottom + 6.0 }, above }
}

/// Moves the focus from mark to mark, or from a grid into it.
fn walk(event: &KeyboardEvent) {
    if !event.key().starts_with("Arrow") {
        return;
    }
    let Some(from) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) else { return };
    let inside = from.has_attribute("data-tip");
    if !inside && !from.has_attribute("data-grid") {
        return;
    }
    let Some(grid) = from.closest("[data-grid]").ok().flatten() else { return };
    let Ok(found) = grid.query_selector_all("[data-tip]") else { return };
    let mut marks =
        (0..found.length()).filter_map(|i| found.get(i)?.dyn_into::<HtmlElement>().ok());
    let next = if inside {
        let here = centre(&from);
        marks
            .filter_map(|mark| Some((cost(&event.key(), here, centre(&mark))?, mark)))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, mark)| mark)
    } else {
        marks.next()
    };
    let Some(next) = next else { return };
    event.prevent_default();
    // A mark that cannot take the focus leaves it where it is.
    let _focused = next.focus();
}

/// How far a mark is in the direction of the key; aside counts more than ahead. None behind.
fn cost(key: &str, here: (f64, f64), there: (f64, f64)) -> Option<f64> {
    let (dx, dy) = (there.0 - here.0, there.1 - here.1);
    let (ahead, aside) = match key {
        "ArrowRight" => (dx, dy),
        "ArrowLeft" => (-dx, dy),
        "ArrowDown" => (dy, dx),
        "ArrowUp" => (-dy, dx),
        _ => return None,
    };
    (ahead > 1.0).then_some(aside.abs() * 4.0 + ahead)
}

fn centre(mark: &Element) -> (f64, f64) {
    let rect = mark.get_bounding_client_rect();
    (rect.left() + rect.width() / 2.0, rect.top() + rect.height() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_goes_to_the_nearest_mark_ahead() {
        let here = (10.0, 10.0);
        let cost = |key, there| cost(key, here, there);
        assert!(cost("ArrowRight", (20.0, 10.0)) < cost("ArrowRight", (30.0, 10.0)));
        assert!(cost("ArrowRight", (40.0, 10.0)) < cost("ArrowRight", (20.0, 30.0)));
        assert_eq!(cost("ArrowRight", (5.0, 10.0)), None);
        assert!(cost("ArrowDown", (10.0, 11.5)).is_some());
        assert_eq!(cost("ArrowUp", (10.0, 11.5)), None);
        assert_eq!(cost("Tab", (20.0, 20.0)), None);
    }
}
