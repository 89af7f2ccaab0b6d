//! Small parts that every section uses.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// An id that no other element of the page has.
pub(crate) fn unique_id(what: &str) -> String {
    thread_local! {
        static NEXT: Cell<u32> = const { Cell::new(0) };
    }
    let number = NEXT.get();
    NEXT.set(number + 1);
    format!("{what}-{number}")
}

/// A numbered part of the page: its title, and one sentence that says what to look for.
#[component]
pub(crate) fn Section(
    /// Anchor.
    id: &'static str,
    /// Position in the story.
    number: u8,
    /// A word or two.
    title: &'static str,
    /// One sentence.
    #[prop(into)]
    lead: String,
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    view! {
        <section id=id class="section" aria-labelledby=heading>
            <header class="section-head">
                <span class="section-number" aria-hidden="true">{number}</span>
                <h2 id=heading.clone()>{title}</h2>
                <p class="section-lead">{lead}</p>
            </header>
            {children()}
        </section>
    }
}

/// An (i) that opens the explanation of a term: by pointer, touch and keyboard; Esc closes it.
#[component]
pub(crate) fn Hint(
    /// The term.
    #[prop(into)]
    label: String,
    /// One or two sentences.
    text: &'static str,
) -> impl IntoView {
    let id = unique_id("hint");
    view! {
        <span class="hint">
            <button
                type="button"
                class="hint-button"
                popovertarget=id.clone()
                aria-label=format!("About: {label}")
                on:click=place_popover
            >
                <span aria-hidden="true">"i"</span>
            </button>
            <span popover="auto" id=id class="popover" role="note">{text}</span>
        </span>
    }
}

/// Puts the popover that a button opens beside the button. For `on:click` of a button with
/// `popovertarget`: the browser opens it right after.
pub(crate) fn place_popover(event: MouseEvent) {
    let button = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    let popover = button
        .as_ref()
        .and_then(|button| document().get_element_by_id(&button.get_attribute("popovertarget")?))
        .and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let (Some(button), Some(popover)) = (button, popover) else { return };
    let rect = button.get_bounding_client_rect();
    let page = document().document_element().map_or(0.0, |root| f64::from(root.client_width()));
    let number = |value: Result<f64, _>| value.unwrap_or_default();
    let (scroll_x, scroll_y) = (number(window().scroll_x()), number(window().scroll_y()));
    let height = window().inner_height().ok().and_then(|h| h.as_f64()).unwrap_or(800.0);
    // As wide as `.popover` can be: it has no size before it is open.
    let width = (22.0 * 16.0f64).min(page - 32.0);
    let left = (rect.left() - 12.0).min(page - width - 16.0).max(16.0) + scroll_x;
    let above = rect.bottom() > 0.66 * height;
    let top = if above { rect.top() - 6.0 } else { rect.bottom() + 6.0 } + scroll_y;
    let style = popover.style();
    for (property, value) in [("left", left), ("top", top)] {
        if let Err(error) = style.set_property(property, &format!("{value}px")) {
            web_sys::console::error_1(&error);
        }
    }
    if let Err(error) = popover.class_list().toggle_with_force("above", above) {
        web_sys::console::error_1(&error);
    }
}
