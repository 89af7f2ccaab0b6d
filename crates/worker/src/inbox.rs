//! From message events to a queue that the loop of the worker reads.

use futures_channel::mpsc::{Receiver, Sender, channel};
use futures_util::StreamExt;
use std::cell::RefCell;
use std::future::poll_fn;
use trefoil_protocol::js::Message;
use trefoil_protocol::{Fault, FaultKind};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// A person does not press a button this often while one command is being answered.
const MOST_WAITING: usize = 256;

/// Where messages are put.
#[derive(Debug)]
pub struct Letterbox {
    sender: RefCell<Sender<Result<Message, Fault>>>,
}

/// Where they are taken out.
#[derive(Debug)]
pub struct Inbox {
    receiver: RefCell<Receiver<Result<Message, Fault>>>,
}

/// An empty inbox and its letterbox.
pub fn pair() -> (Letterbox, Inbox) {
    let (sender, receiver) = channel(MOST_WAITING);
    let sender = RefCell::new(sender);
    (Letterbox { sender }, Inbox { receiver: RefCell::new(receiver) })
}

impl Letterbox {
    /// Puts in what the page posts to `scope`, from now until the worker ends.
    pub(crate) fn open(self, scope: &DedicatedWorkerGlobalScope) {
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            self.put(event.data());
        });
        scope.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        listener.forget();
    }

    /// Puts in the data of one message event. What does not fit any more is dropped: the page
    /// then gets no answer to it, which is logged.
    pub fn put(&self, data: JsValue) {
        let message = Message::from_js(data).map_err(|error| Fault {
            kind: FaultKind::Internal,
            file: None,
            row: None,
            column: None,
            message: format!("The page sent what the worker does not understand: {error}"),
            mend: "Reload the page".to_owned(),
        });
        if let Err(error) = self.sender.borrow_mut().try_send(message) {
            web_sys::console::error_1(&format!("the worker dropped a message: {error}").into());
        }
    }
}

impl Inbox {
    /// The next message, or what was wrong with it; none once the letterbox is gone.
    pub async fn next(&self) -> Option<Result<Message, Fault>> {
        // Borrowed for each poll and not for the wait, in which others may look.
        poll_fn(|context| self.receiver.borrow_mut().poll_next_unpin(context)).await
    }

    /// The next message if there is one.
    pub fn waiting(&self) -> Option<Result<Message, Fault>> {
        self.receiver.borrow_mut().try_recv().ok()
    }
}
