//! Generate, inspect, train, and again from what was written.

use crate::common::{SMALL, comparable, files, folder, generate, report, rows, text, trefoil};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use trefoil_protocol::{DataSource, RunConfig, StopReason};

#[test]
fn from_nothing_to_files_and_the_same_again_from_run_json() {
    let folder = folder();
    let at = folder.path();
    generate(at);
    assert_eq!(files(&at.join("data")), ["a.csv", "b.csv", "c.csv", "labels.csv", "truth.json"]);

    let line = format!(
        "train --data data --objective clip,symile,hcl,coral --steps 10 --seeds 2 --seed 5 {SMALL}"
    );
    let said = trefoil(at, &format!("{line} --out one")).well();
    assert!(said.err.contains("CPU (ndarray") && said.err.contains("wrote one/report.json"));
    let mut expected =
        vec!["losses.csv".to_owned(), "report.json".to_owned(), "run.json".to_owned()];
    for objective in ["clip", "symile", "hcl", "coral"] {
        expected.extend(["5", "6"].map(|seed| format!("embeddings/{objective}/{seed}.csv")));
    }
    expected.sort();
    assert_eq!(files(&at.join("one")), expected);

    let first = report(&at.join("one"));
    let names: Vec<&str> = first.objectives.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(names, ["clip", "symile", "hcl", "coral"]);
    assert_eq!(first.run.seeds, [5, 6]);
    assert!(first.objectives.iter().all(|o| o.steps == [10, 10] && o.seconds > 0.0));
    assert!(first.objectives.iter().all(|o| o.recovery.is_some()), "the truth is known");

    // `run.json` has every file with its hash, and starts the same run.
    let config: RunConfig = serde_json::from_str(&text(at, "one/run.json")).expect("settings");
    let DataSource::Folder { path, files, .. } = &config.data else { panic!("{:?}", config.data) };
    assert_eq!((path.as_str(), files.len()), ("data", 5));
    assert!(files.iter().all(|f| f.sha256.len() == 64));
    trefoil(at, "train --config one/run.json --out two").well();
    assert_eq!(comparable(&first), comparable(&report(&at.join("two"))));
    for file in ["losses.csv", "run.json", "embeddings/coral/6.csv"] {
        let [one, two] = ["one", "two"].map(|out| text(at, &format!("{out}/{file}")));
        assert_eq!(one, two, "{file}");
    }

    // Flags say otherwise than the file.
    let flags = "--objective hcl:form=linear --steps 6 --seeds 1 --seed 9 --set batch=16";
    trefoil(at, &format!("train --config one/run.json {flags} --out three")).well();
    let third = report(&at.join("three"));
    assert_eq!(third.run.seeds, [9]);
    assert_eq!(third.objectives.len(), 1);
    assert_eq!(third.objectives[0].name, "hcl:form=linear");
    assert_eq!(third.objectives[0].steps, [6]);
    let settings = &third.run.settings["hcl:form=linear"];
    let set = ["batch", "width", "form"].map(|key| settings[key].as_str());
    assert_eq!(set, ["16", "8", "linear"]);
    assert!(at.join("three/embeddings/hcl-form-linear/9.csv").is_file());

    // What to know before it trains is said.
    let flags = "--objective hcl:form=linear:ranks=a+b=60,c=1 --steps 1 --seeds 1";
    let said = trefoil(at, &format!("train --config one/run.json {flags} --out wide")).well();
    assert!(said.err.contains("note: HCL's block a+b has 60 dimensions"), "{}", said.err);

    // Another file under the same name is not the same experiment.
    let table = text(at, "data/a.csv");
    std::fs::write(at.join("data/a.csv"), table.replace("r000003", "r900003")).expect("written");
    let said = trefoil(at, "train --config one/run.json --out four");
    assert_eq!(said.status, 2, "{}", said.err);
    assert!(said.err.contains("a.csv") && said.err.contains("has changed"), "{}", said.err);
    assert!(!at.join("four").exists());
}

#[test]
fn every_generator_can_be_inspected_and_trained() {
    let folder = folder();
    let at = folder.path();
    for (name, line, modalities) in [
        ("xor", "xor --bits 3 --p 0.5 --rows 100", vec!["a", "b", "c"]),
        ("rus", "rus --rows 100", vec!["x1", "x2"]),
        (
            "four",
            "hierarchy --dims 3,4,3,4 --ranks a+d:1,b+c:1,a:1 --rows 100",
            vec!["a", "b", "c", "d"],
        ),
    ] {
        trefoil(at, &format!("generate {line} --out {name}")).well();
        let said = trefoil(at, &format!("inspect --data {name}")).well();
        assert!(said.out.starts_with("100 rows kept of 100 ids"), "{}", said.out);
        assert!(said.out.contains("labels:"), "{}", said.out);
        let json = trefoil(at, &format!("inspect --data {name} --json")).well().out;
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let found: Vec<&str> = json["modalities"]
            .as_array()
            .expect("modalities")
            .iter()
            .filter_map(|m| m["name"].as_str())
            .collect();
        assert_eq!(found, modalities);
        let out = format!("{name}-out");
        let line = format!("train --data {name} --objective clip --steps 3 --seeds 1 {SMALL}");
        trefoil(at, &format!("{line} --out {out}")).well();
        assert_eq!(report(&at.join(out)).data.rows, 100);
    }
    // The same seed writes the same files, another seed others.
    trefoil(at, "generate xor --bits 3 --p 0.5 --rows 100 --out again").well();
    trefoil(at, "generate xor --bits 3 --p 0.5 --rows 100 --seed 1 --out other").well();
    assert_eq!(text(at, "xor/c.csv"), text(at, "again/c.csv"));
    assert_ne!(text(at, "xor/c.csv"), text(at, "other/c.csv"));
}

#[test]
fn files_can_be_named_one_by_one_with_labels_and_groups() {
    let folder = folder();
    let at = folder.path();
    generate(at);
    let mut labels = "id,nest,sign\n".to_owned();
    for (i, row) in rows(at, "data/a.csv").iter().enumerate() {
        let sign = if i % 3 == 0 { "low" } else { "high" };
        writeln!(labels, "{},n{},{sign}", row["id"], i % 20).expect("memory");
    }
    std::fs::write(at.join("nests.csv"), labels).expect("written");
    let common =
        format!("--labels nests.csv --group nest --objective clip --steps 3 --seeds 1 {SMALL}");
    for (out, data) in [("files", "--modality data/a.csv data/b.csv"), ("folder", "--data data")] {
        trefoil(at, &format!("train {data} {common} --out {out}")).well();
        let found = report(&at.join(out));
        let probed: BTreeSet<&str> =
            found.objectives[0].probes.iter().map(|p| p.target.as_str()).collect();
        assert_eq!(probed, BTreeSet::from(["sign"]), "{out}");
        let nests: BTreeMap<String, String> = rows(at, "nests.csv")
            .into_iter()
            .map(|row| (row["id"].clone(), row["nest"].clone()))
            .collect();
        let mut splits: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for row in rows(at, &format!("{out}/embeddings/clip/0.csv")) {
            splits.entry(&nests[&row["id"]]).or_default().insert(row["split"].clone());
        }
        assert_eq!(splits.len(), 20);
        assert!(splits.values().all(|s| s.len() == 1), "{out}: {splits:?}");
        // What was written starts the same run again, from wherever the labels are.
        trefoil(at, &format!("train --config {out}/run.json --out {out}-again")).well();
        let again = report(&at.join(format!("{out}-again")));
        assert_eq!(comparable(&found), comparable(&again), "{out}");
    }
}

#[test]
fn embeddings_have_every_row_split_and_block_and_losses_every_term() {
    let folder = folder();
    let at = folder.path();
    generate(at);
    let line = format!("train --data data --objective clip,hcl,coral --steps 9 --seeds 2 {SMALL}");
    trefoil(at, &format!("{line} --out out")).well();
    let found = report(&at.join("out"));
    let ids: BTreeSet<String> = rows(at, "data/a.csv").iter().map(|r| r["id"].clone()).collect();
    assert_eq!(ids.len(), 120);
    for objective in &found.objectives {
        let name = format!("out/embeddings/{}/1.csv", objective.name);
        let mut parts: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
        let mut splits: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in rows(at, &name) {
            let part = (row["modality"].clone(), row["block"].clone());
            assert!(parts.entry(part).or_default().insert(row["id"].clone()), "twice: {row:?}");
            splits.entry(row["split"].clone()).or_default().insert(row["id"].clone());
            assert!(row["d0"].parse::<f32>().expect("a number").is_finite());
        }
        assert!(parts.values().all(|found| *found == ids), "{name} lacks rows");
        let sizes: Vec<(&str, usize)> = splits.iter().map(|(s, r)| (s.as_str(), r.len())).collect();
        assert_eq!(sizes, [("test", 24), ("train", 72), ("validation", 24)]);
        for modality in ["a", "b", "c"] {
            assert!(parts.keys().any(|(m, _)| m == modality), "{name}: {modality}");
        }
        // The whole, and every block that probes know.
        let joint = |block: &str| parts.contains_key(&("joint".to_owned(), block.to_owned()));
        assert!(joint("all"));
        assert!(objective.structure.blocks.iter().all(|b| joint(&b.name)), "{name}");
    }

    let losses = rows(at, "out/losses.csv");
    let columns: Vec<&str> = losses[0].keys().map(String::as_str).collect();
    assert_eq!(columns, ["objective", "seed", "split", "step", "term", "value"]);
    let header = text(at, "out/losses.csv").lines().next().map(str::to_owned);
    assert_eq!(header.as_deref(), Some("objective,seed,step,split,term,value"));
    let steps = |objective: &str, split: &str, term: &str| -> Vec<u32> {
        let wanted = |row: &&BTreeMap<String, String>| {
            (row["objective"].as_str(), row["split"].as_str(), row["term"].as_str())
                == (objective, split, term)
                && row["seed"] == "1"
        };
        losses.iter().filter(wanted).map(|r| r["step"].parse().expect("a step")).collect()
    };
    for objective in ["clip", "hcl", "coral"] {
        assert_eq!(steps(objective, "train", "loss"), (1..=9).collect::<Vec<_>>());
        assert_eq!(steps(objective, "validation", "loss"), [0, 4, 8, 9]);
        assert_eq!(steps(objective, "train", "gradient norm").len(), 9);
    }
    assert_eq!(steps("clip", "train", "logit scale").len(), 9);
    assert_eq!(steps("coral", "validation", "orthogonality").len(), 4);
    assert!(found.objectives.iter().all(|o| o.stopped == [StopReason::Limit; 2]));
}

#[test]
fn labels_inside_the_folder_are_no_modality_and_its_card_is_part_of_the_run() {
    let folder = folder();
    let at = folder.path();
    generate(at);
    std::fs::rename(at.join("data/labels.csv"), at.join("data/notes.csv")).expect("renamed");
    std::fs::remove_file(at.join("data/truth.json")).expect("removed");
    let card = |title: &str| {
        let text = format!(
            "{{\"title\": \"{title}\", \"modalities\": [], \"labels_file\": \"notes.csv\"}}"
        );
        std::fs::write(at.join("data/dataset.json"), text).expect("written");
    };
    card("Three");
    // However the path is written.
    let line = "train --data ./data --labels data/../data/notes.csv --objective clip --steps 2";
    trefoil(at, &format!("{line} --seeds 1 {SMALL} --out one")).well();
    let found = report(&at.join("one"));
    let names: Vec<&str> = found.data.modalities.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    let DataSource::Folder { files, .. } = found.run.config.data else { panic!("a folder") };
    assert_eq!(files.len(), 5, "three tables, labels and card: {files:?}");

    let again = || trefoil(at, "train --config one/run.json --out two");
    again().well();
    card("Four");
    let changed = again();
    assert_eq!(changed.status, 2, "{}", changed.err);
    assert!(changed.err.contains("dataset.json") && changed.err.contains("has changed"));
    std::fs::remove_file(at.join("data/dataset.json")).expect("removed");
    let gone = again();
    assert_eq!(gone.status, 2, "{}", gone.err);
    assert!(gone.err.contains("dataset.json"), "{}", gone.err);
}
