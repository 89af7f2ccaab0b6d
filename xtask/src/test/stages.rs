//! The stages, in the order in which they run.

use super::{Summary, Tally};
use crate::command::{cargo, command, stream};
use crate::{browser, bundle, reproduce, tidy, tools};
use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand};
use std::process::Command;

/// One stage.
pub(super) struct Stage {
    /// What it is asked for by.
    pub(super) name: &'static str,
    /// What it does and how long it takes on two cores, the first time.
    pub(super) about: &'static str,
    /// Whether names of tests can choose among what it does.
    pub(super) has_tests: bool,
    /// Does it, for tests whose name has the filter in it.
    pub(super) run: fn(Option<&str>) -> Result<Tally>,
}

pub(super) const STAGES: &[Stage] = &[
    Stage {
        name: "fmt",
        about: "formatting (seconds)",
        has_tests: false,
        run: |_| {
            tools::components()?;
            check(&mut cargo(&["fmt", "--all", "--check"]))
        },
    },
    Stage {
        name: "tidy",
        about: "rules of this repository (seconds)",
        has_tests: false,
        run: |_| tidy::run(),
    },
    Stage {
        name: "clippy",
        about: "lints, natively (1 to 3 minutes)",
        has_tests: false,
        run: |_| clippy_native(),
    },
    Stage {
        name: "clippy-wasm",
        about: "lints of what runs in the browser (2 to 4 minutes)",
        has_tests: false,
        run: |_| clippy_wasm(),
    },
    Stage {
        name: "doc",
        about: "links in the documentation (1 minute)",
        has_tests: false,
        run: |_| doc(),
    },
    Stage {
        name: "native",
        about: "tests without a browser (3 to 8 minutes)",
        has_tests: true,
        run: native,
    },
    Stage {
        name: "results",
        about: "headline results, a minute or two each (3 to 6 minutes)",
        has_tests: false,
        run: |_| results(),
    },
    Stage {
        name: "wasm",
        about: "tests in headless Chromium (2 to 5 minutes)",
        has_tests: true,
        run: wasm,
    },
    Stage {
        name: "build",
        about: "the static site and its size (4 to 8 minutes)",
        has_tests: false,
        run: |_| {
            bundle::build(None)?;
            Ok(Tally::check(true))
        },
    },
    Stage {
        name: "e2e",
        about: "the built page in headless Chromium (1 to 3 minutes)",
        has_tests: true,
        run: end_to_end,
    },
];

/// Crates that run nowhere but in a browser: they are checked for it.
const BROWSER_ONLY: [&str; 2] = ["trefoil-app", "trefoil-worker"];
/// Crates that never run there.
const NATIVE_ONLY: [&str; 4] = ["trefoil-cli", "trefoil-reproduce", "trefoil-tests", "xtask"];

/// Passes if the program does.
fn check(command: &mut Command) -> Result<Tally> {
    Ok(Tally::check(stream(command, |_| ())?))
}

/// Adds up the suites that the program runs.
fn tests(command: &mut Command) -> Result<Tally> {
    let mut summary = Summary::default();
    // An error says where it comes from; the frames of async runtimes would bury that.
    command.env("RUST_LIB_BACKTRACE", "0");
    let succeeded = stream(command, |line| summary.line(line))?;
    Ok(summary.tally(succeeded))
}

/// A stage of tests that ran none of them proves nothing.
fn some(tally: Tally, filter: Option<&str>) -> Result<Tally> {
    if filter.is_none() && tally == Tally::default() {
        anyhow::bail!("not one test ran");
    }
    Ok(tally)
}

fn metadata() -> Result<Metadata> {
    let manifest = crate::root().join("Cargo.toml");
    let mut command = MetadataCommand::new();
    command.manifest_path(manifest).no_deps();
    command.exec().context("the workspace cannot be read")
}

fn packages(choose: impl Fn(&cargo_metadata::Package) -> bool) -> Result<Vec<String>> {
    let metadata = metadata()?;
    let chosen = metadata.packages.iter().filter(|package| choose(package));
    Ok(chosen.flat_map(|p| ["--package".to_owned(), p.name.to_string()]).collect())
}

fn in_browser(package: &cargo_metadata::Package) -> bool {
    !NATIVE_ONLY.contains(&package.name.as_str())
}

/// Those whose tests are written for a browser.
fn tested_in_browser(package: &cargo_metadata::Package) -> bool {
    in_browser(package) && package.dependencies.iter().any(|d| d.name == "wasm-bindgen-test")
}

fn all_but_browser_only(command: &mut Command) -> &mut Command {
    command.arg("--workspace");
    command.args(BROWSER_ONLY.iter().flat_map(|name| ["--exclude", name]))
}

/// The workspace without the crate whose tests need a browser. All stages that build tests name the
/// same packages, so that cargo resolves the same features and builds nothing again.
fn all_with_native_tests(command: &mut Command) -> &mut Command {
    command.args(["--workspace", "--exclude", "trefoil-worker"])
}

const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];

fn clippy_native() -> Result<Tally> {
    tools::components()?;
    let mut clippy = cargo(&["clippy", "--keep-going", "--all-targets", "--all-features"]);
    check(all_but_browser_only(&mut clippy).args(["--", "-D", "warnings"]))
}

fn clippy_wasm() -> Result<Tally> {
    tools::components()?;
    tools::wasm_target()?;
    let clippy = || {
        let mut clippy = cargo(&["clippy", "--keep-going"]);
        clippy.args(WASM);
        clippy
    };
    let mut tally = check(clippy().args(packages(in_browser)?).args(["--", "-D", "warnings"]))?;
    let tests = packages(tested_in_browser)?;
    tally += check(clippy().arg("--tests").args(tests).args(["--", "-D", "warnings"]))?;
    Ok(tally)
}

fn doc() -> Result<Tally> {
    tools::wasm_target()?;
    let doc = || {
        let mut doc = cargo(&["doc", "--keep-going", "--no-deps", "--document-private-items"]);
        doc.arg("--all-features");
        doc.env("RUSTDOCFLAGS", "-D warnings");
        doc
    };
    let mut tally = check(all_but_browser_only(&mut doc()))?;
    let only = BROWSER_ONLY.iter().flat_map(|name| ["--package", name]);
    tally += check(doc().args(WASM).args(only))?;
    Ok(tally)
}

fn native(filter: Option<&str>) -> Result<Tally> {
    browser::vulkan()?;
    let mut test = cargo(&["test", "--no-fail-fast"]);
    all_with_native_tests(&mut test).arg("--").args(filter);
    some(tests(&mut test)?, filter)
}

/// A check each; built as for the tests, so that nothing is built again.
fn results() -> Result<Tally> {
    let arguments = ["build", "--workspace", "--exclude", "trefoil-worker", "--bin", "trefoil"];
    let program = reproduce::built(&arguments, "debug")?;
    let mut tally = Tally::default();
    for name in reproduce::QUICK {
        tally += check(command(&program).args(["reproduce", name]))?;
    }
    Ok(tally)
}

fn wasm(filter: Option<&str>) -> Result<Tally> {
    tools::wasm_target()?;
    let driver = browser::chromedriver()?;
    let runner = tools::wasm_bindgen()?.join("wasm-bindgen-test-runner");
    let mut test = cargo(&["test", "--no-fail-fast", "--lib", "--bins", "--tests"]);
    test.args(WASM)
        .args(packages(tested_in_browser)?)
        .arg("--")
        .args(filter)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env("CHROMEDRIVER", driver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", crate::root().join("tests/webdriver.json"))
        // Seconds for a whole suite, where the runner's own limit is 20.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    some(tests(&mut test)?, filter)
}

fn end_to_end(filter: Option<&str>) -> Result<Tally> {
    anyhow::ensure!(bundle::dist().join("index.html").is_file(), "there is no dist/ to test");
    let driver = browser::chromedriver()?;
    let mut test = cargo(&["test", "--no-fail-fast"]);
    all_with_native_tests(&mut test)
        .args(["--features", "trefoil-tests/e2e", "--test", "e2e", "--"])
        .args(filter)
        .env("CHROMEDRIVER", driver);
    some(tests(&mut test)?, filter)
}
