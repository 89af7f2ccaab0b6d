//! Data with holes, many modalities, groups.

use crate::double::{
    ALL, Files, Said, config, files, generated, hierarchy_of, play_with, script, table, to_the_end,
    written,
};
use std::collections::{BTreeMap, BTreeSet};
use trefoil_protocol::{Command, Export, RunConfig};

fn run(config: &RunConfig, all: Files, then: &[Command]) -> Said {
    let said = play_with(script(config, then), all, |_| None);
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    said
}

/// Five modalities of which whole blocks of rows are missing, and of these some cells.
fn five() -> Files {
    let mut all = generated(&hierarchy_of(&[3, 4, 3, 4, 3], 140));
    for (m, name) in ["a.csv", "b.csv", "c.csv", "d.csv", "e.csv"].into_iter().enumerate() {
        let mut rows = table(&all[name]);
        let header = rows.remove(0);
        // Block m of eight lacks modality m; every eleventh row lacks the next one too.
        let lacks =
            |i: &usize| i * 8 / 140 == m || (i.is_multiple_of(11) && (i * 8 / 140 + 1) % 8 == m);
        let mut kept: Vec<Vec<String>> = vec![header];
        kept.extend(rows.into_iter().enumerate().filter(|(i, _)| !lacks(i)).map(|(_, row)| row));
        for row in kept.iter_mut().skip(1).step_by(13) {
            "NA".clone_into(&mut row[1]);
        }
        all.insert(name.to_owned(), written(&kept));
    }
    all
}

#[test]
fn five_modalities_with_missing_blocks_train_all_objectives() {
    let all = five();
    let config = config(files(&all, None), ALL, 8);
    let said = run(&config, all, &to_the_end());
    let report = said.report();
    assert_eq!(report.data.rows, 140);
    assert_eq!(report.data.modalities.len(), 5);
    assert!(report.data.patterns.len() > 8, "{:?}", report.data.patterns);
    assert_eq!(report.data.patterns.iter().map(|p| p.rows).sum::<u32>(), 140);
    assert!(report.data.modalities.iter().all(|m| m.rows < 140 && m.missing_cells > 0));
    for column in report.objectives.iter().chain(&report.baselines) {
        // From each of four, and from all four.
        assert_eq!(column.retrieval.len(), 25, "{}", column.name);
        for result in &column.retrieval {
            assert!(result.top1.mean.is_some(), "{}: {result:?}", column.name);
            assert!(result.queries > 0 && result.candidates <= 28);
        }
    }
    // An absent factor of Symile's product has been learned: it says so.
    let symile = &report.objectives[1];
    assert_eq!(symile.name, "symile");
    assert!(symile.retrieval.iter().all(|r| r.filled == (r.given.len() < 4)));
    let values = said.losses().lines().skip(1).map(|l| l.rsplit_once(',').expect("cells").1);
    assert!(values.clone().count() > 100);
    assert!(values.map(|v| v.parse::<f64>().expect("a number")).all(f64::is_finite));
}

#[test]
fn rows_of_a_group_stay_in_one_split_and_are_not_probed() {
    let mut all = generated(&hierarchy_of(&[3, 3, 3], 120));
    let mut labels = table(&all["a.csv"]);
    for (i, row) in labels.iter_mut().enumerate() {
        let nest = format!("n{}", (i * i + 3 * i) % 37);
        let cells = if i == 0 {
            ["nest".to_owned(), "sign".to_owned()]
        } else {
            let sign = if row[1].starts_with('-') { "below" } else { "above" };
            [nest, sign.to_owned()]
        };
        row.truncate(1);
        row.extend(cells);
    }
    let nests: BTreeMap<String, String> =
        labels.iter().skip(1).map(|row| (row[0].clone(), row[1].clone())).collect();
    all.insert("labels.csv".to_owned(), written(&labels));
    let config = config(files(&all, Some("nest")), &["clip"], 4);
    let export =
        Command::Export { what: Export::Embeddings { objective: 0, seed: Some(0), rows: None } };
    let said = run(&config, all, &[Command::Play, export]);

    let mut splits: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let rows = table(said.exports()["embeddings/clip/3.csv"].as_bytes());
    for row in &rows[1..] {
        splits.entry(&nests[&row[0]]).or_default().insert(row[1].clone());
    }
    assert_eq!(splits.len(), nests.values().collect::<BTreeSet<_>>().len());
    assert!(splits.values().all(|splits| splits.len() == 1), "{splits:?}");
    let used: BTreeSet<&String> = splits.values().flatten().collect();
    assert_eq!(used.len(), 3, "{used:?}");
    let probed: BTreeSet<&str> =
        said.report().objectives[0].probes.iter().map(|p| p.target.as_str()).collect();
    assert_eq!(probed, BTreeSet::from(["sign"]));
}
