//! The command line: the same session as the page's, natively.
//!
//! Exit status 0: every objective has a seed that finished. 2: bad input or usage, with the file,
//! the row, the column and the mend on the standard error, and nothing written. 1: anything else.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "a command line prints")]

mod arguments;
mod bench;
mod generate;
mod inspect;
mod objectives;
mod reproduce;
mod terminal;
mod train;

use arguments::{Arguments, Verb};
use clap::Parser;
use std::process::ExitCode;
use trefoil_protocol::{Fault, FaultKind};

/// Why the program ends without a result.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u8,
    message: String,
}

impl Failure {
    /// Something the user can mend.
    fn usage(message: impl Into<String>) -> Self {
        Self { status: 2, message: message.into() }
    }

    /// Anything else.
    fn other(message: impl Into<String>) -> Self {
        Self { status: 1, message: message.into() }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let status = if fault.kind == FaultKind::Input { 2 } else { 1 };
        Self { status, message: fault.to_string() }
    }
}

impl From<trefoil_data::Error> for Failure {
    fn from(error: trefoil_data::Error) -> Self {
        Fault::from(&error).into()
    }
}

fn main() -> ExitCode {
    // clap ends with status 2 where the arguments are wrong, with 0 after --help.
    let outcome = match Arguments::parse().verb {
        Verb::Train(arguments) => train::train(&arguments),
        Verb::Generate(arguments) => generate::generate(&arguments),
        Verb::Inspect(arguments) => inspect::inspect(&arguments),
        Verb::Bench(arguments) => bench::bench(&arguments),
        Verb::Reproduce(arguments) => reproduce::reproduce(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("trefoil: {}", failure.message);
            ExitCode::from(failure.status)
        }
    }
}
