//! Objectives as the command line names them.

use trefoil_protocol::{ConfigError, ObjectiveSpec};

/// The objectives of `--objective`, each time a list.
pub(crate) fn objectives(lists: &[String]) -> Result<Vec<ObjectiveSpec>, ConfigError> {
    lists.iter().flat_map(|list| listed(list)).map(|text| text.parse()).collect()
}

/// The objectives of a list: `clip,hcl:ranks=a+b=2,c=1` are two, as no name has an equals sign.
fn listed(list: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for piece in list.split(',') {
        let name = piece.split(':').next().unwrap_or_default();
        match found.last_mut() {
            Some(last) if name.contains('=') => *last = format!("{last},{piece}"),
            _ => found.push(piece.to_owned()),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn a_setting_that_is_a_list_stays_with_its_objective() {
        assert_eq!(
            listed("clip,hcl:form=linear:ranks=a+b=2,c=1:lr=0.1,symile"),
            ["clip", "hcl:form=linear:ranks=a+b=2,c=1:lr=0.1", "symile"]
        );
        assert_eq!(listed("clip,klip"), ["clip", "klip"]);
    }
}
