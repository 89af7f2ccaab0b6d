//! The trainer in a web worker: messages of the page in, events out.
//!
//! Before it comes `trefoil-app`, which posts a [`Message`]; after
//! it, the session. Thin on purpose: what is not about `postMessage` belongs elsewhere.

mod adapter;
mod inbox;
mod outbox;

pub use inbox::{Inbox, Letterbox, pair};
pub use outbox::Outbox;

use trefoil_protocol::js::Message;
use trefoil_protocol::{Event, Fault, FaultKind};
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

/// Says [`Event::Ready`], then answers what arrives until the letterbox is dropped.
pub async fn serve(mut inbox: Inbox, outbox: Outbox) {
    outbox.send(Event::Ready { version: env!("CARGO_PKG_VERSION").to_owned() });
    outbox.send(Event::Executor { info: adapter::probe().await });
    while let Some(message) = inbox.next().await {
        outbox.send(match message {
            Ok(message) => answer(&message),
            Err(fault) => Event::Fault { fault },
        });
    }
}

/// There is no session yet to hand a command to.
fn answer(message: &Message) -> Event {
    Event::Fault {
        fault: Fault {
            kind: FaultKind::Internal,
            file: message.files.first().map(|file| file.name.clone()),
            row: None,
            column: None,
            message: "This build of Trefoil has no trainer".to_owned(),
            mend: "Build a later one".to_owned(),
        },
    }
}
