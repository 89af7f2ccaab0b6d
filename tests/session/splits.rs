//! Which rows are looked at when: training and the live looks never see test rows; the report is
//! about nothing else.

use crate::double::{
    ALL, Files, Said, config, files, generated, hierarchy_of, play_with, script, table, to_the_end,
    written,
};
use std::collections::BTreeSet;
use trefoil_protocol::{Command, Event, Export, RunConfig, Snapshot, Split};

/// Trains, looks at every objective, evaluates.
fn run(config: &RunConfig, all: &Files) -> Said {
    let mut then = vec![Command::Step; 5];
    then.extend(to_the_end());
    then.push(Command::Export {
        what: Export::Embeddings { objective: 0, seed: Some(0), rows: None },
    });
    let said = play_with(script(config, &then), all.clone(), |_| None);
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    said
}

/// The looks that single steps give, one an objective and step.
fn looks(said: &Said) -> Vec<&Snapshot> {
    let looks = said.0.iter().filter_map(|event| match event {
        Event::Snapshot { snapshot, .. } if snapshot.step < 6 => Some(snapshot.as_ref()),
        _ => None,
    });
    looks.collect()
}

/// Ids of the rows of a split.
fn ids(said: &Said, split: &str) -> BTreeSet<String> {
    let rows = table(said.exports()["embeddings/clip/3.csv"].as_bytes());
    rows.into_iter().filter(|row| row[1] == split).map(|row| row[0].clone()).collect()
}

/// The files with modality a handed round among these rows.
fn handed_round(all: &Files, among: &BTreeSet<String>) -> Files {
    let mut all = all.clone();
    let mut rows = table(&all["a.csv"]);
    let at: Vec<usize> = (0..rows.len()).filter(|i| among.contains(&rows[*i][0])).collect();
    let old = rows.clone();
    for (to, from) in at.iter().zip(at.iter().cycle().skip(1)) {
        rows[*to][1..].clone_from_slice(&old[*from][1..]);
    }
    all.insert("a.csv".to_owned(), written(&rows));
    all
}

#[test]
fn the_report_is_on_test_rows_and_live_looks_are_on_validation_rows() {
    let all = generated(&hierarchy_of(&[4, 4, 4], 123));
    let config = config(files(&all, None), ALL, 8);
    let before = run(&config, &all);
    let split = before.report().data.split;
    assert_eq!(split, [74, 25, 24]);
    assert_eq!(looks(&before).len(), 5 * 4);
    for look in looks(&before) {
        assert_eq!(look.sharing.held_out_rows, 25);
        assert_eq!(look.points.rows.len(), 25);
        assert!(look.retrieval.iter().all(|r| r.queries == 25));
    }
    for column in before.report().objectives.iter().chain(&before.report().baselines) {
        assert_eq!(column.sharing.held_out_rows, 24, "{}", column.name);
        assert!(column.retrieval.iter().all(|r| r.queries == 24), "{}", column.name);
    }

    // Other test rows: nothing of training nor of the looks changes, everything of the report does.
    let other = run(&config, &handed_round(&all, &ids(&before, "test")));
    assert_eq!(before.losses(), other.losses());
    assert_eq!(looks(&before), looks(&other));
    for (a, b) in before.report().objectives.iter().zip(&other.report().objectives) {
        assert_ne!(a.retrieval, b.retrieval, "{}", a.name);
        assert_ne!(a.sharing, b.sharing, "{}", a.name);
    }

    // Other validation rows: the looks change; the weights that train do not.
    let other = run(&config, &handed_round(&all, &ids(&before, "validation")));
    assert_ne!(looks(&before), looks(&other));
    let train = |said: &Said| -> Vec<String> {
        said.losses().lines().filter(|l| l.contains(",train,")).map(str::to_owned).collect()
    };
    assert_eq!(train(&before), train(&other));
    assert_ne!(before.losses(), other.losses());
}

#[test]
fn the_embeddings_of_all_seeds_are_those_of_each_and_may_be_of_one_split() {
    let all = generated(&hierarchy_of(&[4, 5, 3], 60));
    let config = RunConfig { seeds: 2, ..config(files(&all, None), &["clip"], 3) };
    let export = |what| Command::Export { what };
    let mut then = to_the_end();
    let of_seed = |seed| Export::Embeddings { objective: 0, seed: Some(seed), rows: None };
    then.extend((0..2).map(|seed| export(of_seed(seed))));
    let one_by_one = play_with(script(&config, &then), all.clone(), |_| None);
    let of = |rows| {
        let mut then = to_the_end();
        then.push(export(Export::Embeddings { objective: 0, seed: None, rows }));
        play_with(script(&config, &then), all.clone(), |_| None)
    };
    let together = of(None);
    assert!(together.faults().is_empty(), "{:?}", together.faults());
    assert_eq!(together.exports(), one_by_one.exports());
    let test = of(Some(Split::Test));
    let mut embeddings = test.exports();
    embeddings.retain(|name, _| name.starts_with("embeddings/"));
    assert_eq!(embeddings.len(), 2);
    for (name, text) in embeddings {
        let whole = table(one_by_one.exports()[name].as_bytes());
        let kept: Vec<_> = whole.into_iter().filter(|row| row[1] != "train").collect();
        let kept: Vec<_> = kept.into_iter().filter(|row| row[1] != "validation").collect();
        assert!(kept.len() > 1, "some rows test");
        assert_eq!(table(text.as_bytes()), kept, "{name}");
    }
}
