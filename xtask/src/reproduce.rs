//! `cargo xtask reproduce`: every headline result, into `docs/results.md`.

use crate::command::{cargo, command, read};
use anyhow::{Context, Result};
use std::fmt::Write;
use std::path::PathBuf;

/// Those that a test run can wait for: seconds each.
pub const QUICK: [&str; 3] = ["hcl-recovery", "hcl-select", "symile-xor8"];

/// Runs all of them, or those that are named, with these further arguments; writes what they say
/// only where all were run.
///
/// # Errors
/// Where a program fails; a rule that is broken is written down, and is an error in the end.
pub fn reproduce(mut arguments: Vec<String>) -> Result<()> {
    let program = built(&["build", "--release", "--package", "trefoil-cli"], "release")?;
    let known = names(&program)?;
    let named: Vec<String> = arguments.iter().filter(|a| known.contains(a)).cloned().collect();
    arguments.retain(|argument| !known.contains(argument));
    let chosen = if named.is_empty() { known } else { named.clone() };
    let mut text = header()?;
    let mut broken = Vec::new();
    for name in &chosen {
        let mut run = command(&program);
        run.args(["reproduce", name]).args(&arguments);
        let output = run.stderr(std::process::Stdio::inherit()).output()?;
        let table = String::from_utf8(output.stdout).context("a table is text")?;
        print!("{table}");
        text.push_str(&table);
        if !output.status.success() {
            broken.push(name.clone());
        }
    }
    if named.is_empty() && arguments.is_empty() {
        let path = crate::root().join("docs/results.md");
        let text = format!("{}\n", text.trim_end());
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    anyhow::ensure!(broken.is_empty(), "a rule does not hold: {}", broken.join(", "));
    Ok(())
}

/// Builds the command line and says where it lies.
///
/// # Errors
/// Where it does not build.
pub fn built(arguments: &[&str], profile: &str) -> Result<PathBuf> {
    crate::command::run(&mut cargo(arguments))?;
    let mut metadata = cargo_metadata::MetadataCommand::new();
    metadata.manifest_path(crate::root().join("Cargo.toml")).no_deps();
    let target = metadata.exec().context("the workspace cannot be read")?.target_directory;
    let name = format!("trefoil{}", std::env::consts::EXE_SUFFIX);
    Ok(target.into_std_path_buf().join(profile).join(name))
}

/// The names that the program lists.
fn names(program: &PathBuf) -> Result<Vec<String>> {
    let list = read(command(program).args(["reproduce", "--list"]))?;
    Ok(list.split_whitespace().map(str::to_owned).collect())
}

fn header() -> Result<String> {
    let git = |arguments: &[&str]| read(command("git").args(arguments));
    let commit = git(&["rev-parse", "--short", "HEAD"])?;
    let changed = !git(&["status", "--porcelain", "--", "crates", "Cargo.lock"])?.is_empty();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut text = String::from(
        "# Results\n\nMade by `cargo xtask reproduce`; `cargo run --release -- reproduce NAME` makes \
         one of them again. Every run goes through the session of the page, but for linear HCL, which \
         is computed on a covariance. *published*: by the authors of the method; *measured*: in a \
         prototype before Trefoil was built, often with one seed; *exact*: by calculation. Worlds and \
         seeds are not those on which a default was chosen.\n\n",
    );
    writeln!(
        text,
        "{} {}, {cores} cores, commit {}{}.\n",
        std::env::consts::OS,
        std::env::consts::ARCH,
        commit.trim(),
        if changed { " with changes" } else { "" },
    )?;
    Ok(text)
}
