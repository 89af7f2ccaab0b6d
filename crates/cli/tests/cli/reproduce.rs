//! `trefoil reproduce`

use crate::common::{folder, trefoil};
use serde_json::Value;

#[test]
fn results_are_listed_and_an_unknown_one_is_refused() {
    let folder = folder();
    let list = trefoil(folder.path(), "reproduce --list").well().out;
    let names: Vec<&str> = list.lines().collect();
    for name in ["symile-xor", "hcl-recovery", "coral-match", "sharing-map"] {
        assert!(names.contains(&name), "{list}");
    }
    let without = trefoil(folder.path(), "reproduce");
    assert!(without.status == 2 && without.err.contains("symile-xor"), "{}", without.err);
    let unknown = trefoil(folder.path(), "reproduce symile-xnor");
    assert!(unknown.status == 2 && unknown.err.contains("symile-xnor"), "{}", unknown.err);
}

#[test]
fn a_result_has_a_value_a_reference_and_a_rule_that_is_held_against_it() {
    let folder = folder();
    let text = trefoil(folder.path(), "reproduce hcl-select --seeds 2 --json").well().out;
    let tables: Value = serde_json::from_str(&text).expect("nothing but JSON");
    assert_eq!(tables[0]["name"], "hcl-select");
    let row = &tables[0]["rows"][0];
    assert_eq!(row["value"]["per_seed"].as_array().map(Vec::len), Some(2));
    assert_eq!(row["reference"]["tag"], "measured");
    assert_eq!((&row["pass"], &row["rule"]["at_least"]), (&true.into(), &0.999.into()));
}
