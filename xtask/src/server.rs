//! A small static file server, for a person at their own machine and for the tests.

use crate::bundle;
use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, HeaderName, LAST_MODIFIED, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{map_request_with_state, map_response};
use axum::response::Response;
use std::future::pending;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

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

/// What was asked for so far.
type Requested = Arc<Mutex<Vec<String>>>;

/// Serves a folder on 127.0.0.1 until it is dropped.
#[derive(Debug)]
pub struct StaticServer {
    url: String,
    requested: Requested,
    runtime: Option<Runtime>,
}

impl StaticServer {
    /// Serves `folder` below `prefix` (empty, or `/x/y`), on `port` or on any if that is 0.
    ///
    /// # Errors
    /// Where the port is taken.
    pub fn start(folder: &Path, prefix: &str, port: u16) -> Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, port)))?;
        let address = listener.local_addr()?;
        let requested = Requested::default();
        let site = site(folder, prefix, &requested);
        runtime.spawn(async { axum::serve(listener, site).await });
        Ok(Self { url: format!("http://{address}{prefix}/"), requested, runtime: Some(runtime) })
    }

    /// The address of the folder's `index.html`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was asked for so far, by whoever it was.
    pub fn requested(&self) -> Vec<String> {
        self.requested.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves until the process ends.
    fn wait(mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.block_on(pending::<()>());
        }
    }
}

impl Drop for StaticServer {
    fn drop(&mut self) {
        // Browsers keep connections open for minutes; nobody waits for them.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn site(folder: &Path, prefix: &str, requested: &Requested) -> Router {
    let files = ServeDir::new(folder);
    let site = Router::new();
    let site = if prefix.is_empty() {
        site.fallback_service(files)
    } else {
        site.nest_service(prefix, files)
    };
    let always = |name: HeaderName, value| {
        SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
    };
    site.layer(always(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // A new build is seen on the next reload; the time of a file, in whole seconds, would hide
        // one that came soon after another.
        .layer(always(CACHE_CONTROL, "no-cache"))
        .layer(map_response(without_time))
        .layer(map_request_with_state(Arc::clone(requested), note))
}

async fn without_time(mut response: Response) -> Response {
    response.headers_mut().remove(LAST_MODIFIED);
    response
}

async fn note(State(requested): State<Requested>, request: Request) -> Request {
    let mut requested = requested.lock().unwrap_or_else(PoisonError::into_inner);
    requested.push(request.uri().to_string());
    request
}

#[cfg(test)]
mod tests {
    use super::StaticServer;
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::path::PathBuf;
    use std::time::Duration;

    /// A browser opens several connections at once and keeps them for minutes.
    #[test]
    fn no_connection_waits_for_another_to_end() {
        let folder = xtask_folder();
        // It is the first connections that come faster than threads wake.
        for _ in 0..200 {
            let server = StaticServer::start(&folder, "", 0).expect("a port");
            let address = server.url().trim_start_matches("http://").trim_end_matches('/');
            let mut open: Vec<TcpStream> =
                (0..12).map(|_| TcpStream::connect(address).expect("a connection")).collect();
            for stream in &mut open {
                stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
                stream.write_all(b"GET /Cargo.toml HTTP/1.1\r\nHost: a\r\n\r\n").expect("sent");
            }
            for stream in &mut open {
                let mut answer = [0; 12];
                stream.read_exact(&mut answer).expect("an answer");
                assert_eq!(&answer, b"HTTP/1.1 200");
            }
        }
    }

    fn xtask_folder() -> PathBuf {
        crate::root().join("xtask")
    }

    /// The status line, and what follows it.
    fn get(server: &StaticServer, path: &str) -> String {
        let address = server.url().trim_start_matches("http://").split('/').next().expect("one");
        let mut stream = TcpStream::connect(address).expect("a connection");
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("text");
        answer
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let server = StaticServer::start(&xtask_folder().join("src"), "", 0).expect("a port");
        assert!(get(&server, "/server.rs").starts_with("HTTP/1.1 200"));
        for path in ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "/a/../../Cargo.toml", "/nothing"] {
            let answer = get(&server, path);
            assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
        }
    }

    #[test]
    fn a_sub_path_is_all_there_is() {
        let server = StaticServer::start(&xtask_folder(), "/x/y", 0).expect("a port");
        assert!(get(&server, "/x/y/Cargo.toml").starts_with("HTTP/1.1 200"));
        assert!(get(&server, "/x/yz/Cargo.toml").starts_with("HTTP/1.1 404"));
        assert!(get(&server, "/Cargo.toml").starts_with("HTTP/1.1 404"));
        assert_eq!(server.requested(), ["/x/y/Cargo.toml", "/x/yz/Cargo.toml", "/Cargo.toml"]);
    }
}
