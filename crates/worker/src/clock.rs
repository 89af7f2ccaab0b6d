//! Turns of the browser's event loop.

use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageChannel, MessagePort};

/// Gives the event loop a turn. A message to oneself comes after those that already wait, and
/// unlike a timer it is neither rounded up to 4 ms nor slowed down in a hidden tab.
#[derive(Debug)]
pub(crate) struct Turn {
    to: MessagePort,
    /// Held so that it stays open.
    _from: MessagePort,
    waiting: Rc<RefCell<Option<futures_channel::oneshot::Sender<()>>>>,
    _listener: Closure<dyn Fn()>,
}

impl Turn {
    pub(crate) fn new() -> Result<Self, JsValue> {
        let channel = MessageChannel::new()?;
        let (to, from) = (channel.port1(), channel.port2());
        let waiting: Rc<RefCell<Option<futures_channel::oneshot::Sender<()>>>> = Rc::default();
        let sender = Rc::clone(&waiting);
        let listener = Closure::<dyn Fn()>::new(move || {
            if let Some(sender) = sender.borrow_mut().take() {
                // Nobody waits any more where the future was dropped.
                sender.send(()).ok();
            }
        });
        from.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Ok(Self { to, _from: from, waiting, _listener: listener })
    }

    /// Resolves after what already waits in the event loop.
    pub(crate) async fn next(&self) {
        let (sender, receiver) = futures_channel::oneshot::channel();
        *self.waiting.borrow_mut() = Some(sender);
        if self.to.post_message(&JsValue::NULL).is_ok() {
            // An error says that another wait took its place, which is as good a turn.
            receiver.await.ok();
        }
    }
}
