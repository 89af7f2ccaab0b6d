//! The page. It knows `protocol` alone: what it wants goes out as a `Command` through
//! [`link::Link`], what it shows is the [`RunView`](trefoil_protocol::RunView) folded from the
//! events that come back. Before it comes `assets/boot.js`, after it the worker.
#![expect(
    unreachable_pub,
    reason = "leptos' component macro writes `pub` where we write `pub(crate)`"
)]

mod address;
mod compare;
mod controls;
mod data;
mod download;
mod experiment;
mod faults;
mod fields;
mod format;
mod header;
mod icons;
mod link;
mod objectives;
mod own_files;
mod take_away;
mod theme;
mod train;
mod view;
mod widgets;
mod words;

use leptos::mount::mount_to;
use leptos::prelude::document;
use wasm_bindgen::JsCast;

fn main() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&info.to_string().into());
    }));
    let Some(place) = document().get_element_by_id("app") else {
        web_sys::console::error_1(&"index.html has no #app".into());
        return;
    };
    place.set_text_content(None);
    mount_to(place.unchecked_into(), view::App).forget();
}
