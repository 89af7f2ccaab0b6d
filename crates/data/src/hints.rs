//! Why ids may fail to meet: the usual suspects, tried in turn. Part of `align`.

use crate::parts::Part;
use crate::table::Table;
use std::collections::{HashMap, HashSet};

/// What would make the ids of `table` meet those of `other`, as the rest of a sentence.
pub(crate) fn ids(table: &Table, part: &Part, other: &Table) -> String {
    if let Some((a, b)) = nearly(&table.ids, &other.ids) {
        return format!(
            "; \u{201c}{a}\u{201d} and \u{201c}{b}\u{201d} are different ids, because they are compared letter by letter"
        );
    }
    let known: HashSet<&str> = other.ids.iter().map(String::as_str).collect();
    let names = part.columns.iter().map(|column| column.name.as_str());
    if names.clone().filter(|name| known.contains(name)).count() > 1 {
        return "; its columns are named like the ids of the other file: it may need to be transposed, so that one row is one sample".to_owned();
    }
    let first = |table: &Table| table.ids.first().cloned().unwrap_or_default();
    format!(
        "; they look like \u{201c}{}\u{201d} here and \u{201c}{}\u{201d} there",
        first(table),
        first(other)
    )
}

/// The first two ids that only differ in capitals, leading zeros, a final `.0` or punctuation.
pub(crate) fn nearly<'a>(a: &'a [String], b: &'a [String]) -> Option<(&'a str, &'a str)> {
    let plain = |id: &str| -> String {
        let id = id.strip_suffix(".0").unwrap_or(id).to_lowercase();
        let id: String = id.chars().filter(|c| c.is_alphanumeric()).collect();
        id.trim_start_matches('0').to_owned()
    };
    let known: HashMap<String, &str> = b.iter().map(|id| (plain(id), id.as_str())).collect();
    let mut ids = a.iter().filter(|id| !plain(id).is_empty());
    ids.find_map(|id| Some((id.as_str(), *known.get(&plain(id))?)))
}
