//! The trainer in a web worker: messages of the page in, events out.
//!
//! Before it comes `trefoil-app`, which posts a [`Message`](trefoil_protocol::js::Message); after
//! it, the session. Thin on purpose: what is not about `postMessage` belongs elsewhere.

mod adapter;
mod clock;
mod inbox;
mod outbox;
mod page;

pub use inbox::{Inbox, Letterbox, pair};
pub use outbox::Outbox;

use trefoil_protocol::Event;
use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

/// Listens to the page that made this worker, and answers it.
pub fn start() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    report_panics();
    let (letterbox, inbox) = inbox::pair();
    letterbox.open(&scope);
    let outbox = Outbox::new(move |value| {
        if let Err(error) = scope.post_message(value) {
            web_sys::console::error_1(&error);
        }
    });
    wasm_bindgen_futures::spawn_local(serve(inbox, outbox));
}

/// A panic leaves the worker dead but silent: its last words go to the console and to the page.
fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let words = info.to_string();
        web_sys::console::error_1(&words.as_str().into());
        let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
        if let Err(error) = scope.post_message(&words.into()) {
            web_sys::console::error_1(&error);
        }
    }));
}

/// Where `index.html` is, as `worker.js` found it. The worker's own `location` is that of a blob.
fn base() -> String {
    js_sys::Reflect::get(&js_sys::global(), &"trefoilBase".into())
        .ok()
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}

/// Says [`Event::Ready`], then does what is asked until the letterbox is dropped.
pub async fn serve(inbox: Inbox, outbox: Outbox) {
    match page::Page::new(inbox, outbox.clone(), base()) {
        Ok(page) => {
            outbox.send(Event::Ready { version: env!("CARGO_PKG_VERSION").to_owned() });
            trefoil_train::Session::new(page).serve().await;
        }
        Err(error) => web_sys::console::error_1(&error),
    }
}
