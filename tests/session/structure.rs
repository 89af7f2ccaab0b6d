//! The structure of HCL: counted in the data, given, and where linear HCL starts.

use crate::double::{Files, config, files, generated, play_with, script, to_the_end};
use std::collections::BTreeMap;
use trefoil_protocol::{Command, DataSource, Event, FactorCounts, Generator, RunConfig, Value};

/// Two factors of all, one of a and b, two of c alone.
fn generator(rows: u32) -> Generator {
    let ranks = [("a+b+c", 2), ("a+b", 1), ("c", 2)].map(|(name, rank)| (name.to_owned(), rank));
    let dims = vec![8, 9, 10];
    Generator::Hierarchy { dims, ranks: BTreeMap::from(ranks), noise: 0.2, rows }
}

fn known(rows: u32) -> DataSource {
    DataSource::Generated(generator(rows))
}

/// The same as files without labels, which are sooner measured.
fn unlabelled(rows: u32) -> (DataSource, Files) {
    let all = generated(&generator(rows));
    (files(&all, None), all)
}

fn counts(events: &[Event]) -> Vec<&FactorCounts> {
    let counts = events.iter().filter_map(|event| match event {
        Event::Factors { counts } => Some(counts.as_ref()),
        _ => None,
    });
    counts.collect()
}

fn set(config: &mut RunConfig, key: &str, word: &str) {
    config.set.insert(key.to_owned(), Value::Word(word.to_owned()));
}

#[test]
fn shared_factors_are_counted_on_training_rows() {
    let load = Command::Load { data: known(1200), seed: 3 };
    let said =
        play_with(vec![load, Command::CountFactors, Command::CountFactors], Files::new(), |_| None);
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    let found = counts(&said.0);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0], found[1]);
    assert_eq!((found[0].rows, found[0].incomplete), (720, 0));
    let blocks: Vec<(&str, u32)> =
        found[0].blocks.iter().map(|b| (b.name.as_str(), b.count)).collect();
    assert_eq!(blocks, [("a+b+c", 2), ("a+b", 1), ("a+c", 0), ("b+c", 0)]);
    for e in &found[0].evidence {
        assert_eq!(e.values.iter().filter(|v| **v > e.edge).count() as u32, e.count);
    }
    let pair = |a: &str, b: &str| {
        let is = |e: &&trefoil_protocol::FactorEvidence| e.given == [a] && e.target == b;
        found[0].evidence.iter().find(is).expect("every pair").count
    };
    assert_eq!([pair("a", "b"), pair("a", "c"), pair("b", "c")], [3, 2, 2]);
}

#[test]
fn blocks_are_as_large_as_what_was_found() {
    let (data, all) = unlabelled(1200);
    let mut config = config(data, &["hcl", "hcl:form=linear"], 4);
    set(&mut config, "ranks", "found");
    let said = play_with(script(&config, &to_the_end()), all, |_| None);
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    for objective in &said.report().objectives {
        let blocks: Vec<(&str, u32)> =
            objective.structure.blocks.iter().map(|b| (b.name.as_str(), b.rank)).collect();
        let expected = [("a+b+c", 2), ("a+b", 1), ("a", 2), ("b", 2), ("c", 2)];
        assert_eq!(blocks, expected, "{}", objective.name);
    }
    // What it was then is written down, so that the run can be told from one of other data.
    let settings = &said.report().run.settings["hcl"];
    assert_eq!(settings["ranks"], "a=2,a+b=1,a+b+c=2,b=2,c=2");
}

#[test]
fn sizes_that_do_not_fit_the_data_name_what_does() {
    for (ranks, words) in [
        ("a+d=2", "ranks has a block a+d, and the modalities are a, b, c"),
        ("a+b=2", "ranks leaves c without any block; add c=1"),
    ] {
        let mut config = config(known(100), &["hcl"], 4);
        set(&mut config, "ranks", ranks);
        let said = play_with(script(&config, &[]), Files::new(), |_| None);
        let faults = said.faults();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].message.starts_with(words), "{}", faults[0].message);
    }
}

#[test]
fn blocks_that_cannot_be_told_apart_are_said_before_training() {
    let mut config = config(known(100), &["hcl"], 4);
    set(&mut config, "ranks", "a+b=9,b=3,c=3");
    let said = play_with(script(&config, &[]), Files::new(), |_| None);
    let notes = said.0.iter().find_map(|event| match event {
        Event::Forecast { forecast } => Some(forecast.notes.clone()),
        _ => None,
    });
    let notes = notes.expect("a forecast");
    assert!(
        notes.iter().any(|n| n.contains("12 dimensions for b, which has 9 columns")),
        "{notes:?}"
    );
}

/// The validation loss of linear HCL before its first step and at its end.
fn losses(start: &str, data: &DataSource, files: Files) -> (f64, f64) {
    let mut config = config(data.clone(), &["hcl:form=linear"], 150);
    for (key, value) in [("ranks", "a+b+c=2,a+b=1,c=2"), ("start", start)] {
        set(&mut config, key, value);
    }
    for (key, value) in [("lr", 0.05), ("batch", 360.0), ("patience", 0.0), ("weight_decay", 0.0)] {
        config.set.insert(key.to_owned(), Value::Number(value));
    }
    let said = play_with(script(&config, &to_the_end()), files, |_| None);
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    let total = |step: u32| -> f64 {
        let of = |term: &str| -> f64 {
            let wanted = format!("hcl:form=linear,3,{step},validation,{term},");
            let line = said.losses().lines().find_map(|l| l.strip_prefix(&wanted));
            line.expect("a record").parse().expect("a number")
        };
        of("align") + of("size")
    };
    (total(0), total(150))
}

#[test]
fn training_goes_on_from_the_closed_form() {
    let (data, all) = unlabelled(600);
    let (before, after) = losses("peeling", &data, all.clone());
    let (random, trained) = losses("random", &data, all);
    // Peeling is within a hundredth of what gradients find, and gradients from anywhere find it.
    assert!((before - after).abs() < 0.02 * after.abs(), "{before} {after}");
    assert!((trained - after).abs() < 0.02 * after.abs(), "{trained} {after}");
    assert!(random > after + 0.5 * after.abs(), "{random} {after}");
}

#[test]
fn peeling_goes_through_rows_that_lack_modalities() {
    let (whole, all) = unlabelled(600);
    let (_, complete) = losses("peeling", &whole, all.clone());
    let mut holes = all.clone();
    let rows = crate::double::table(&holes["a.csv"]);
    let kept: Vec<_> =
        rows.into_iter().enumerate().filter(|(i, _)| i % 5 != 1).map(|(_, row)| row).collect();
    holes.insert("a.csv".to_owned(), crate::double::written(&kept));
    let (before, after) = losses("peeling", &whole, holes);
    assert!(before.is_finite() && after < 0.0 && complete < 0.0, "{before} {after} {complete}");
}
