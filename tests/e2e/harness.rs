//! The tests below this one believe what `browser::Page` tells them. Here it is shown pages that
//! misbehave, and has to notice.

use anyhow::{Result, ensure};
use std::path::{Path, PathBuf};
use trefoil_tests::browser::{artefacts, browse_at};
use xtask::server::StaticServer;

/// A folder with one page, served.
fn site(name: &str, html: &str) -> Result<(StaticServer, PathBuf)> {
    let folder = artefacts().join(format!("site-{name}"));
    std::fs::create_dir_all(&folder)?;
    std::fs::write(
        folder.join("index.html"),
        format!("<!doctype html><link rel=icon href=data:,>{html}"),
    )?;
    Ok((StaticServer::start(&folder, "", 0)?, folder))
}

#[test]
fn a_clean_page_is_clean() -> Result<()> {
    let (server, _) = site("clean", "<p>hello</p>")?;
    browse_at(&server, async |page| {
        page.goto("").await?;
        ensure!(page.wait_for("p", 5.0).await? == "hello");
        ensure!(page.outcome().await?.requests.contains(&server.url().to_owned()));
        page.goto("").await?;
        page.assert_clean().await
    })
}

#[test]
fn complaints_are_heard_from_page_and_worker() -> Result<()> {
    let scripts = [
        "console.error('aha')",
        "throw new Error('aha')",
        "Promise.reject(new Error('aha'))",
        "const w = \"console.error('aha')\"; new Worker(URL.createObjectURL(new Blob([w])))",
        "const w = \"throw new Error('aha')\"; new Worker(URL.createObjectURL(new Blob([w])))",
    ];
    for script in scripts {
        let (server, _) = site("complaint", &format!("<script>{script}</script>"))?;
        browse_at(&server, async |page| {
            page.goto("").await?;
            let mut heard = Vec::new();
            for _ in 0..40 {
                heard.extend(page.outcome().await?.complaints);
                if heard.iter().any(|words| words.contains("aha")) {
                    return Ok(());
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            anyhow::bail!("{script} was not heard: {heard:?}")
        })?;
    }
    Ok(())
}

#[test]
fn requests_that_leave_are_noticed_from_page_and_worker() -> Result<()> {
    let worker = "const w = \"fetch('http://worker.invalid/b').catch(() => 0)\";\
                  new Worker(URL.createObjectURL(new Blob([w])))";
    let html = format!("<img src='http://page.invalid/a.png'><script>{worker}</script>");
    let (server, _) = site("leave", &html)?;
    browse_at(&server, async |page| {
        page.goto("").await?;
        let wanted = ["GET http://page.invalid/a.png", "GET http://worker.invalid/b"];
        for _ in 0..100 {
            let asked = page.outside();
            if wanted.iter().all(|url| asked.iter().any(|a| a == url)) {
                ensure!(page.assert_clean().await.is_err());
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        anyhow::bail!("noticed only {:?}", page.outside())
    })
}

#[test]
fn files_go_in_and_come_out() -> Result<()> {
    let html = "<label>Tables <input type=file multiple></label><p></p>
        <button aria-label='Save it'>x</button>
        <script>
          const input = document.querySelector('input');
          input.onchange = async () => {
            const texts = await Promise.all([...input.files].map(async f => f.name + ':' + await f.text()));
            document.querySelector('p').textContent = texts.join(' ');
          };
          document.querySelector('button').onclick = () => {
            const a = document.createElement('a');
            a.href = URL.createObjectURL(new Blob(['saved']));
            a.download = 'out.txt';
            a.click();
          };
        </script>";
    let (server, folder) = site("files", html)?;
    let files: Vec<PathBuf> = ["a.csv", "b.csv"].iter().map(|name| folder.join(name)).collect();
    for file in &files {
        std::fs::write(file, "1,2")?;
    }
    browse_at(&server, async |page| {
        page.goto("").await?;
        let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
        page.upload("input", &files).await?;
        page.wait_for_text("p", "a.csv:1,2 b.csv:1,2", 5.0).await?;
        ensure!(page.click("button", "x").await.is_err(), "x is not its accessible name");
        page.click("button", "Save it").await?;
        ensure!(std::fs::read_to_string(page.download("out.txt", 10.0).await?)? == "saved");
        page.assert_clean().await
    })
}
