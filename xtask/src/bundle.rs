//! The static site in `dist/`.
//!
//! Trunk compiles the page and the worker as `index.html` says and copies the assets. Then the
//! worker's folder gets the name of its content, since Trunk names files after their content but
//! for workers and a browser would keep an old one; the pages about the methods are written; and
//! what a visitor downloads is weighed.

use crate::command::{command, run};
use crate::{Stopwatch, methods, tools};
use anyhow::{Context, Result, bail, ensure};
use flate2::{Compression, write::GzEncoder};
use std::hash::{DefaultHasher, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Bytes of HTML, CSS, JS and wasm, compressed, before the page works.
const MOST_PAGE: u64 = 700_000;
/// Bytes of the worker's JS and wasm, compressed.
const MOST_WORKER: u64 = 1_500_000;

/// Where the site is put.
pub fn dist() -> PathBuf {
    crate::root().join("dist")
}

/// Builds the site and prints what a visitor downloads. Without a `public_url` it works from any
/// path.
///
/// # Errors
/// Where a tool is missing, the code does not compile, or the download is too large.
pub fn build(public_url: Option<&str>) -> Result<()> {
    tools::wasm_target()?;
    let wasm_bindgen = tools::wasm_bindgen()?;
    let trunk = tools::trunk()?;
    println!("Building the page and the worker: 4 to 8 minutes the first time, else seconds.");
    let watch = Stopwatch::start();
    let mut build = command("trunk");
    build.arg("build");
    if let Some(url) = public_url {
        build.args(["--public-url", url]);
    }
    run(build.env("PATH", tools::path_with(&[&trunk, &wasm_bindgen])?))?;
    name_worker(&dist())?;
    methods::write(&crate::root(), &dist())?;
    println!("dist/ is ready after {:.1} s.", watch.seconds());
    weigh(&dist())
}

/// Renames `worker/` to `worker-<hash>/`, also in `index.html`.
fn name_worker(dist: &Path) -> Result<()> {
    let mut hasher = DefaultHasher::new();
    for file in files(&dist.join("worker"))? {
        hasher.write(&std::fs::read(file)?);
    }
    let name = format!("worker-{:016x}", hasher.finish());
    let index = dist.join("index.html");
    let html = std::fs::read_to_string(&index)?;
    let named = html.replace("\"./worker/", &format!("\"./{name}/"));
    ensure!(named != html, "index.html does not name the worker");
    std::fs::rename(dist.join("worker"), dist.join(name))?;
    std::fs::write(index, named)?;
    Ok(())
}

/// Prints what is downloaded, compressed as a host would.
fn weigh(dist: &Path) -> Result<()> {
    let (mut page, mut worker) = (0, 0);
    for file in files(dist)? {
        let name = file.strip_prefix(dist)?.to_string_lossy().into_owned();
        let is_code = [".html", ".css", ".js", ".wasm"].iter().any(|end| name.ends_with(end));
        // What is fetched only where it is asked for.
        let is_later = ["datasets", "methods"].iter().any(|start| name.starts_with(start));
        if !is_code || is_later {
            continue;
        }
        let bytes = compressed(&file)?;
        println!("{bytes:>9} B  {name}");
        *if name.starts_with("worker-") { &mut worker } else { &mut page } += bytes;
    }
    let mut too_large = Vec::new();
    for (what, bytes, most) in [("page", page, MOST_PAGE), ("worker", worker, MOST_WORKER)] {
        println!("{what}: {} kB compressed, of at most {} kB", bytes / 1000, most / 1000);
        if bytes > most {
            too_large.push(what);
        }
    }
    if !too_large.is_empty() {
        bail!("too large to download: {}", too_large.join(", "));
    }
    Ok(())
}

fn compressed(file: &Path) -> Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&std::fs::read(file)?)?;
    Ok(encoder.finish()?.len() as u64)
}

/// Every file in `folder` and below, in the order of names.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = folder.read_dir().with_context(|| format!("no {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
