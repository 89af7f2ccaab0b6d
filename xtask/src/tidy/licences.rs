//! Licences of everything that is compiled.

use cargo_metadata::{Metadata, Package};
use spdx::{Expression, ParseMode};

/// What may be used anywhere: nothing is asked but to keep the notice.
const PERMISSIVE: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

/// Crates under another licence that never reach a user, and why they are here.
const EXCEPTIONS: [(&str, &str); 1] = [
    // The WebDriver protocol, for the end-to-end tests.
    ("webdriver", "MPL-2.0"),
];

/// Dependencies whose licence is not permissive, or not told.
pub(super) fn unwanted(metadata: &Metadata) -> Vec<String> {
    let packages = metadata.packages.iter().filter(|p| !is_allowed(p));
    packages
        .map(|p| {
            format!("{} {}: {}", p.name, p.version, p.license.as_deref().unwrap_or("none told"))
        })
        .collect()
}

fn is_allowed(package: &Package) -> bool {
    let licence = package.license.as_deref().unwrap_or_default();
    EXCEPTIONS.contains(&(package.name.as_str(), licence)) || is_permissive(licence)
}

fn is_permissive(licence: &str) -> bool {
    // Old crates write `MIT/Apache-2.0`.
    Expression::parse_mode(licence, ParseMode::LAX).is_ok_and(|expression| {
        expression
            .evaluate(|need| need.license.id().is_some_and(|id| PERMISSIVE.contains(&id.name)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_permissive_choice_is_enough_and_every_part_must_be() {
        for licence in
            ["MIT", "MIT/Apache-2.0", "MPL-2.0 OR MIT", "(MIT OR GPL-2.0) AND Unicode-3.0"]
        {
            assert!(is_permissive(licence), "{licence}");
        }
        for licence in ["", "MPL-2.0", "MIT AND GPL-3.0-only", "LicenseRef-mine"] {
            assert!(!is_permissive(licence), "{licence}");
        }
    }
}
