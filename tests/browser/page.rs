//! One page in one browser.

use super::ask::Ask;
use super::driver::Driver;
use super::proxy::Proxy;
use anyhow::{Context, Result, bail, ensure};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use xtask::Stopwatch;
use xtask::server::StaticServer;

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Seconds until something that is pressed is there, on a busy machine.
const PRESS: f64 = 60.0;

/// A colour scheme that the system could prefer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// What the page did since the last look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Errors and warnings on the console, uncaught exceptions and refused loads included.
    pub complaints: Vec<String>,
    /// Addresses that the page asked for.
    pub requests: Vec<String>,
}

/// A page in a browser of its own.
#[derive(Debug)]
pub struct Page {
    client: Client,
    url: String,
    proxy: Proxy,
    downloads: PathBuf,
}

impl Page {
    pub(super) async fn open(
        driver: &Driver,
        capabilities: Map<String, Value>,
        server: &StaticServer,
        proxy: &Proxy,
        downloads: &Path,
    ) -> Result<Self> {
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(driver.url())
            .await
            .context("the browser did not start")?;
        let page = Self {
            client,
            url: server.url().to_owned(),
            proxy: proxy.clone(),
            downloads: downloads.to_owned(),
        };
        let folder = json!({ "behavior": "allow", "downloadPath": downloads });
        page.cdp("Browser.setDownloadBehavior", folder).await?;
        page.size(1280, 900).await?;
        Ok(page)
    }

    pub(super) async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }

    /// Opens the address `rest` below that of the server, and waits for the page's `load`.
    ///
    /// # Errors
    /// Where the browser does not answer.
    pub async fn goto(&self, rest: &str) -> Result<()> {
        Ok(self.client.goto(&format!("{}{rest}", self.url)).await?)
    }

    /// Where the page is now.
    ///
    /// # Errors
    /// Where the browser does not answer.
    pub async fn address(&self) -> Result<String> {
        Ok(self.client.current_url().await?.into())
    }

    /// What a JavaScript function with this body returns.
    ///
    /// # Errors
    /// Where it throws.
    pub async fn run(&self, body: &str) -> Result<Value> {
        Ok(self.client.execute(body, Vec::new()).await?)
    }

    /// What the promise fulfils to that a JavaScript function with this body returns.
    ///
    /// # Errors
    /// Where it throws or is rejected.
    pub async fn run_async(&self, body: &str) -> Result<Value> {
        let script = format!(
            "const done = arguments[0];
             (async () => {{ {body} }})().then(v => done([v]), e => done(String(e)));"
        );
        match self.client.execute_async(&script, Vec::new()).await? {
            Value::Array(mut values) => Ok(values.pop().unwrap_or_default()),
            error => bail!("{error}"),
        }
    }

    /// The text that a user sees in the first element that `selector` finds.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn text(&self, selector: &str) -> Result<String> {
        let element = self.client.find(Locator::Css(selector)).await;
        Ok(element.with_context(|| format!("no {selector}"))?.text().await?)
    }

    /// Waits until `selector` finds an element that the user sees, and returns its text.
    ///
    /// # Errors
    /// Where there is none after `seconds`.
    pub async fn wait_for(&self, selector: &str, seconds: f64) -> Result<String> {
        self.wait_for_text(selector, "", seconds).await
    }

    /// Waits until `words` can be read in the first element that `selector` finds, and returns all
    /// of its text.
    ///
    /// # Errors
    /// Where they cannot after `seconds`.
    pub async fn wait_for_text(&self, selector: &str, words: &str, seconds: f64) -> Result<String> {
        let watch = Stopwatch::start();
        let mut seen = None;
        loop {
            if let Ok(element) = self.client.find(Locator::Css(selector)).await
                // It may be redrawn between the two questions.
                && let (Ok(true), Ok(text)) = (element.is_displayed().await, element.text().await)
            {
                if text.contains(words) {
                    return Ok(text);
                }
                seen = Some(text);
            }
            ensure!(
                watch.seconds() < seconds,
                "after {seconds} s {selector} has not {words:?} but {seen:?}"
            );
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until the JavaScript expression is true.
    ///
    /// # Errors
    /// Where it is not after `seconds`, or throws.
    pub async fn wait_until(&self, expression: &str, seconds: f64) -> Result<()> {
        let watch = Stopwatch::start();
        while self.run(&format!("return !!({expression})")).await? != Value::Bool(true) {
            ensure!(watch.seconds() < seconds, "after {seconds} s not: {expression}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// The first element with this role and accessible name, as a screen reader would find it.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn by_role(&self, role: &str, name: &str) -> Result<Element> {
        let mut others = Vec::new();
        let selector = "a, button, input, select, textarea, summary, label, [role], [tabindex]";
        for element in self.client.find_all(Locator::Css(selector)).await? {
            let ask = |what| Ask::of_element(&element, what);
            if self.client.issue_cmd(ask("computedrole")).await? != json!(role) {
                continue;
            }
            let label = self.client.issue_cmd(ask("computedlabel")).await?;
            if label == json!(name) {
                return Ok(element);
            }
            others.push(label);
        }
        bail!("no {role} is called {name:?}; there are {others:?}")
    }

    /// Clicks the first element with this role and accessible name.
    ///
    /// # Errors
    /// Where there is none, or it cannot be clicked.
    pub async fn click(&self, role: &str, name: &str) -> Result<()> {
        Ok(self.by_role(role, name).await?.click().await?)
    }

    /// Clicks the first element that `selector` finds, as soon as it can be.
    ///
    /// # Errors
    /// Where there is none that can be clicked after a while.
    pub async fn press(&self, selector: &str) -> Result<()> {
        let watch = Stopwatch::start();
        let quoted = json!(selector);
        let centre = format!(
            "const found = document.querySelector({quoted});
             found?.scrollIntoView({{ block: 'center', behavior: 'instant' }});
             return !!found && !found.disabled
                 && found.getAttribute('aria-disabled') !== 'true'"
        );
        // What is fixed to an edge of the page would take the click of an element below it.
        while self.run(&centre).await? != json!(true) {
            ensure!(watch.seconds() < PRESS, "{selector} cannot be pressed");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(self.client.find(Locator::Css(selector)).await?.click().await?)
    }

    /// Loads the page again, where it is.
    ///
    /// # Errors
    /// Where the browser does not answer.
    pub async fn reload(&self) -> Result<()> {
        Ok(self.client.refresh().await?)
    }

    /// Chooses files in the `<input type="file">` that `selector` finds.
    ///
    /// # Errors
    /// Where there is none, or it takes no (or not so many) files.
    pub async fn upload(&self, selector: &str, files: &[&Path]) -> Result<()> {
        let mut paths = Vec::new();
        for file in files {
            let path = file.canonicalize().with_context(|| format!("no {}", file.display()))?;
            paths.push(path.to_string_lossy().into_owned());
        }
        let input = self.client.find(Locator::Css(selector)).await?;
        Ok(input.send_keys(&paths.join("\n")).await?)
    }

    /// Waits until the browser has stored the download called `name`, and returns where it is.
    ///
    /// # Errors
    /// Where it is not there after `seconds`.
    pub async fn download(&self, name: &str, seconds: f64) -> Result<PathBuf> {
        let watch = Stopwatch::start();
        let file = self.downloads.join(name);
        // Until it is whole it has another name.
        while !file.is_file() {
            let others: Vec<_> = self.downloads.read_dir()?.flatten().collect();
            ensure!(watch.seconds() < seconds, "no download {name} after {seconds} s: {others:?}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(file)
    }

    /// Gives the page this size in pixels.
    ///
    /// # Errors
    /// Where the browser does not answer.
    pub async fn size(&self, width: u32, height: u32) -> Result<()> {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await?;
        Ok(())
    }

    /// Says which colours the user prefers.
    ///
    /// # Errors
    /// Where the browser does not answer.
    pub async fn prefer(&self, scheme: Scheme) -> Result<()> {
        let value = match scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.cdp("Emulation.setEmulatedMedia", features).await?;
        Ok(())
    }

    /// Runs this JavaScript at the start of every page that is opened from now on.
    ///
    /// # Errors
    /// Where the browser does not answer.
    pub async fn before_load(&self, script: &str) -> Result<()> {
        let script = json!({ "source": script });
        self.cdp("Page.addScriptToEvaluateOnNewDocument", script).await?;
        Ok(())
    }

    /// A picture of the whole page, `width` pixels wide, as PNG at `path`.
    ///
    /// # Errors
    /// Where the browser does not answer or the file cannot be written.
    pub async fn screenshot(&self, width: u32, path: &Path) -> Result<()> {
        self.size(width, 800).await?;
        let height = self.run("return document.documentElement.scrollHeight").await?;
        self.size(width, height.as_u64().context("no height")?.try_into()?).await?;
        self.view(path).await
    }

    /// A picture of what can be seen now, as PNG at `path`.
    ///
    /// # Errors
    /// Where the browser does not answer or the file cannot be written.
    pub async fn view(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, self.client.screenshot().await?)?;
        Ok(())
    }

    /// What the page did since it was last asked. Errors inside workers count; their requests are
    /// seen by [`StaticServer::requested`] and [`Page::outside`].
    ///
    /// # Errors
    /// Where the browser does not answer.
    pub async fn outcome(&self) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for entry in self.log("browser").await? {
            if ["SEVERE", "WARNING"].iter().any(|level| entry["level"] == json!(level)) {
                outcome.complaints.push(entry["message"].as_str().unwrap_or_default().to_owned());
            }
        }
        for entry in self.log("performance").await? {
            let message: Value = serde_json::from_str(entry["message"].as_str().unwrap_or("{}"))?;
            let message = &message["message"];
            if message["method"] == json!("Network.requestWillBeSent")
                && let Some(url) = message["params"]["request"]["url"].as_str()
            {
                outcome.requests.push(url.to_owned());
            }
        }
        Ok(outcome)
    }

    /// Fails if the page complained, or asked for anything that is not beside it, since it was last
    /// asked; or if anything in the browser ever asked for something outside of this machine.
    ///
    /// # Errors
    /// With what was complained about or asked for.
    pub async fn assert_clean(&self) -> Result<()> {
        let Outcome { complaints, requests } = self.outcome().await?;
        ensure!(complaints.is_empty(), "on the console: {complaints:#?}");
        let allowed = [self.url.as_str(), "blob:", "data:"];
        let foreign = |url: &&String| !allowed.iter().any(|start| url.starts_with(start));
        let foreign: Vec<_> = requests.iter().filter(foreign).collect();
        ensure!(foreign.is_empty(), "asked for {foreign:#?}");
        let outside = self.outside();
        ensure!(outside.is_empty(), "left the machine: {outside:#?}");
        Ok(())
    }

    /// Every request of this browser, since it was started, that did not stay on this machine.
    pub fn outside(&self) -> Vec<String> {
        self.proxy.asked()
    }

    /// A command of the Chrome `DevTools` Protocol.
    ///
    /// # Errors
    /// Where the browser refuses it.
    pub async fn cdp(&self, command: &str, parameters: Value) -> Result<Value> {
        let body = json!({ "cmd": command, "params": parameters });
        let ask = Ask::with_body("goog/cdp/execute", body);
        self.client.issue_cmd(ask).await.with_context(|| command.to_owned())
    }

    async fn log(&self, kind: &str) -> Result<Vec<Value>> {
        let ask = Ask::with_body("se/log", json!({ "type": kind }));
        match self.client.issue_cmd(ask).await? {
            Value::Array(entries) => Ok(entries),
            other => bail!("not a log: {other}"),
        }
    }

    /// What a failing test leaves for a person to look at; what cannot be had is left out.
    pub(super) async fn leave_evidence(&self, folder: &Path) {
        self.screenshot(1280, &folder.join("page.png")).await.ok();
        if let Ok(html) = self.client.source().await {
            std::fs::write(folder.join("page.html"), html).ok();
        }
        if let Ok(outcome) = self.outcome().await {
            std::fs::write(folder.join("outcome.txt"), format!("{outcome:#?}\n")).ok();
        }
    }
}
