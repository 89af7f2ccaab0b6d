//! `cargo xtask`: see [`xtask`].
#![expect(clippy::print_stdout, reason = "a command-line tool talks to its user")]

use anyhow::{Result, bail};
use pico_args::Arguments;
use std::process::ExitCode;
use xtask::{bench, bundle, reproduce, server, test};

const HELP: &str = "\
Builds, serves and tests Trefoil. What is missing (wasm target, trunk, wasm-bindgen, and for the
tests Chromium and a software Vulkan driver) is installed first, with a word about how long it takes.

    cargo xtask serve [--port N]         build, serve on 127.0.0.1 and print the address
    cargo xtask build [--public-url U]   build the static site in dist/; it works from any sub-path
    cargo xtask test [FILTER]            every check and test; with FILTER one stage of it
                                         (fmt, tidy, clippy, clippy-wasm, doc, native, results,
                                         wasm, build, e2e), or in every stage the tests named like that
    cargo xtask bench [--json FILE]      steps per second of each objective on each executor; other
                                         arguments are those of `trefoil bench`
    cargo xtask reproduce [NAME..]       headline results into docs/results.md; all take about
                                         an hour
";

fn main() -> Result<ExitCode> {
    let mut args = Arguments::from_env();
    let command = args.subcommand()?;
    if args.contains(["-h", "--help"]) {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    match command.as_deref() {
        Some("serve") => {
            let port = args.opt_value_from_str("--port")?;
            nothing_else(args)?;
            server::serve(port)?;
        }
        Some("build") => {
            let public_url: Option<String> = args.opt_value_from_str("--public-url")?;
            nothing_else(args)?;
            bundle::build(public_url.as_deref())?;
        }
        Some("test") => {
            let filter: Option<String> = args.opt_free_from_str()?;
            nothing_else(args)?;
            return Ok(test::run(filter.as_deref()));
        }
        Some("bench") => bench::bench(args.finish())?,
        Some("reproduce") => {
            let words = args.finish().into_iter().map(|word| word.to_string_lossy().into_owned());
            reproduce::reproduce(&words.collect::<Vec<_>>())?;
        }
        Some(other) => bail!("there is no `{other}`\n\n{HELP}"),
        None => print!("{HELP}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn nothing_else(args: Arguments) -> Result<()> {
    let rest = args.finish();
    if rest.is_empty() {
        return Ok(());
    }
    bail!("not understood: {rest:?}\n\n{HELP}");
}
