//! The published schema of `report.json`: that it is the one of the types, that it has every field
//! that was promised, and that reports of real runs are what it says.

use crate::common::{SMALL, folder, generate, text, trefoil};
use schemars::generate::SchemaSettings;
use serde_json::Value;
use std::path::Path;
use trefoil_protocol::Report;

/// From the crate's folder.
const FILE: &str = "../../docs/report.schema.json";

fn generated() -> Value {
    // What is written always is required, null where there is no value.
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Report>();
    schema.insert("title".to_owned(), "Trefoil report".into());
    schema.to_value()
}

fn committed() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let text = std::fs::read_to_string(path).expect("the schema is in docs/");
    serde_json::from_str(&text).expect("JSON")
}

/// `TREFOIL_UPDATE_SCHEMA=1` writes it anew.
#[test]
fn the_committed_schema_is_that_of_the_types() {
    let generated = generated();
    if std::env::var_os("TREFOIL_UPDATE_SCHEMA").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
        let text = serde_json::to_string_pretty(&generated).expect("JSON") + "\n";
        std::fs::write(path, text).expect("written");
    }
    assert!(
        committed() == generated,
        "docs/report.schema.json is out of date: run this test with TREFOIL_UPDATE_SCHEMA=1"
    );
}

/// Everything that a reader may rely on, as paths; `[]` goes into a list, `{}` into a map.
const PROMISED: &[&str] = &[
    "run.version run.started run.config run.settings run.seeds run.link",
    "executor.kind executor.adapter",
    "data.rows data.modalities data.patterns data.warnings",
    "data.modalities[].name data.modalities[].columns data.modalities[].rows \
     data.modalities[].missing_cells",
    "baselines objectives",
    "objectives[].name objectives[].steps objectives[].stopped objectives[].seconds \
     objectives[].retrieval objectives[].probes objectives[].sharing objectives[].structure \
     objectives[].recovery objectives[].needs_several objectives[].orthogonality \
     objectives[].selection",
    "objectives[].needs_several[].best objectives[].needs_several[].needs_several.per_seed \
     objectives[].orthogonality.random objectives[].orthogonality.pairs[].mean_abs_cosine.mean \
     objectives[].selection[].class objectives[].selection[].blocks[].seeds \
     objectives[].selection[].blocks[].norm.per_seed objectives[].selection[].r2.mean",
    "objectives[].retrieval[].target objectives[].retrieval[].given \
     objectives[].retrieval[].queries objectives[].retrieval[].candidates \
     objectives[].retrieval[].chance objectives[].retrieval[].top1 objectives[].retrieval[].top5 \
     objectives[].retrieval[].pool100 objectives[].retrieval[].cca_pool100",
    "objectives[].retrieval[].top1.per_seed objectives[].retrieval[].top1.mean \
     objectives[].retrieval[].top1.low objectives[].retrieval[].top1.high",
    "objectives[].probes[].target objectives[].probes[].block objectives[].probes[].probe \
     objectives[].probes[].metric objectives[].probes[].chance objectives[].probes[].baseline \
     objectives[].probes[].value objectives[].probes[].information",
    "decompositions[].target decompositions[].given decompositions[].rows decompositions[].values \
     decompositions[].total decompositions[].bits.redundant decompositions[].bits.unique \
     decompositions[].bits.synergistic decompositions[].gap",
    "objectives[].sharing.null objectives[].sharing.components objectives[].sharing.subsets \
     objectives[].sharing.needs_both",
    "objectives[].sharing.components[].subset objectives[].sharing.components[].seeds \
     objectives[].sharing.components[].readability objectives[].sharing.components[].weight \
     objectives[].sharing.components[].weight{}.per_seed",
    "objectives[].sharing.subsets[].subset objectives[].sharing.subsets[].weight \
     objectives[].sharing.needs_both{}.mean",
    "objectives[].structure.blocks objectives[].structure.blocks[].subset \
     objectives[].structure.blocks[].rank",
    "objectives[].recovery.factors objectives[].recovery.blocks objectives[].recovery.r2 \
     objectives[].recovery.r2[][].per_seed",
];

/// Follows references, and the branch of a union that is not null.
fn resolved<'a>(root: &'a Value, mut schema: &'a Value) -> &'a Value {
    loop {
        if let Some(reference) = schema["$ref"].as_str() {
            schema = root.pointer(reference.trim_start_matches('#')).expect("a definition");
        } else if let Some(branches) = schema["anyOf"].as_array() {
            schema = branches.iter().find(|b| b["type"] != "null").expect("a branch");
        } else {
            return schema;
        }
    }
}

#[test]
fn every_promised_field_is_required() {
    let root = committed();
    for path in PROMISED.iter().flat_map(|line| line.split_whitespace()) {
        let mut at = &root;
        for step in path.split('.') {
            let name = step.trim_end_matches(['[', ']', '{', '}']);
            at = resolved(&root, at);
            let required = at["required"].as_array().expect(path);
            assert!(required.iter().any(|r| r == name), "{path}: {name} is not required");
            at = resolved(&root, &at["properties"][name]);
            for _ in 0..step.matches("[]").count() {
                at = resolved(&root, &at["items"]);
            }
            if step.ends_with("{}") {
                at = resolved(&root, &at["additionalProperties"]);
            }
        }
        assert!(at.is_object() || at == &Value::Bool(true), "{path} leads nowhere");
    }
}

fn check(report: &Value) {
    let validator = jsonschema::validator_for(&committed()).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(report).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn reports_of_real_runs_are_what_the_schema_says() {
    let folder = folder();
    let at = folder.path();
    generate(at);
    let line = format!("train --data data --steps 6 {SMALL}");
    trefoil(at, &format!("{line} --seeds 2 --objective clip,symile,hcl,coral --out good")).well();
    let good: Value = serde_json::from_str(&text(at, "good/report.json")).expect("JSON");
    check(&good);
    // What only some objectives have.
    let heads = |i: usize| good["objectives"][i]["orthogonality"]["pairs"].as_array();
    assert!(heads(3).is_some_and(|pairs| pairs.len() == 6), "COrAL: shared and three unique heads");
    let selected = |i: usize| good["objectives"][i]["selection"].as_array().expect("a list");
    assert!(!selected(2).is_empty(), "HCL: labels that are numbers");
    for other in [0, 1, 3] {
        assert!(selected(other).is_empty() && (other == 3 || heads(other).is_none()), "{other}");
    }

    // Seeds that diverge have null in their cells, and that is foreseen.
    let wild = "symile:lr=1:scale_lr=1000";
    let line = format!("{line} --seeds 6 --set warmup=0 --objective clip,{wild} --out bad");
    let _status = trefoil(at, &line);
    let bad: Value = serde_json::from_str(&text(at, "bad/report.json")).expect("JSON");
    check(&bad);
    let stopped = bad["objectives"][1]["stopped"].as_array().expect("a list");
    assert!(stopped.iter().any(|s| s == "diverged"), "{stopped:?}");

    // The schema notices: a report without a field, or with a word for a number, is refused.
    let validator = jsonschema::validator_for(&committed()).expect("a schema");
    for (pointer, value) in [
        ("/objectives/0/seconds", Value::Null),
        ("/objectives/0/stopped/0", "bored".into()),
        ("/data/rows", "many".into()),
        ("/objectives/0/retrieval/0/top1/mean", "high".into()),
    ] {
        let mut broken = good.clone();
        *broken.pointer_mut(pointer).expect(pointer) = value;
        assert!(!validator.is_valid(&broken), "{pointer}");
    }
    let mut broken = good;
    broken["baselines"][0].as_object_mut().expect("an object").remove("recovery");
    assert!(!validator.is_valid(&broken));
}
