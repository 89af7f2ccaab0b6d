//! Pages from small documents, and what holds for those of this repository.

use super::*;
use std::collections::BTreeSet;

fn document(path: &str, text: &str) -> Document {
    Document { path: path.to_owned(), text: text.to_owned() }
}

/// The body of a page beside `methods/b.md` and `sharing-map.md`.
fn rendered(text: &str) -> Result<Body> {
    let others = [document("methods/b.md", "# B"), document("sharing-map.md", "# Map")];
    body(&document("methods/README.md", text), &others, &["a.svg".to_owned()])
}

#[test]
fn links_lead_to_pages() {
    let text = "# T\n[b](b.md) [c](b.md#c) [map](../sharing-map.md) [far](https://a.b/c.md) \
                [here](#t) [code](../../crates/x.rs) [above](../../../x)";
    let html = rendered(text).expect("a page").html;
    let found: Vec<_> = values(&html, "href").collect();
    assert_eq!(found, ["b.html", "b.html#c", "sharing-map.html", "https://a.b/c.md", "#t"]);
    assert!(html.contains(" code above"), "{html}");
}

#[test]
fn a_page_has_its_first_heading_as_title_and_no_inline_style() {
    let text =
        "# `a` & b\n\n## Two (x)\n\n| a | b |\n|--:|:-:|\n| 1 | 2 |\n\n    code\n\n![A](a.svg)";
    let Body { title, html } = rendered(text).expect("a page");
    assert_eq!(title, "a &amp; b");
    assert!(html.contains("<h2 id=\"two-x\">"), "{html}");
    assert!(!html.contains("style="), "{html}");
    assert_eq!(html.matches(WIDE).count(), 2, "{html}");
    assert_eq!(html.matches("<div").count(), html.matches("</div>").count(), "{html}");
    assert!(html.contains("<img src=\"a.svg\" alt=\"A\""), "{html}");
}

#[test]
fn what_cannot_be_a_page_is_refused() {
    for text in ["no heading", "# T\n<b>x</b>", "# T\n\n<p>x</p>", "# T\n![x](gone.svg)"] {
        assert!(rendered(text).is_err(), "{text}");
    }
}

#[test]
fn the_policy_is_that_of_the_app() {
    let html = "<meta\n http-equiv=\"Content-Security-Policy\"\n content=\"x 'self'\"\n/>";
    assert_eq!(policy(html).expect("one"), "x 'self'");
    assert!(policy("<p></p>").is_err());
    for (name, page) in pages() {
        assert!(page.contains("content=\"default-src 'none'; script-src 'self'"), "{name}");
    }
}

/// The values of an attribute.
fn values<'a>(html: &'a str, attribute: &str) -> impl Iterator<Item = &'a str> {
    let start = format!(" {attribute}=\"");
    let parts: Vec<_> = html.split(start.as_str()).skip(1).collect();
    parts.into_iter().map(|part| part.split('"').next().unwrap_or_default())
}

fn is_a(name: &str, end: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, e)| e == end)
}

fn pages() -> impl Iterator<Item = (String, String)> {
    let files = files(&crate::root()).expect("pages");
    files.into_iter().filter(|(name, _)| is_a(name, "html"))
}

#[test]
fn every_local_link_of_the_site_resolves() {
    let files = files(&crate::root()).expect("pages");
    for name in ["index", "clip", "symile", "hcl", "coral", "sharing-map"] {
        assert!(files.contains_key(&format!("{name}.html")), "{name}");
    }
    let mut links = 0;
    for (name, page) in pages() {
        let ids: Vec<_> = values(&page, "id").collect();
        let distinct: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), distinct.len(), "headings of {name}: {ids:?}");
        for link in values(&page, "href").chain(values(&page, "src")) {
            if link == "../" || link.starts_with("https://") {
                continue;
            }
            let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { &name } else { file };
            let there = files.get(file).unwrap_or_else(|| panic!("{name} links to {link}"));
            let id = format!(" id=\"{fragment}\"");
            assert!(fragment.is_empty() || there.contains(&id), "{name} links to {link}");
            links += 1;
        }
    }
    assert!(links > 20, "{links} links");
}

#[test]
fn pages_and_pictures_are_still_and_ask_nobody() {
    for (name, text) in files(&crate::root()).expect("pages") {
        if is_a(&name, "css") {
            continue;
        }
        for never in ["<script", " style=", " onload=", "@import", "@font-face", "url("] {
            assert!(!text.contains(never), "{name} has {never}");
        }
        if is_a(&name, "svg") {
            let elsewhere = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!elsewhere.contains("//"), "{name} names an address");
        }
    }
}

/// The settings in `crates/protocol`: each key with its general default, as the macro has it.
fn settings() -> (String, BTreeMap<String, String>) {
    let folder = crate::root().join("crates/protocol/src");
    let parts = ["settings.rs", "settings/choices.rs"];
    let text = parts.map(|part| read(&folder.join(part)).expect("settings")).concat();
    let lines = text.lines().filter(|line| line.contains("Kind::") && line.contains(" = "));
    let found = lines.filter_map(|line| {
        let (key, rest) = line.trim().split_once(": ")?;
        let default = rest.split_once(" = ")?.1.split(',').next()?;
        key.chars().all(|c| c.is_ascii_lowercase() || c == '_').then_some(())?;
        // A choice by its word, where that is not its name.
        let word = default.split_once("::").map(|(_, variant)| {
            let written = text.split(&format!(" {variant} = \"")).nth(1);
            let word = written.and_then(|rest| rest.split('"').next());
            word.map_or_else(|| variant.to_lowercase(), str::to_owned)
        });
        Some((key.to_owned(), word.unwrap_or_else(|| default.to_owned())))
    });
    let found = found.collect();
    (text, found)
}

/// The code spans of each document on methods, those in the first column of a table headed
/// "Setting" apart, with the second column.
fn mentions(text: &str) -> (Vec<String>, Vec<(String, String)>) {
    let (mut spans, mut table) = (Vec::new(), Vec::new());
    let mut in_settings = false;
    for line in text.lines() {
        if !line.starts_with('|') {
            in_settings = false;
        } else if line.starts_with("| Setting |") {
            in_settings = true;
        }
        let codes = || line.split('`').skip(1).step_by(2).map(str::to_owned);
        if in_settings && line.starts_with("| `") {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let keys = cells[0].split('`').skip(1).step_by(2);
            table.extend(keys.map(|key| (key.to_owned(), cells[1].to_owned())));
        }
        spans.extend(codes());
    }
    (spans, table)
}

/// Whether some objective's own default of `key` is this, in `crates/protocol/src/objective.rs`.
fn is_own_default(key: &str, value: &str) -> bool {
    let text = read(&crate::root().join("crates/protocol/src/objective.rs")).expect("defaults");
    let starts = [format!(" {key}: "), format!("let {key} = ")];
    let values = starts.iter().flat_map(|start| text.split(start.as_str()).skip(1));
    let mut values = values.filter_map(|rest| rest.split([',', ' ', ';', '}']).next());
    values.any(|found| match (found.parse::<f64>(), value.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.to_bits() == b.to_bits(),
        _ => found.rsplit("::").next().is_some_and(|word| word.eq_ignore_ascii_case(value)),
    })
}

#[test]
fn every_setting_that_is_named_exists() {
    let (source, settings) = settings();
    assert_eq!(settings.get("mask").map(String::as_str), Some("0.75"));
    assert_eq!(settings.get("negatives").map(String::as_str), Some("n"));
    let (documents, _) = sources(&crate::root()).expect("documents");
    let mut named = BTreeSet::new();
    for Document { path, text } in documents.iter().filter(|d| d.path.starts_with(FOLDER)) {
        let (spans, table) = mentions(text);
        for (key, default) in table {
            let expected = settings.get(&key).unwrap_or_else(|| panic!("{path}: no setting {key}"));
            let same = |text: &str| match (text.parse::<f64>(), expected.parse::<f64>()) {
                (Ok(a), Ok(b)) => a.to_bits() == b.to_bits(),
                _ => text == expected,
            };
            let holds = match default.strip_suffix(" here") {
                Some(own) => is_own_default(&key, own),
                None => same(&default),
            };
            assert!(holds, "{path}: {key} is {expected}, not {default}");
            named.insert(key);
        }
        let words = spans.iter().flat_map(|span| span.split([' ', ':']));
        // Sizes of blocks have commas and equals signs of their own.
        let words = words.filter(|word| !word.starts_with("ranks=a+b=")).flat_map(|w| w.split(','));
        for (key, value) in words.filter_map(|word| word.split_once('=')) {
            if key.is_empty() || !key.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
                continue;
            }
            assert!(settings.contains_key(key), "{path}: no setting {key} of {key}={value}");
            let known = value.parse::<f64>().is_ok() || source.contains(&format!("\"{value}\""));
            assert!(known, "{path}: {key} is never {value}");
            named.insert(key.to_owned());
        }
    }
    let missing: Vec<_> = settings.keys().filter(|key| !named.contains(*key)).collect();
    assert!(missing.is_empty(), "no page on a method names {missing:?}");
}
