//! What must be there to build: the wasm target, Trunk and wasm-bindgen, each in one version.
//!
//! The tools live in a folder of the user's cache that is named after their version, so that all
//! checkouts share them and none disturbs another. A tool of that version on `PATH` is used as it is.

use crate::command::{cargo, command, read, run};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tool that `cargo install` brings.
struct Tool {
    package: &'static str,
    programs: &'static [&'static str],
    version: String,
    minutes: &'static str,
}

/// Trunk, which puts the static site together. The version stands in `Trunk.toml`.
///
/// # Errors
/// Where it cannot be installed.
pub fn trunk() -> Result<PathBuf> {
    let config = std::fs::read_to_string(crate::root().join("Trunk.toml"))?;
    let version = config
        .lines()
        .find_map(|line| line.strip_prefix("trunk-version = \"=")?.strip_suffix('"'))
        .context("Trunk.toml pins no version")?;
    ensure(&Tool {
        package: "trunk",
        programs: &["trunk"],
        version: version.to_owned(),
        minutes: "3 to 5 minutes",
    })
}

/// wasm-bindgen and its test runner. The version is that of the library in `Cargo.lock`: they only
/// work together.
///
/// # Errors
/// Where they cannot be installed.
pub fn wasm_bindgen() -> Result<PathBuf> {
    let lock = std::fs::read_to_string(crate::root().join("Cargo.lock"))?;
    ensure(&Tool {
        package: "wasm-bindgen-cli",
        programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
        version: locked_version(&lock, "wasm-bindgen").context("Cargo.lock has no wasm-bindgen")?,
        minutes: "1 to 3 minutes",
    })
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    Some(version.strip_suffix('"')?.to_owned())
}

/// The folder that has the tool's programs, in its version.
fn ensure(tool: &Tool) -> Result<PathBuf> {
    if let Some(folder) = on_path(tool) {
        return Ok(folder);
    }
    let cache = cache()?;
    let root = cache.join(format!("{}-{}", tool.package, tool.version));
    let bin = root.join("bin");
    if tool.programs.iter().all(|program| is_version(&bin, program, &tool.version)) {
        return Ok(bin);
    }
    println!(
        "Installing {} {} into {}: {} on two cores, once for all checkouts.",
        tool.package,
        tool.version,
        root.display(),
        tool.minutes
    );
    std::fs::create_dir_all(&cache)?;
    let build = cache.join(format!("build-{}-{}", tool.package, std::process::id()));
    // Compiling for speed takes three times as long and saves a second of each build. Neither tool
    // needs the network, for which their default features are.
    let mut install =
        cargo(&["install", "--locked", "--debug", "--no-default-features", "--quiet"]);
    install
        .args([tool.package, "--version", &tool.version])
        .args(tool.programs.iter().flat_map(|program| ["--bin", program]))
        .arg("--root")
        .arg(&root)
        .arg("--target-dir")
        .arg(&build)
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "0");
    let installed = run(&mut install);
    std::fs::remove_dir_all(&build).ok();
    installed.map(|()| bin)
}

fn on_path(tool: &Tool) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find(|folder| {
        tool.programs.iter().all(|program| is_version(folder, program, &tool.version))
    })
}

/// Whether `folder` has `program` in this version: both tools answer with `<program> <version>`.
fn is_version(folder: &Path, program: &str, version: &str) -> bool {
    let file = folder.join(program).with_extension(std::env::consts::EXE_EXTENSION);
    file.is_file()
        && Command::new(file).arg("--version").output().is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout).split_whitespace().nth(1) == Some(version)
        })
}

/// Where tools are kept: `TREFOIL_TOOLS`, or a folder of the user's cache.
fn cache() -> Result<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = set("TREFOIL_TOOLS") {
        return Ok(folder.into());
    }
    let cache = set("XDG_CACHE_HOME")
        .or_else(|| set("LOCALAPPDATA"))
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(set("HOME")?).join(".cache")))
        .context("there is no home folder to keep tools in; set TREFOIL_TOOLS to a folder")?;
    Ok(cache.join("trefoil"))
}

/// `PATH` with these folders in front, for a program that looks for tools there.
///
/// # Errors
/// Where a folder cannot be on a path.
pub fn path_with(folders: &[&Path]) -> Result<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = folders.iter().map(|folder| folder.to_path_buf());
    Ok(std::env::join_paths(folders.chain(std::env::split_paths(&path)))?)
}

/// The standard library for WebAssembly. Rustup brings it with the toolchain of
/// `rust-toolchain.toml`, unless the toolchain was there before or automatic installation is off.
///
/// # Errors
/// Where it is missing and rustup cannot add it.
pub fn wasm_target() -> Result<()> {
    rustup_adds("wasm target", &["target", "add", "wasm32-unknown-unknown"], || {
        let sysroot = read(command("rustc").args(["--print", "sysroot"])).unwrap_or_default();
        Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown").is_dir()
    })
}

/// Formatter and linter; as [`wasm_target`].
///
/// # Errors
/// Where one is missing and rustup cannot add it.
pub fn components() -> Result<()> {
    rustup_adds("formatter and linter", &["component", "add", "rustfmt", "clippy"], || {
        ["fmt", "clippy"].iter().all(|name| {
            let version = cargo(&[name, "--version"]).output();
            version.is_ok_and(|output| output.status.success())
        })
    })
}

fn rustup_adds(what: &str, args: &[&str], is_there: impl Fn() -> bool) -> Result<()> {
    if is_there() {
        return Ok(());
    }
    println!("Adding the {what} to the Rust toolchain: under a minute.");
    run(command("rustup").args(args))
        .with_context(|| format!("the {what} is missing; run `rustup {}`", args.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.1.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.129\"\nsource = \"x\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.129"));
        assert_eq!(locked_version(lock, "js-sys"), None);
    }
}
