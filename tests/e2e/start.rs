//! From the address to a page whose worker listens, and what is said where that fails.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use trefoil_tests::browser::{Page, Scheme, artefacts, browse, browse_at, copy_folder};
use xtask::bundle::dist;
use xtask::server::StaticServer;

/// Seconds until the worker listens, on a busy machine.
const START: f64 = 30.0;

async fn ready(page: &Page) -> Result<()> {
    page.wait_for_text("[data-testid=worker]", "ready", START).await?;
    page.wait_for_text("[data-testid=executor]", "CPU", START).await?;
    Ok(())
}

#[test]
fn the_page_loads_and_its_worker_listens() -> Result<()> {
    browse(async |page| {
        page.goto("").await?;
        ready(page).await?;
        ensure!(page.text("[data-testid=version]").await? == env!("CARGO_PKG_VERSION"));
        page.assert_clean().await
    })
}

#[test]
fn the_site_works_below_a_sub_path() -> Result<()> {
    let server = StaticServer::start(&dist(), "/x/y", 0)?;
    browse_at(&server, async |page| {
        page.goto("").await?;
        ready(page).await?;
        page.assert_clean().await?;
        let elsewhere: Vec<_> =
            server.requested().into_iter().filter(|path| !path.starts_with("/x/y/")).collect();
        ensure!(elsewhere.is_empty(), "asked for {elsewhere:?}");
        Ok(())
    })
}

/// Every card has a page behind it, and each of these fits a phone.
#[test]
fn the_pages_about_the_methods_are_in_the_site() -> Result<()> {
    browse(async |page| {
        page.goto("").await?;
        ready(page).await?;
        let links = "return [...document.querySelectorAll('.card.objective a')].map((a) => a.href)";
        let links = page.run(links).await?;
        let links = links.as_array().context("links")?.clone();
        ensure!(links.len() == trefoil_protocol::ObjectiveName::ALL.len(), "{links:?}");
        for link in links.iter().filter_map(Value::as_str) {
            let rest = link.split_once("/methods/").context("a page about a method")?.1;
            page.goto(&format!("methods/{rest}")).await?;
            ensure!(!page.text("h1").await?.is_empty(), "{link}");
            if let Some((_, anchor)) = rest.split_once('#') {
                let there = format!("return !!document.getElementById('{anchor}')");
                ensure!(page.run(&there).await? == json!(true), "{link}");
            }
            page.size(390, 800).await?;
            let over = "return document.documentElement.scrollWidth - window.innerWidth";
            let over = page.run(over).await?;
            ensure!(over.as_f64().context("no width")? <= 0.0, "{link}: {over} over");
        }
        page.assert_clean().await
    })
}

#[test]
fn both_colour_schemes_fit_a_phone_and_a_desk() -> Result<()> {
    browse(async |page| {
        let mut grounds = Vec::new();
        for (scheme, name) in [(Scheme::Light, "light"), (Scheme::Dark, "dark")] {
            page.prefer(scheme).await?;
            page.goto("").await?;
            ready(page).await?;
            grounds.push(page.run("return getComputedStyle(document.body).backgroundColor").await?);
            for width in [390, 1280] {
                let file = artefacts().join(format!("screens/start-{name}-{width}.png"));
                page.screenshot(width, &file).await?;
                let over = page
                    .run("return document.documentElement.scrollWidth - window.innerWidth")
                    .await?;
                ensure!(over.as_f64().context("no width")? <= 0.0, "{name} {width}: {over} over");
            }
        }
        ensure!(grounds[0] != grounds[1], "both have {}", grounds[0]);
        page.assert_clean().await
    })
}

#[test]
fn an_experiment_in_the_address_reaches_the_worker() -> Result<()> {
    browse(async |page| {
        page.goto("?data=penguins&objective=clip&steps=10&seeds=2").await?;
        page.wait_for_text("strong[data-testid=rows]", "342", START).await?;
        page.assert_clean().await
    })
}

#[test]
fn an_experiment_that_cannot_be_says_why() -> Result<()> {
    browse(async |page| {
        page.goto("?steps=0").await?;
        page.wait_for_text("[role=alert]", "steps cannot be", START).await?;
        ready(page).await?;
        page.assert_clean().await
    })
}

/// A dedicated worker that is loaded from a file would have no policy on a static host.
#[test]
fn the_worker_has_the_policy_of_the_page() -> Result<()> {
    let elsewhere = StaticServer::start(&dist(), "", 0)?;
    browse(async |page| {
        page.before_load(
            "const Real = Worker;
             window.made = [];
             window.Worker = class extends Real {
               constructor(url, options) { super(url, options); window.made.push(String(url)); }
             };",
        )
        .await?;
        page.goto("").await?;
        ready(page).await?;
        let made = page.run("return window.made.filter(url => !url.startsWith('blob:'))").await?;
        ensure!(made == json!([]), "{made}");
        // `no-cors` would let it through, were it not for the policy.
        let fetch = |url: &str| {
            format!(
                "const script = `fetch('{url}', {{ mode: 'no-cors' }})
                     .then(() => postMessage('sent'), () => postMessage('refused'))`;
                 const url = URL.createObjectURL(new Blob([script], {{ type: 'text/javascript' }}));
                 const worker = new Worker(url, {{ type: 'module' }});
                 return await new Promise((done, fail) => {{
                   worker.onmessage = event => done(event.data);
                   worker.onerror = () => fail('the worker did not start');
                 }});"
            )
        };
        let own = page.address().await?;
        ensure!(page.run_async(&fetch(&own)).await? == Value::from("sent"));
        ensure!(page.run_async(&fetch(elsewhere.url())).await? == Value::from("refused"));
        ensure!(elsewhere.requested().is_empty());
        Ok(())
    })
}

#[test]
fn a_worker_that_does_not_start_offers_a_reload() -> Result<()> {
    let broken = artefacts().join("broken-worker");
    copy_folder(&dist(), &broken)?;
    let worker = broken
        .read_dir()?
        .flatten()
        .find(|entry| entry.file_name().to_string_lossy().starts_with("worker-"));
    let wasm = worker.context("no worker")?.path().join("trefoil-worker_bg.wasm");
    std::fs::write(&wasm, b"\0asm\x01\0\0\0\xff")?;
    let server = StaticServer::start(&broken, "", 0)?;
    browse_at(&server, async |page| {
        page.goto("").await?;
        page.wait_for_text("[data-testid=worker-ended]", "did not start", START).await?;
        // Mended meanwhile: the reload helps.
        let name = wasm.strip_prefix(&broken)?;
        std::fs::copy(dist().join(name), &wasm)?;
        page.click("button", "Reload the page").await?;
        ready(page).await
    })?;
    std::fs::remove_dir_all(broken)?;
    Ok(())
}

/// What the page does with a message, whoever it is from.
async fn as_if_posted(page: &Page, message: &str) -> Result<()> {
    page.before_load(
        "const Real = Worker;
         window.Worker = class extends Real {
           constructor(url, options) { super(url, options); window.last = this; }
         };",
    )
    .await?;
    page.goto("").await?;
    ready(page).await?;
    page.run(&format!("window.last.dispatchEvent(new MessageEvent('message', {message}))")).await?;
    Ok(())
}

#[test]
fn the_last_words_of_a_worker_are_shown() -> Result<()> {
    browse(async |page| {
        as_if_posted(page, "{ data: 'panicked at session.rs' }").await?;
        page.wait_for_text("[data-testid=worker-ended]", "panicked at session.rs", START).await?;
        ensure!(page.text("[data-testid=worker]").await? == "stopped");
        page.by_role("button", "Reload the page").await?;
        Ok(())
    })
}

#[test]
fn a_worker_of_another_version_is_refused() -> Result<()> {
    browse(async |page| {
        as_if_posted(page, "{ data: { event: 'ready', version: '0.0.0' } }").await?;
        page.wait_for_text("[data-testid=worker-ended]", "the worker 0.0.0", START).await?;
        Ok(())
    })
}

#[test]
fn a_browser_without_simd_is_told_so() -> Result<()> {
    browse(async |page| {
        page.before_load("WebAssembly.validate = () => false;").await?;
        page.goto("").await?;
        page.wait_for_text("#boot", "it has no WebAssembly SIMD", 10.0).await?;
        page.assert_clean().await
    })
}

#[test]
fn a_browser_without_module_workers_is_told_so() -> Result<()> {
    browse(async |page| {
        page.before_load(
            "const Real = Worker;
             window.Worker = class extends Real { constructor(url) { super(url); } };",
        )
        .await?;
        page.goto("").await?;
        page.wait_for_text("#boot", "it has no module workers", 10.0).await?;
        page.assert_clean().await
    })
}
