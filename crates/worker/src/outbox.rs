//! From events to messages to the page.

use std::fmt;
use std::rc::Rc;
use trefoil_protocol::Event;
use trefoil_protocol::js::Answer;
use wasm_bindgen::JsValue;

/// Sends events. Clones send to the same page.
#[derive(Clone)]
pub struct Outbox {
    post: Rc<dyn Fn(&JsValue)>,
}

impl Outbox {
    /// Hands each event to `post`, as [`Answer::from_js`] reads it.
    pub fn new(post: impl Fn(&JsValue) + 'static) -> Self {
        Self { post: Rc::new(post) }
    }

    /// Sends one event.
    pub fn send(&self, event: Event) {
        match Answer::Event(event).to_js() {
            Ok(value) => (self.post)(&value),
            Err(error) => {
                web_sys::console::error_1(&format!("an event could not be sent: {error}").into());
            }
        }
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outbox")
    }
}
