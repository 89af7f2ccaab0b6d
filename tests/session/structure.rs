//! The structure of HCL: counted in the data, given, and where linear HCL starts.

use crate::double::{Files, Said, config, files, generated, play_with, script, to_the_end};
use std::collections::BTreeMap;
use trefoil_protocol::{
    Command, DataSource, Event, Export, FactorCounts, Generator, Phase, RunConfig, Value,
};

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

/// What is said of a run before it trains.
fn notes(config: &RunConfig, files: Files) -> Vec<String> {
    let said = play_with(script(config, &[]), files, |_| None);
    let notes = said.0.iter().find_map(|event| match event {
        Event::Forecast { forecast } => Some(forecast.notes.clone()),
        _ => None,
    });
    notes.expect("a forecast")
}

#[test]
fn rows_that_lack_modalities_are_said_before_hcl_trains() {
    let (whole, all) = unlabelled(100);
    let say = |files: Files| {
        let objectives = ["hcl", "hcl:loss=official", "clip"];
        let notes = notes(&config(whole.clone(), &objectives, 4), files);
        notes.into_iter().filter(|n| n.contains("no missing modalities")).collect::<Vec<_>>()
    };
    assert_eq!(say(all.clone()), Vec::<String>::new());
    let found = say(with_holes(all));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("rows that have both") && found[1].contains("is zero"), "{found:?}");
}

#[test]
fn sets_of_three_without_a_block_are_said_unless_the_sizes_are_the_users() {
    let names = ["a", "b", "c", "d", "e"];
    let whole = Generator::Hierarchy {
        dims: vec![4; 5],
        ranks: BTreeMap::from([("a+b+c+d+e".to_owned(), 1)]),
        noise: 0.5,
        rows: 100,
    };
    let all = generated(&whole);
    let of = |ranks: &str| {
        let mut config = config(files(&all, None), &["hcl"], 4);
        set(&mut config, "ranks", ranks);
        notes(&config, all.clone()).iter().any(|n| n.contains("has no block of its own"))
    };
    assert!(of("equal"), "pairs, each one and all together are ours");
    assert!(!of(&names.map(|name| format!("{name}=1")).join(",")), "one each is the user's");
}

#[test]
fn blocks_that_cannot_be_told_apart_are_said_before_training() {
    let mut config = config(known(100), &["hcl"], 4);
    set(&mut config, "ranks", "a+b=9,b=3,c=3");
    let notes = notes(&config, Files::new());
    assert!(
        notes.iter().any(|n| n.contains("12 dimensions for b, which has 9 columns")),
        "{notes:?}"
    );
}

fn linear(start: &str, data: &DataSource, files: Files, steps: u32) -> Said {
    let mut config = config(data.clone(), &["hcl:form=linear"], steps);
    for (key, value) in [("ranks", "a+b+c=2,a+b=1,c=2"), ("start", start)] {
        set(&mut config, key, value);
    }
    for (key, value) in [("lr", 0.05), ("batch", 360.0), ("patience", 0.0), ("weight_decay", 0.0)] {
        config.set.insert(key.to_owned(), Value::Number(value));
    }
    let said = play_with(script(&config, &to_the_end()), files, |_| None);
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    said
}

/// A term of its validation loss after a step, of the first seed.
fn term(said: &Said, step: u32, term: &str) -> Option<f64> {
    let wanted = format!("hcl:form=linear,3,{step},validation,{term},");
    said.losses().lines().find_map(|l| l.strip_prefix(&wanted)?.parse().ok())
}

/// The validation loss of linear HCL before its first step and at its end.
fn losses(start: &str, data: &DataSource, files: Files) -> (f64, f64) {
    let said = linear(start, data, files, 150);
    let total = |step: u32| {
        let of = |name: &str| term(&said, step, name).expect("a record");
        of("align") + of("size")
    };
    (total(0), total(150))
}

/// Where `VVᵀ` is the signal's covariance the two terms are in balance: `tr VΣ̂Vᵀ = ‖VVᵀ‖²`. The
/// noise alone would make the first greater by half.
#[test]
fn noise_is_taken_off_every_batch() {
    let data = DataSource::Generated(match generator(2000) {
        Generator::Hierarchy { dims, ranks, rows, .. } => {
            Generator::Hierarchy { dims, ranks, rows, noise: 1.0 }
        }
        other => other,
    });
    let said = linear("peeling", &data, Files::new(), 2);
    let [align, size] = ["align", "size"].map(|name| term(&said, 0, name).expect("a record"));
    assert!((align + 2.0 * size).abs() < 0.1 * size, "{align} {size}");
    let steps = [0, 2].into_iter();
    let total = |step| Some(term(&said, step, "align")? + term(&said, step, "size")?);
    let best = steps.filter_map(total).fold(f64::INFINITY, f64::min);
    let reported = said.report().objectives[0].validation.as_ref().expect("it was validated");
    assert!((reported.per_seed[0].expect("a loss") - best).abs() < 1e-4, "{reported:?} {best}");
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

/// Half of the way through peeling at most.
fn peels(event: &Event) -> bool {
    let Event::Task { task: Some(task) } = event else { return false };
    task.name.contains("Peeling") && task.done < 0.5
}

fn last_phase(said: &Said) -> Option<Phase> {
    said.0.iter().rev().find_map(|event| match event {
        Event::Phase { phase, .. } => Some(*phase),
        _ => None,
    })
}

#[test]
fn peeling_is_told_and_may_be_given_up() {
    let mut config = config(known(100), &["hcl:form=linear"], 4);
    set(&mut config, "start", "peeling");
    let cancel = |event: &Event| peels(event).then_some(Command::Cancel);
    let said = play_with(script(&config, &[Command::Play]), Files::new(), cancel);
    let told = said.0.iter().filter(|event| peels(event)).count();
    // What answers the first word is heard at the second; seven blocks would be more.
    assert_eq!(told, 2, "it goes on after it was given up");
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    assert!(!said.0.iter().any(|e| matches!(e, Event::Started { .. })));
    assert_eq!(last_phase(&said), Some(Phase::Idle));
}

#[test]
fn a_run_that_is_given_up_leaves_the_one_before() {
    let first = config(known(100), &["clip"], 4);
    let mut second = config(known(100), &["hcl:form=linear"], 4);
    set(&mut second, "start", "peeling");
    let mut commands = script(&first, &[Command::Play]);
    commands.extend([
        Command::Configure { config: second },
        Command::Play,
        Command::Export { what: Export::Losses },
        Command::Pause,
    ]);
    let cancel = |event: &Event| peels(event).then_some(Command::Cancel);
    let said = play_with(commands, Files::new(), cancel);
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    assert!(said.losses().contains("clip,"));
    assert_eq!(last_phase(&said), Some(Phase::Finished));
}

/// Without every fifth row of a.
fn with_holes(mut files: Files) -> Files {
    let rows = crate::double::table(&files["a.csv"]);
    let kept: Vec<_> =
        rows.into_iter().enumerate().filter(|(i, _)| i % 5 != 1).map(|(_, row)| row).collect();
    files.insert("a.csv".to_owned(), crate::double::written(&kept));
    files
}

#[test]
fn peeling_goes_through_rows_that_lack_modalities() {
    let (whole, all) = unlabelled(600);
    let (_, complete) = losses("peeling", &whole, all.clone());
    let (before, after) = losses("peeling", &whole, with_holes(all));
    assert!(before.is_finite() && after < 0.0 && complete < 0.0, "{before} {after} {complete}");
}
