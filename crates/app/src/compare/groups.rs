//! Components in groups by the modalities they can be read from, the same groups in every column.

use std::collections::BTreeSet;
use trefoil_protocol::{Cell, Component, Sharing};

/// A set of modalities that some column has components for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Names, in the order of the data.
    pub(super) subset: Vec<String>,
    /// Most components that a column has in it.
    pub(super) most: usize,
}

impl Group {
    /// Whether it is about one modality alone.
    pub(super) fn own(&self) -> bool {
        self.subset.len() == 1
    }

    /// `image + text`, or `image alone`.
    pub(super) fn words(&self, modalities: usize) -> String {
        subset_words(&self.subset, modalities)
    }
}

/// `image + text`; `image alone`; `all four`.
pub(super) fn subset_words(subset: &[String], modalities: usize) -> String {
    match subset {
        [one] => format!("{one} alone"),
        all if all.len() == modalities && modalities > 3 => {
            const WORDS: [&str; 5] = ["four", "five", "six", "seven", "eight"];
            format!("all {}", WORDS.get(modalities - 4).unwrap_or(&"modalities"))
        }
        several => several.join(" + "),
    }
}

/// Every set of modalities with a component or a weight in some map: larger sets first, then in
/// the order of the data.
pub(super) fn groups(modalities: &[String], maps: &[&Sharing]) -> Vec<Group> {
    let place = |name: &String| modalities.iter().position(|m| m == name).unwrap_or(usize::MAX);
    let ordered = |subset: &[String]| {
        let mut places: Vec<(usize, String)> =
            subset.iter().map(|n| (place(n), n.clone())).collect();
        places.sort();
        (usize::MAX - places.len(), places)
    };
    let subsets: BTreeSet<(usize, Vec<(usize, String)>)> = maps
        .iter()
        .flat_map(|map| {
            let components = map.components.iter().map(|c| ordered(&c.subset));
            components.chain(map.subsets.iter().map(|s| ordered(&s.subset)))
        })
        .collect();
    subsets
        .into_iter()
        .map(|(_, places)| {
            let subset: Vec<String> = places.into_iter().map(|(_, name)| name).collect();
            let most = maps.iter().map(|map| members(map, &subset).len()).max().unwrap_or(0);
            Group { subset, most }
        })
        .collect()
}

/// The components of `map` that belong to `subset`, those that explain most first.
pub(super) fn members<'a>(map: &'a Sharing, subset: &[String]) -> Vec<&'a Component> {
    let mut found: Vec<&Component> =
        map.components.iter().filter(|c| same(&c.subset, subset)).collect();
    found.sort_by(|a, b| explained(b).total_cmp(&explained(a)));
    found
}

/// Whether two lists name the same modalities.
pub(super) fn same(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|name| b.contains(name))
}

fn explained(component: &Component) -> f64 {
    component.weight.values().filter_map(|cell: &Cell| cell.mean).sum()
}

/// Sets of two modalities or more that no map has anything for, larger ones first.
pub(super) fn absent(modalities: &[String], groups: &[Group]) -> Vec<Vec<String>> {
    let count = modalities.len().min(16);
    let mut sets: Vec<Vec<String>> = (1_u32..1 << count)
        .filter(|bits| bits.count_ones() > 1)
        .map(|bits| {
            let on = modalities.iter().enumerate().filter(|(m, _)| bits >> m & 1 == 1);
            on.map(|(_, name)| name.clone()).collect()
        })
        .filter(|set: &Vec<String>| !groups.iter().any(|g| same(&g.subset, set)))
        .collect();
    sets.sort_by_key(|set| std::cmp::Reverse(set.len()));
    sets
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use trefoil_protocol::SubsetWeight;

    fn names(text: &str) -> Vec<String> {
        text.split('+').map(str::to_owned).collect()
    }

    fn component(subset: &str, weight: f64) -> Component {
        let cell = Cell { mean: Some(weight), ..Cell::default() };
        Component {
            subset: names(subset),
            seeds: 1,
            readability: BTreeMap::new(),
            weight: BTreeMap::from([("a".to_owned(), cell)]),
        }
    }

    fn map(components: Vec<Component>) -> Sharing {
        Sharing { components, ..Sharing::default() }
    }

    #[test]
    fn all_columns_have_the_same_groups_in_the_order_of_the_data() {
        let data = names("c+a+b");
        let one = map(vec![component("a", 0.1), component("a+c", 0.1), component("a+c", 0.3)]);
        let mut other = map(vec![component("c+a+b", 0.2)]);
        other.subsets = vec![SubsetWeight { subset: names("b"), weight: BTreeMap::new() }];
        let found = groups(&data, &[&one, &other]);
        let listed: Vec<_> = found.iter().map(|g| (g.subset.join("+"), g.most)).collect();
        let expected = [("c+a+b", 1), ("c+a", 2), ("a", 1), ("b", 0)];
        assert_eq!(listed, expected.map(|(s, n)| (s.to_owned(), n)));
        let first = members(&one, &names("c+a"))[0];
        assert!(explained(first) > 0.2, "the one that explains more comes first");
        let missing: Vec<_> = absent(&data, &found).iter().map(|s| s.join("+")).collect();
        assert_eq!(missing, ["c+b", "a+b"]);
    }

    #[test]
    fn sets_have_names() {
        assert_eq!(subset_words(&names("a"), 3), "a alone");
        assert_eq!(subset_words(&names("a+b"), 3), "a + b");
        assert_eq!(subset_words(&names("a+b+c+d"), 4), "all four");
    }
}
