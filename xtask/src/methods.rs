//! The pages about the methods, in `dist/methods/`: `docs/methods/*.md` as HTML, so that Trefoil can
//! link them and a visitor can read them without a network.
//!
//! They have the policy of `index.html`: no script and no inline style, so tables are not aligned by
//! attributes. A link to another page leads to its HTML; one to a file that is not in the site
//! leaves only its words.

use anyhow::{Context, Result, bail};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Folder of the pages, in `docs/` and in the site.
const FOLDER: &str = "methods";
/// Pages of `docs/` itself that those on methods rest on.
const BESIDE: [&str; 2] = ["defaults.md", "sharing-map.md"];
/// Files that every page needs: where they are kept, and their names beside the pages.
const ASSETS: [(&str, &str); 2] =
    [("assets/methods.css", "style.css"), ("assets/icon.svg", "icon.svg")];

/// A document that becomes a page.
struct Document {
    /// Path from `docs/`, with slashes.
    path: String,
    text: String,
}

impl Document {
    /// Name of the page.
    fn page(&self) -> String {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        if name == "README.md" { "index.html".to_owned() } else { name.replace(".md", ".html") }
    }
}

/// Writes the pages and what they need into `methods/` of the site.
///
/// # Errors
/// Where a file cannot be read or written, or a document is not what a page can be made of.
pub fn write(root: &Path, dist: &Path) -> Result<()> {
    let folder = dist.join(FOLDER);
    std::fs::create_dir_all(&folder)?;
    for (name, text) in files(root)? {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}

/// Everything that lies in `methods/` of the site, by name.
fn files(root: &Path) -> Result<BTreeMap<String, String>> {
    let index = read(&root.join("index.html"))?;
    let policy = policy(&index)?;
    let (documents, mut files) = sources(root)?;
    for (path, name) in ASSETS {
        files.insert(name.to_owned(), read(&root.join(path))?);
    }
    let pictures: Vec<String> = files.keys().cloned().collect();
    for document in &documents {
        let page = page(document, &documents, &pictures, policy)
            .with_context(|| format!("docs/{} cannot be a page", document.path))?;
        if files.insert(document.page(), page).is_some() {
            bail!("two documents become {}", document.page());
        }
    }
    Ok(files)
}

/// The documents in the order of their names, and the pictures by name.
fn sources(root: &Path) -> Result<(Vec<Document>, BTreeMap<String, String>)> {
    let docs = root.join("docs");
    let mut documents = Vec::new();
    let mut pictures = BTreeMap::new();
    for name in BESIDE {
        documents.push(Document { path: name.to_owned(), text: read(&docs.join(name))? });
    }
    let folder = docs.join(FOLDER);
    let entries = folder.read_dir().with_context(|| format!("no {}", folder.display()))?;
    for entry in entries {
        let file = entry?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match file.extension().and_then(|end| end.to_str()) {
            Some("md") => {
                documents.push(Document { path: format!("{FOLDER}/{name}"), text: read(&file)? });
            }
            Some("svg") => {
                pictures.insert(name, read(&file)?);
            }
            _ => bail!("docs/{FOLDER}/{name} is neither Markdown nor SVG"),
        }
    }
    documents.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((documents, pictures))
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// The content security policy of a page.
fn policy(html: &str) -> Result<&str> {
    let meta = html.split("http-equiv=\"Content-Security-Policy\"").nth(1);
    let content = meta.and_then(|rest| rest.split("content=\"").nth(1)?.split('"').next());
    content.context("index.html has no content security policy")
}

/// A document as a whole page.
fn page(
    document: &Document,
    documents: &[Document],
    pictures: &[String],
    policy: &str,
) -> Result<String> {
    let Body { title, html } = body(document, documents, pictures)?;
    let up = if document.page() == "index.html" {
        String::new()
    } else {
        "<a href=\"index.html\">All methods</a>".to_owned()
    };
    Ok(format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="{policy}" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<meta name="referrer" content="no-referrer" />
<title>{title} – Trefoil</title>
<link rel="icon" href="icon.svg" />
<link rel="stylesheet" href="style.css" />
</head>
<body>
<nav><a href="../">Back to Trefoil</a>{up}</nav>
<main>
{html}</main>
</body>
</html>
"#
    ))
}

struct Body {
    /// The first heading, escaped.
    title: String,
    html: String,
}

const OPTIONS: Options = Options::ENABLE_TABLES.union(Options::ENABLE_SMART_PUNCTUATION);

/// Around what is wider than a phone: it scrolls by itself, by keyboard too.
const WIDE: &str = "<div class=\"wide\" tabindex=\"0\">";

fn body(document: &Document, documents: &[Document], pictures: &[String]) -> Result<Body> {
    let mut events = Vec::new();
    let mut title = None;
    // Where the heading began that is being read, and its words.
    let mut heading: Option<(usize, String)> = None;
    // Whether each link that is open is kept.
    let mut links = Vec::new();
    for event in Parser::new_ext(&document.text, OPTIONS) {
        if let (Some((_, words)), Event::Text(text) | Event::Code(text)) = (&mut heading, &event) {
            words.push_str(text);
        }
        match event {
            Event::Html(_) | Event::InlineHtml(_) => bail!("it has HTML of its own"),
            Event::Start(Tag::Table(alignments)) => {
                events.push(Event::Html(WIDE.into()));
                // An alignment would become an attribute `style`.
                let none = vec![pulldown_cmark::Alignment::None; alignments.len()];
                events.push(Event::Start(Tag::Table(none)));
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                events.push(Event::Html(WIDE.into()));
                events.push(Event::Start(Tag::CodeBlock(kind)));
            }
            Event::End(end @ (TagEnd::Table | TagEnd::CodeBlock)) => {
                events.push(Event::End(end));
                events.push(Event::Html("</div>\n".into()));
            }
            Event::Start(Tag::Heading { .. }) => {
                heading = Some((events.len(), String::new()));
                events.push(event);
            }
            Event::End(TagEnd::Heading(_)) => {
                let (start, words) = heading.take().context("a heading ends that did not begin")?;
                if let Some(Event::Start(Tag::Heading { id, .. })) = events.get_mut(start) {
                    *id = Some(slug(&words).into());
                }
                title.get_or_insert(words);
                events.push(event);
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let led = lead(document, &dest_url, documents);
                links.push(led.is_some());
                if let Some(led) = led {
                    let dest_url = CowStr::from(led);
                    events.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
                }
            }
            Event::End(TagEnd::Link) => {
                if links.pop() == Some(true) {
                    events.push(Event::End(TagEnd::Link));
                }
            }
            Event::Start(Tag::Image { ref dest_url, .. }) => {
                if !pictures.iter().any(|name| **name == **dest_url) {
                    bail!("there is no picture {dest_url}");
                }
                events.push(event);
            }
            other => events.push(other),
        }
    }
    let title = title.context("it has no heading")?;
    let mut written = Body { title: String::new(), html: String::new() };
    html::push_html(&mut written.title, std::iter::once(Event::Text(title.into())));
    html::push_html(&mut written.html, events.into_iter());
    Ok(written)
}

/// Where a link of a document leads in the site; none where the site does not have it.
fn lead(from: &Document, link: &str, documents: &[Document]) -> Option<String> {
    if link.starts_with('#') || link.starts_with("https://") {
        return Some(link.to_owned());
    }
    let (path, fragment) = link.split_once('#').map_or((link, None), |(p, f)| (p, Some(f)));
    let folder = from.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    let path = parts.join("/");
    let mut led = documents.iter().find(|document| document.path == path)?.page();
    if let Some(fragment) = fragment {
        // Writing to a string does not fail.
        write!(led, "#{fragment}").ok()?;
    }
    Some(led)
}

/// The fragment of a heading, as code hosts make it.
fn slug(words: &str) -> String {
    let kept = words.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests;
