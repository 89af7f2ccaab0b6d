//! The page on the other side of the worker, as what is around a session.

use crate::{Inbox, Outbox, adapter, clock};
use gloo_file::File;
use std::cell::RefCell;
use std::collections::BTreeMap;
use trefoil_gpu::Gpu;
use trefoil_protocol::js::{Message, Upload};
use trefoil_protocol::{Command, DataSource, Event, Fault};
use trefoil_train::{GpuDevice, Host};
use wasm_bindgen::{JsCast, JsValue};

/// A page: commands and files come from it, events go to it.
#[derive(Debug)]
pub(crate) struct Page {
    inbox: Inbox,
    outbox: Outbox,
    /// Address of the folder that `index.html` is in.
    base: String,
    /// The files that the last [`Command::Load`] came with, by name.
    files: RefCell<BTreeMap<String, File>>,
    turn: clock::Turn,
}

impl Page {
    pub(crate) fn new(inbox: Inbox, outbox: Outbox, base: String) -> Result<Self, JsValue> {
        let turn = clock::Turn::new()?;
        Ok(Self { inbox, outbox, base, files: RefCell::default(), turn })
    }

    /// Keeps the files of a message and gives its command on.
    fn open(&self, message: Result<Message, Fault>) -> Option<Command> {
        let Message { command, files } = match message {
            Ok(message) => message,
            Err(fault) => {
                self.outbox.send(Event::Fault { fault });
                return None;
            }
        };
        if let Command::Load { data: DataSource::Files { .. }, .. } = &command {
            *self.files.borrow_mut() = files.into_iter().filter_map(named).collect();
        }
        Some(command)
    }
}

fn named(upload: Upload) -> Option<(String, File)> {
    let file = upload.file.dyn_into::<web_sys::File>().ok()?;
    Some((upload.name, File::from(file)))
}

/// What a file's bytes cannot be read for, in words.
fn gone(name: &str) -> String {
    format!("the page did not hand over {name}; choose it again")
}

impl Host for Page {
    type Gpu = Gpu;

    async fn open_gpu(&self) -> Result<GpuDevice<Gpu>, String> {
        let adapter = adapter::probe().await?;
        let executor = Gpu::open().await.map_err(|error| error.to_string())?;
        // The browser's own word for it is not in every version.
        let executor = executor.mixing(!adapter.software);
        Ok(GpuDevice { executor, adapter: adapter.name, software: adapter.software })
    }

    fn cpu_name(&self) -> String {
        "WebAssembly SIMD, one thread".to_owned()
    }

    fn send(&self, event: Event) {
        self.outbox.send(event);
    }

    fn next(&self) -> Option<Command> {
        loop {
            // A message that made no command does not end the queue.
            let message = self.inbox.waiting()?;
            if let Some(command) = self.open(message) {
                return Some(command);
            }
        }
    }

    async fn wait(&self) -> Option<Command> {
        loop {
            let message = self.inbox.next().await?;
            if let Some(command) = self.open(message) {
                return Some(command);
            }
        }
    }

    async fn breathe(&self) {
        self.turn.next().await;
    }

    async fn asset(&self, path: &str) -> Result<Vec<u8>, String> {
        let address = format!("{}datasets/{path}", self.base);
        let answer = gloo_net::http::Request::get(&address).send().await;
        let answer = answer.map_err(|error| {
            format!("{error}; look whether the network or the server is still there")
        })?;
        if !answer.ok() {
            return Err(format!("the server answered {} for {address}", answer.status()));
        }
        answer.binary().await.map_err(|error| error.to_string())
    }

    fn file_size(&self, name: &str) -> Option<u64> {
        self.files.borrow().get(name).map(|file| file.size())
    }

    async fn file(&self, name: &str) -> Result<Vec<u8>, String> {
        let file = self.files.borrow().get(name).cloned().ok_or_else(|| gone(name))?;
        let bytes = gloo_file::futures::read_as_bytes(&file).await;
        // The browser has only the path: a file that changed on the disk cannot be read any more.
        bytes.map_err(|error| format!("{error}; if the file was changed, choose it again"))
    }

    fn folder(&self, _path: &str) -> Result<Vec<String>, String> {
        Err("a page cannot read folders; choose the files".to_owned())
    }
}
