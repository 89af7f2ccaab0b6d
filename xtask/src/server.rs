//! A small static file server, for a person at their own machine and for the tests.

use crate::bundle;
use anyhow::{Context, Result, anyhow};
use std::fs::File;
use std::io::Empty;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use tiny_http::{Header, Method, Request, Response, Server, StatusCode};

/// Where the search for a free port starts.
const FIRST_PORT: u16 = 8080;
/// How many ports it looks at.
const PORTS: u16 = 100;

/// Builds the site and serves it until the user ends it.
///
/// # Errors
/// Where the site cannot be built or no port is free.
pub fn serve(port: Option<u16>) -> Result<()> {
    bundle::build(None)?;
    let first = port.unwrap_or(FIRST_PORT);
    let server = (first..=first.saturating_add(PORTS))
        .find_map(|port| StaticServer::start(&bundle::dist(), "", port).ok())
        .with_context(|| format!("no port from {first} to {} is free", first + PORTS))?;
    println!("\nTrefoil is at {}\nCtrl-C ends it.", server.url());
    server.wait();
    Ok(())
}

/// Serves a folder on 127.0.0.1 until it is dropped.
pub struct StaticServer {
    url: String,
    server: Arc<Server>,
    requested: Arc<Mutex<Vec<String>>>,
    threads: Vec<JoinHandle<()>>,
}

impl StaticServer {
    /// Serves `folder` below `prefix` (empty, or `/x/y`), on `port` or on any if that is 0.
    ///
    /// # Errors
    /// Where the port is taken.
    pub fn start(folder: &Path, prefix: &str, port: u16) -> Result<Self> {
        let server = Server::http(("127.0.0.1", port)).map_err(|error| anyhow!(error))?;
        let address = server.server_addr().to_ip().context("not an IP address")?;
        let server = Arc::new(server);
        let requested = Arc::<Mutex<Vec<String>>>::default();
        let threads = (0..4)
            .map(|_| {
                let (server, requested) = (Arc::clone(&server), Arc::clone(&requested));
                let (folder, prefix) = (folder.to_owned(), prefix.to_owned());
                std::thread::spawn(move || {
                    while let Ok(request) = server.recv() {
                        lock(&requested).push(request.url().to_owned());
                        answer(request, &folder, &prefix);
                    }
                })
            })
            .collect();
        Ok(Self { url: format!("http://{address}{prefix}/"), server, requested, threads })
    }

    /// The address of the folder's `index.html`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was asked for so far, by whoever it was.
    pub fn requested(&self) -> Vec<String> {
        lock(&self.requested).clone()
    }

    /// Serves until the process ends.
    fn wait(mut self) {
        for thread in self.threads.drain(..) {
            thread.join().ok();
        }
    }
}

impl Drop for StaticServer {
    fn drop(&mut self) {
        for _ in &self.threads {
            self.server.unblock();
        }
    }
}

fn lock(requested: &Mutex<Vec<String>>) -> MutexGuard<'_, Vec<String>> {
    requested.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(request: Request, folder: &Path, prefix: &str) {
    let sent = match find(&request, folder, prefix) {
        Found::File(path, file) => {
            let response = Response::from_file(file)
                .with_header(header("Content-Type", media_type(&path)))
                .with_header(header("X-Content-Type-Options", "nosniff"))
                // A new build is seen on the next reload.
                .with_header(header("Cache-Control", "no-cache"));
            request.respond(response)
        }
        Found::Folder(url) => {
            let response: Response<Empty> = Response::empty(StatusCode(301));
            request.respond(response.with_header(header("Location", &url)))
        }
        Found::Nothing => {
            request.respond(Response::from_string("not found\n").with_status_code(404))
        }
        Found::NotAllowed => {
            request.respond(Response::from_string("only GET\n").with_status_code(405))
        }
    };
    // The browser went away before it had everything; there is no one to tell.
    sent.ok();
}

enum Found {
    File(PathBuf, File),
    Folder(String),
    Nothing,
    NotAllowed,
}

fn find(request: &Request, folder: &Path, prefix: &str) -> Found {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return Found::NotAllowed;
    }
    let url = request.url().split(['?', '#']).next().unwrap_or_default();
    let Some(mut path) = resolve(url, folder, prefix) else {
        return Found::Nothing;
    };
    if path.is_dir() {
        // Relative addresses need the slash.
        if !url.ends_with('/') {
            return Found::Folder(format!("{url}/"));
        }
        path.push("index.html");
    }
    match File::open(&path) {
        Ok(file) => Found::File(path, file),
        Err(_) => Found::Nothing,
    }
}

/// The file that `url` names; none where it points out of the folder. Names in `dist/` are plain,
/// so that nothing has to be decoded.
fn resolve(url: &str, folder: &Path, prefix: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix(prefix)?;
    if !rest.is_empty() && !rest.starts_with('/') {
        return None;
    }
    let mut path = folder.to_owned();
    for part in rest.split('/').filter(|part| !part.is_empty()) {
        if part.starts_with('.') || part.contains(['\\', '%', ':']) {
            return None;
        }
        path.push(part);
    }
    Some(path)
}

fn header(name: &str, value: &str) -> Header {
    match Header::from_bytes(name, value) {
        Ok(header) => header,
        Err(()) => unreachable!("{name}: {value} is not a header"),
    }
}

fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|end| end.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("csv") => "text/csv; charset=utf-8",
        Some("tsv") => "text/tab-separated-values; charset=utf-8",
        Some("md" | "txt") => "text/plain; charset=utf-8",
        Some("gz") => "application/gzip",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let folder = Path::new("/site");
        for url in
            ["/../secret", "/a/../../secret", "/%2e%2e/secret", "/..\\secret", "/.git/config"]
        {
            assert_eq!(resolve(url, folder, ""), None, "{url}");
        }
        assert_eq!(resolve("/a/b.js", folder, ""), Some(folder.join("a/b.js")));
    }

    #[test]
    fn a_sub_path_is_all_there_is() {
        let folder = Path::new("/site");
        assert_eq!(resolve("/x/y/a.js", folder, "/x/y"), Some(folder.join("a.js")));
        assert_eq!(resolve("/x/y", folder, "/x/y"), Some(folder.to_owned()));
        assert_eq!(resolve("/x/yz/a.js", folder, "/x/y"), None);
        assert_eq!(resolve("/a.js", folder, "/x/y"), None);
    }
}
