//! Commands and events as JavaScript values: what page and worker post to each other.
//!
//! Both sides use these functions and nothing else, so that neither has to know the other's names.

use crate::{Command, Event, FileRole};
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::{Serializer, from_value};
use wasm_bindgen::JsValue;

/// A value that is not what it should be.
pub type JsError = serde_wasm_bindgen::Error;

/// Page to worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    /// What is asked for.
    pub command: Command,
    /// Files that the command names, in the same order. Posting one hands over a reference; its
    /// bytes are read in the worker.
    pub files: Vec<Upload>,
}

/// One of the user's files, as the browser hands it over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Upload {
    /// What it is used for.
    pub role: FileRole,
    /// Its name.
    pub name: String,
    /// The `File`.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub file: JsValue,
}

/// Worker to page.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Something happened.
    Event(Event),
    /// The last words of a worker that panicked or did not load: it will not answer any more.
    Crashed(String),
}

/// 64-bit numbers (seeds, hashes) would lose digits as JavaScript numbers.
const SERIALIZER: Serializer = Serializer::new().serialize_large_number_types_as_bigints(true);

impl Message {
    /// For `postMessage`.
    ///
    /// # Errors
    /// Where a part cannot be a JavaScript value.
    pub fn to_js(&self) -> Result<JsValue, JsError> {
        self.serialize(&SERIALIZER)
    }

    /// From the `data` of a message event.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn from_js(value: JsValue) -> Result<Self, JsError> {
        from_value(value)
    }
}

impl Answer {
    /// For `postMessage`. A crash is a bare string, which `worker.js` can post without any wasm.
    ///
    /// # Errors
    /// Where a part cannot be a JavaScript value.
    pub fn to_js(&self) -> Result<JsValue, JsError> {
        match self {
            Self::Event(event) => event.serialize(&SERIALIZER),
            Self::Crashed(words) => Ok(JsValue::from_str(words)),
        }
    }

    /// From the `data` of a message event.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn from_js(value: JsValue) -> Result<Self, JsError> {
        match value.as_string() {
            Some(words) => Ok(Self::Crashed(words)),
            None => from_value(value).map(Self::Event),
        }
    }
}
