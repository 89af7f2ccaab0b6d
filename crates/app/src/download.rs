//! Files for the user: from a text to the browser's downloads. Nothing leaves the tab.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Hands `text` to the browser as a file called `name`.
pub(crate) fn download(name: &str, mime: &str, text: &str) {
    if let Err(error) = try_download(name, mime, text) {
        web_sys::console::error_1(&error);
    }
}

fn try_download(name: &str, mime: &str, text: &str) -> Result<(), JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type(mime);
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let blob = Blob::new_with_str_sequence_and_options(&parts, &kind)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let anchor: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    anchor.set_href(&address);
    // A browser makes one name of a path, each in its own way.
    anchor.set_download(&name.replace('/', "-"));
    anchor.click();
    // Some browsers read the address after the click has returned.
    set_timeout(
        move || {
            if let Err(error) = Url::revoke_object_url(&address) {
                web_sys::console::warn_1(&error);
            }
        },
        std::time::Duration::from_mins(1),
    );
    Ok(())
}
