//! Rules of this repository that no linter knows. Each is one check.

mod layers;
mod licences;
mod text;

use crate::test::Tally;
use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;
use std::path::{Path, PathBuf};

/// Runs all of them.
///
/// # Errors
/// Where the repository or the workspace cannot be read.
pub fn run() -> Result<Tally> {
    let files = Files::read(&crate::root())?;
    let mut command = MetadataCommand::new();
    command.manifest_path(crate::root().join("Cargo.toml"));
    let metadata = command.exec().context("the workspace cannot be read")?;
    let mut tally = Tally::default();
    let mut check = |rule: &str, wrong: Vec<String>| {
        println!("{} {rule}", if wrong.is_empty() { "ok  " } else { "FAIL" });
        for line in &wrong {
            println!("       {line}");
        }
        tally += Tally::check(wrong.is_empty());
    };
    check("files are short", text::too_long(&files));
    check("nothing is left for later", text::left_for_later(&files));
    check("links in documents lead somewhere", text::dead_links(&files));
    check("every shader is used by the Rust beside it", text::lone_shaders(&files));
    check("all Rust is compiled", text::lone_rust(&files));
    check(
        "crates depend on what ARCHITECTURE.md allows",
        layers::broken(files.text("ARCHITECTURE.md").unwrap_or_default(), &metadata),
    );
    check("licences of dependencies are permissive", licences::unwanted(&metadata));
    Ok(tally)
}

/// The text files of the repository.
#[derive(Debug, Default)]
struct Files {
    /// Path from the root, with slashes, and content.
    texts: Vec<(String, String)>,
    root: PathBuf,
}

impl Files {
    /// Reads what is not ignored: `target/`, `dist/` and hidden folders are passed over.
    fn read(root: &Path) -> Result<Self> {
        let mut files = Self { texts: Vec::new(), root: root.to_owned() };
        files.add(root, "")?;
        files.texts.sort();
        Ok(files)
    }

    fn add(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        for entry in folder.read_dir()? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            if name.starts_with('.') || ["target", "dist", "Cargo.lock"].contains(&path.as_str()) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.add(&entry.path(), &format!("{path}/"))?;
            } else if ends(&path, &["rs", "wgsl", "js", "css", "html", "toml", "md"]) {
                self.texts.push((path, std::fs::read_to_string(entry.path())?));
            }
        }
        Ok(())
    }

    /// Those that end in one of `ends`.
    fn of<'a>(&'a self, kinds: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        let texts = self.texts.iter().filter(|(path, _)| ends(path, kinds));
        texts.map(|(path, text)| (path.as_str(), text.as_str()))
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.texts.iter().find(|(p, _)| p == path).map(|(_, text)| text.as_str())
    }
}

fn ends(path: &str, kinds: &[&str]) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| kinds.contains(&end))
}
