//! A proxy that lets nothing through. Chromium asks it for everything that is not on this machine,
//! whoever asks in the browser: page, worker, or the browser itself.

use anyhow::Result;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// What Chromium may ask for on its own account, whatever page it shows. `webdriver.json` turns off
/// what can be turned off; the rest differs between versions.
const BROWSERS_OWN: [&str; 7] = [
    "accounts.google.com",
    "android.clients.google.com",
    "clients2.google.com",
    "mtalk.google.com",
    "optimizationguide-pa.googleapis.com",
    "safebrowsing.googleapis.com",
    "update.googleapis.com",
];

/// The proxy, and what it was asked for.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Listens until the process ends.
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let proxy = Self { address: listener.local_addr()?, asked: Arc::default() };
        let asked = Arc::clone(&proxy.asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let asked = Arc::clone(&asked);
                std::thread::spawn(move || refuse(&stream, &asked));
            }
        });
        Ok(proxy)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far, as `GET http://host/path` or `CONNECT host:443`, but for Chromium's own.
    pub(super) fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = |request: &&String| !BROWSERS_OWN.contains(&host(request));
        asked.iter().filter(theirs).cloned().collect()
    }
}

fn refuse(mut stream: &TcpStream, asked: &Mutex<Vec<String>>) {
    let mut line = String::new();
    if BufReader::new(stream).read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
        let request = line.rsplit_once(' ').map_or(line.trim(), |(request, _)| request);
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(request.to_owned());
    }
    stream
        .write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .ok();
}

fn host(request: &str) -> &str {
    let address = request.rsplit(' ').next().unwrap_or_default();
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    address.split(['/', ':']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn the_host_is_that_of_the_request() {
        assert_eq!(host("CONNECT update.googleapis.com:443"), "update.googleapis.com");
        assert_eq!(host("GET http://fonts.googleapis.com/css?a=:/"), "fonts.googleapis.com");
        assert_eq!(host("GET http://a.b:80/update.googleapis.com"), "a.b");
    }
}
