//! What was dropped or changed, in words. Every notice of the crate is made here or through here,
//! so that a file with a thousand odd columns does not bury the page.

use std::collections::BTreeMap;
use trefoil_protocol::Notice;

/// Notices of one kind about one file that are shown one by one.
const SHOWN: usize = 5;

pub(crate) fn notice(
    code: &str,
    file: Option<&str>,
    column: Option<&str>,
    message: String,
) -> Notice {
    Notice {
        code: code.to_owned(),
        file: file.map(str::to_owned),
        column: column.map(str::to_owned),
        message,
    }
}

/// A few names and how many there are besides: “a”, “b”, “c” and 7 more.
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<_> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("\u{201c}{}\u{201d}", shorten(name.as_ref())))
        .collect();
    let rest = names.len().saturating_sub(SHOWN);
    match rest {
        0 => quoted.join(", "),
        rest => format!("{} and {rest} more", quoted.join(", ")),
    }
}

/// The start of a text that may be a whole paragraph.
pub(crate) fn shorten(text: &str) -> String {
    const LENGTH: usize = 40;
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}\u{2026}", &text[..end]),
        None => text.to_owned(),
    }
}

/// Keeps the first notices of each kind and file, and counts the others.
pub(crate) fn condense(notices: Vec<Notice>) -> Vec<Notice> {
    let key = |n: &Notice| (n.code.clone(), n.file.clone());
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    let mut kept = Vec::new();
    for notice in notices {
        let count = counts.entry(key(&notice)).or_default();
        *count += 1;
        if *count <= SHOWN {
            kept.push(notice);
        }
    }
    for ((code, file), count) in counts {
        if count > SHOWN {
            let rest = count - SHOWN;
            let message = format!("{rest} more columns of this file likewise");
            kept.push(notice(&code, file.as_deref(), None, message));
        }
    }
    kept
}
