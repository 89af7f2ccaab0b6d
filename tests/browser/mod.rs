//! A headless Chromium over a served folder: what the end-to-end tests are written with.
//!
//! [`browse`] gives a test a [`Page`] of its own: a fresh browser with WebGPU, and a proxy that
//! notes every request that leaves the machine.

mod ask;
mod driver;
mod page;
mod proxy;

pub use page::{Outcome, Page, Scheme};

use anyhow::{Context, Result};
use driver::Driver;
use proxy::Proxy;
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use xtask::server::StaticServer;

/// Where failing tests leave what they saw, and screenshots are put.
pub fn artefacts() -> PathBuf {
    xtask::root().join("target/e2e")
}

/// Serves `dist/` at the root, and runs `test` on it. The page has not been opened yet.
///
/// # Errors
/// What the test returns, or why no browser could be started.
pub fn browse(test: impl AsyncFnOnce(&Page) -> Result<()>) -> Result<()> {
    let server = StaticServer::start(&xtask::bundle::dist(), "", 0)?;
    browse_at(&server, test)
}

/// As [`browse`], for whatever `server` serves.
///
/// # Errors
/// What the test returns, or why no browser could be started.
pub fn browse_at(server: &StaticServer, test: impl AsyncFnOnce(&Page) -> Result<()>) -> Result<()> {
    let name = std::thread::current().name().unwrap_or("test").replace("::", "-");
    let folder = artefacts().join(&name);
    let downloads = folder.join("downloads");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&downloads)?;

    let proxy = Proxy::start()?;
    let driver = Driver::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let capabilities = capabilities(&proxy)?;
    let page = runtime.block_on(Page::open(&driver, capabilities, server, &proxy, &downloads))?;
    // A driver that is killed leaves its browser behind, so the session is closed in any case.
    let result = catch_unwind(AssertUnwindSafe(|| runtime.block_on(test(&page))));
    let failed = !matches!(result, Ok(Ok(())));
    runtime.block_on(async {
        if failed {
            page.leave_evidence(&folder).await;
        }
        page.close().await
    })?;
    if !failed {
        std::fs::remove_dir_all(&folder)?;
    }
    match result {
        Ok(result) => result.with_context(|| format!("see {}", folder.display())),
        Err(panic) => resume_unwind(panic),
    }
}

/// What the browser is started with: the flags that the tests in `wasm-bindgen-test` have too,
/// the proxy, and logs of the console and the network.
fn capabilities(proxy: &Proxy) -> Result<serde_json::Map<String, Value>> {
    let mut capabilities: Value = serde_json::from_str(include_str!("../webdriver.json"))?;
    let arguments = capabilities["goog:chromeOptions"]["args"].as_array_mut();
    arguments
        .context("webdriver.json has no arguments")?
        .push(format!("--proxy-server=http://{}", proxy.address()).into());
    capabilities["goog:loggingPrefs"] = json!({ "browser": "ALL", "performance": "ALL" });
    let Value::Object(map) = capabilities else {
        anyhow::bail!("webdriver.json is not an object");
    };
    Ok(map)
}

/// Copies a folder, so that a test can break a file of it.
///
/// # Errors
/// Where a file cannot be copied.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
