//! Makes many pipelines in the time that the device needs if it compiles several at once.

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod web;

#[cfg(not(target_family = "wasm"))]
pub(crate) use native::together;
#[cfg(target_family = "wasm")]
pub(crate) use web::together;
