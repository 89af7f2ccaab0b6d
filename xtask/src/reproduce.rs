//! `cargo xtask reproduce`: every headline result, into `docs/results.md`.

use crate::command::{cargo, command, read};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Stdio;

/// Those that a test run, which has them built without optimisation, can wait for.
pub const QUICK: [&str; 2] = ["hcl-select", "symile-xor8"];

/// Runs all of them, or those that are named, each as it is by itself; each one takes the place of
/// its section in the page.
///
/// # Errors
/// Where a program fails; a rule that is broken is written down, and is an error in the end.
pub fn reproduce(named: &[String]) -> Result<()> {
    let program = built(&["build", "--release", "--package", "trefoil-cli"], "release")?;
    let known = names(&program)?;
    if let Some(unknown) = named.iter().find(|name| !known.contains(name)) {
        anyhow::bail!("there is no result `{unknown}`; there are {}", known.join(", "));
    }
    let path = crate::root().join("docs/results.md");
    let machine = machine()?;
    let mut broken = Vec::new();
    for name in known.iter().filter(|name| named.is_empty() || named.contains(name)) {
        let mut run = command(&program);
        let output = run.args(["reproduce", name]).stderr(Stdio::inherit()).output()?;
        let section = String::from_utf8(output.stdout).context("a table is text")?;
        print!("{section}");
        if !output.status.success() {
            broken.push(name.clone());
        }
        // Another program may have written a section meanwhile.
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        let section = format!("{}\n\n{machine}\n", section.trim_end());
        std::fs::write(&path, page(&known, &before, name, &section))
            .with_context(|| path.display().to_string())?;
    }
    anyhow::ensure!(broken.is_empty(), "a rule does not hold: {}", broken.join(", "));
    Ok(())
}

/// The page with this section in its place, in the order of `known`; what is not known goes.
fn page(known: &[String], before: &str, name: &str, section: &str) -> String {
    let mut text = HEADER.to_owned();
    for known in known {
        let old = before.split("\n## ").find_map(|part| part.strip_prefix(&format!("{known}\n")));
        if known == name {
            text.extend(["\n", section.trim_end(), "\n"]);
        } else if let Some(old) = old {
            text.extend(["\n## ", known, "\n", old.trim_end(), "\n"]);
        }
    }
    text
}

const HEADER: &str = "\
# Results

Made by `cargo xtask reproduce`; `cargo run --release -- reproduce NAME` makes one of them again. Every run
goes through the session of the page, but for rows of linear HCL on a covariance, where nothing trains.
*second hand*: by the authors, as others tell of it; *measured*: in a prototype before Trefoil was built, often with
one seed; *exact*: by calculation. Rules are held against the mean. Worlds and seeds are not those on which
a default was chosen. Seconds are those of the machine as it was, which may have done other work too.
";

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

/// Where a section was made.
fn machine() -> Result<String> {
    let git = |arguments: &[&str]| read(command("git").args(arguments));
    let commit = git(&["rev-parse", "--short", "HEAD"])?;
    let changed = !git(&["status", "--porcelain", "--", "crates", "Cargo.lock"])?.is_empty();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (system, chip) = (std::env::consts::OS, std::env::consts::ARCH);
    let changed = if changed { " with changes" } else { "" };
    Ok(format!("{system}, {chip}, {cores} cores, commit {}{changed}.", commit.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_takes_the_place_of_the_one_before() {
        let known = ["a", "b", "c"].map(str::to_owned);
        let first = page(&known, "", "c", "## c\n\nold\n");
        let both = page(&known, &first, "a", "## a\n\nof a\n");
        let last = page(&known, &both, "c", "## c\n\nnew\n");
        assert_eq!(last, format!("{HEADER}\n## a\n\nof a\n\n## c\n\nnew\n"));
    }
}
