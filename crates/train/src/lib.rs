//! The session: commands in, events out.
//!
//! A [`Session`] reads data, records plans, trains all objectives of a run side by side on one
//! executor, looks at them while they train, and evaluates them at the end. It is the same in the
//! worker and on the command line: what is around it is its [`Host`].
//!
//! Before it stands `trefoil-gpu` or the CPU executor, after it `protocol::RunView`.

mod any_run;
mod beyond;
mod control;
mod decompose;
mod devices;
mod doubts;
mod embed;
mod evaluate;
mod export;
mod factors;
mod fault;
mod forecast;
mod heads;
mod host;
mod live;
mod loaded;
mod measure;
mod needed;
mod progress;
mod read;
mod run;
mod session;
mod study;
mod trained;
mod view_lists;

pub use fault::SessionError;
pub use host::{GpuDevice, Host};
pub use loaded::Loaded;
pub use session::Session;
