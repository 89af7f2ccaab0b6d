//! The address of the page: the query that holds the configuration, and the link to copy.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// The query, without the question mark.
pub(crate) fn query() -> String {
    let search = window().location().search().unwrap_or_default();
    search.trim_start_matches('?').to_owned()
}

/// Whether the browser's list of pages gets another entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The address of this entry changes.
    Same,
    /// The present entry stays as it is; Back returns to it.
    New,
}

/// Puts `query` into the address without loading anything.
pub(crate) fn set(query: &str, entry: Entry) {
    let Ok(history) = window().history() else { return };
    let address = format!("?{query}{}", window().location().hash().unwrap_or_default());
    let outcome = match entry {
        Entry::Same => history.replace_state_with_url(&JsValue::NULL, "", Some(&address)),
        Entry::New => history.push_state_with_url(&JsValue::NULL, "", Some(&address)),
    };
    if let Err(error) = outcome {
        web_sys::console::warn_1(&error);
    }
}

/// The whole link to `query`.
pub(crate) fn link(query: &str) -> String {
    let location = window().location();
    let origin = location.origin().unwrap_or_default();
    let path = location.pathname().unwrap_or_default();
    format!("{origin}{path}?{query}")
}
