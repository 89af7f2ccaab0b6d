//! The dependency table of `ARCHITECTURE.md`, held against the workspace.

use cargo_metadata::{DependencyKind, Metadata, Package};
use std::collections::{BTreeMap, BTreeSet};

/// Crate and what it may depend on, without the prefix `trefoil-`.
type Table = BTreeMap<String, BTreeSet<String>>;

/// What the workspace does and the table does not allow, and crates that only one of them has.
pub(super) fn broken(architecture: &str, metadata: &Metadata) -> Vec<String> {
    let table = table(architecture);
    if table.is_empty() {
        return vec![
            "ARCHITECTURE.md has no table with a column \u{201c}may depend on\u{201d}".to_owned(),
        ];
    }
    let packages = metadata.workspace_packages();
    let uses: Table = packages.iter().map(|p| (short(&p.name), used(p, &packages))).collect();
    compare(&table, &uses)
}

fn compare(table: &Table, uses: &Table) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, used) in uses {
        let Some(allowed) = table.get(name) else {
            wrong.push(format!("{name} is not in the table"));
            continue;
        };
        let more = used.difference(allowed);
        wrong.extend(more.map(|other| format!("{name} depends on {other}")));
    }
    let gone = table.keys().filter(|name| !uses.contains_key(*name));
    wrong.extend(gone.map(|name| format!("{name} is in the table, but there is no such crate")));
    wrong
}

/// The workspace's crates that `package` depends on to be built; its tests may use any.
fn used(package: &Package, packages: &[&Package]) -> BTreeSet<String> {
    let dependencies = package.dependencies.iter();
    dependencies
        .filter(|d| d.kind != DependencyKind::Development)
        .filter(|d| packages.iter().any(|p| *p.name == d.name))
        .map(|d| short(&d.name))
        .collect()
}

fn short(name: &str) -> String {
    name.strip_prefix("trefoil-").unwrap_or(name).to_owned()
}

/// Reads the first table whose last column is "may depend on"; names stand in backticks.
fn table(architecture: &str) -> Table {
    let rows = architecture.lines().skip_while(|line| !line.contains("| may depend on |"));
    let rows = rows.skip(2).take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| {
        let mut cells = row.trim_matches('|').split('|');
        let name = quoted(cells.next()?).next()?;
        Some((name, quoted(cells.next_back()?).collect()))
    })
    .collect()
}

/// Words in backticks.
fn quoted(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
Words.

| crate | one line | may depend on |
|---|---|---|
| `protocol` | words | nothing |
| `app` (bin) | the `page` | `protocol`, `plot` |

| `other` | table | `x` |
";

    fn uses(pairs: &[(&str, &[&str])]) -> Table {
        let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        pairs.iter().map(|(name, used)| ((*name).to_owned(), set(used))).collect()
    }

    #[test]
    fn the_table_is_read() {
        assert_eq!(table(TEXT), uses(&[("app", &["plot", "protocol"]), ("protocol", &[])]));
    }

    #[test]
    fn what_is_not_allowed_is_named() {
        let found = uses(&[("app", &["protocol", "train"]), ("gpu", &[])]);
        let expected = [
            "app depends on train",
            "gpu is not in the table",
            "protocol is in the table, but there is no such crate",
        ];
        assert_eq!(compare(&table(TEXT), &found), expected);
    }
}
