//! The list of shipped sets, fetched once from beside the page.

use leptos::prelude::*;
use trefoil_protocol::DatasetIndex;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// What there is of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Index {
    /// On its way.
    Loading,
    /// There.
    Ready(DatasetIndex),
    /// Not to be had, and why.
    Failed(String),
}

/// Fetches it.
pub(super) fn fetch() -> RwSignal<Index> {
    let index = RwSignal::new(Index::Loading);
    leptos::task::spawn_local(async move {
        let found = match text("datasets/index.json").await {
            Ok(text) => serde_json::from_str(&text).map_err(|error| error.to_string()),
            Err(error) => Err(words(&error)),
        };
        index.set(match found {
            Ok(found) => Index::Ready(found),
            Err(words) => Index::Failed(words),
        });
    });
    index
}

async fn text(path: &str) -> Result<String, JsValue> {
    let response: Response = JsFuture::from(window().fetch_with_str(path)).await?.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::from_str(&format!("the server answered {}", response.status())));
    }
    JsFuture::from(response.text()?).await?.as_string().ok_or_else(|| "it is not a text".into())
}

fn words(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.as_string().unwrap_or_else(|| "it could not be fetched".to_owned()),
    }
}
