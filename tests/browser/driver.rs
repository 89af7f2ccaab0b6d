//! The process that drives the browser.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A running chromedriver; ends when dropped.
#[derive(Debug)]
pub(super) struct Driver {
    process: Child,
    url: String,
}

/// It binds the port that it is given in IPv4 to the same number in IPv6, which another program may
/// have: then it ends, and the next one gets another number.
const ATTEMPTS: usize = 5;

impl Driver {
    /// Starts it on any free port.
    pub(super) fn start() -> Result<Self> {
        let program = xtask::browser::chromedriver()?;
        let mut said = String::new();
        for _ in 0..ATTEMPTS {
            let mut process = Command::new(&program)
                .arg("--port=0")
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .with_context(|| format!("{} did not start", program.display()))?;
            let output = process.stdout.take().context("no output to read")?;
            let mut driver = Self { process, url: String::new() };
            let mut lines = BufReader::new(output).lines().map_while(Result::ok);
            said.clear();
            for line in lines.by_ref() {
                if let Some(port) = port(&line) {
                    driver.url = format!("http://127.0.0.1:{port}");
                    // It must be able to go on writing.
                    std::thread::spawn(move || lines.for_each(drop));
                    return Ok(driver);
                }
                said.push_str(&line);
                said.push('\n');
            }
        }
        bail!("chromedriver did not start: {said}")
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

/// `ChromeDriver was started successfully on port 41213.`
fn port(line: &str) -> Option<u16> {
    let port = line.split_once("successfully on port ")?.1;
    port.trim_end_matches('.').parse().ok()
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
