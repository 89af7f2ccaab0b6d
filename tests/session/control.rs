//! The synergy control: whether it is planted, what it says, and that it follows the run.

use crate::double::{Files, Said, comparable, config, play_with, script, to_the_end};
use trefoil_protocol::{
    Command, DataSource, Event, Generator, ProbeKind, Report, RunConfig, SynergyControl, Value,
};

/// Two modalities of so many columns.
fn world(columns: u32) -> DataSource {
    DataSource::Generated(Generator::Hierarchy {
        dims: vec![columns; 2],
        ranks: [("a+b".to_owned(), 2)].into(),
        noise: 0.5,
        rows: 600,
    })
}

fn of(objective: &str, set: &[(&str, f64)], steps: u32) -> RunConfig {
    let mut config = config(world(8), &[objective], steps);
    config.seeds = 1;
    for (key, value) in [("patience", 0.0), ("lr", 0.01), ("token_width", 16.0)].iter().chain(set) {
        config.set.insert((*key).to_owned(), Value::Number(*value));
    }
    config
}

fn run(config: &RunConfig) -> Said {
    let said = play_with(script(config, &to_the_end()), Files::new(), |_| None);
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    said
}

fn control(report: &Report) -> &SynergyControl {
    report.objectives[0].synergy_control.as_ref().expect("a control")
}

fn accuracy(control: &SynergyControl, block: &str, probe: ProbeKind) -> f64 {
    let found = control.readings.iter().find(|r| r.block == block && r.probe == probe);
    found.expect("a reading").accuracy
}

#[test]
fn views_that_keep_the_bits_see_a_planted_exclusive_or() {
    let said = run(&of("comm", &[("noise", 0.3), ("drop", 0.0), ("swap", 0.0)], 300));
    let control = control(said.report());
    assert_eq!(control.given, ["a", "b"]);
    assert_eq!(control.rows, said.report().data.split[2]);
    assert!(accuracy(control, "all", ProbeKind::Mlp) > 0.8, "{control:?}");
    assert_eq!(control.is_seen(ProbeKind::Mlp), Some(true));
    let words = control.words(ProbeKind::Mlp).expect("a sentence");
    assert!(words.starts_with("A control was seen"), "{words}");
    let told =
        |e: &&Event| matches!(e, Event::Task { task: Some(t) } if t.name.contains("Planting"));
    assert!(said.0.iter().filter(told).count() > 3, "its progress is told");
}

/// Beside views that keep the bits stand some that keep nothing: every input is another row's. Four
/// numbers of 16 columns hold the bits only where training has found them.
#[test]
fn views_that_keep_nothing_cannot_see_it() {
    let of = |swap: f64| {
        let changes = [("noise", 0.3), ("swap", swap), ("drop", 0.0), ("embedding", 4.0)];
        let mut config = of("cross_self", &changes, 200);
        config.data = world(16);
        run(&config)
    };
    let (kept, lost) = (of(0.0), of(1.0));
    let [kept, lost] = [&kept, &lost].map(|said| control(said.report()));
    assert_eq!(kept.is_seen(ProbeKind::Mlp), Some(true), "{kept:?}");
    assert_eq!(lost.is_seen(ProbeKind::Mlp), Some(false), "{lost:?}");
    let words = lost.words(ProbeKind::Mlp).expect("a sentence");
    assert!(words.starts_with("This setting cannot see synergy"), "{words}");
}

#[test]
fn a_control_changes_nothing_else_and_can_be_left_out() {
    let with = of("coral", &[], 4);
    let mut without = with.clone();
    without.set.insert("synergy_control".to_owned(), Value::Word("off".to_owned()));
    let (with, without) = (run(&with), run(&without));
    assert_eq!(with.losses(), without.losses());
    let mut bare = with.report().clone();
    assert!(bare.objectives[0].synergy_control.take().is_some());
    bare.run.config = without.report().run.config.clone();
    bare.run.settings = without.report().run.settings.clone();
    bare.run.link = without.report().run.link.clone();
    assert_eq!(comparable(&bare), comparable(without.report()));
    assert!(run(&of("clip", &[], 4)).report().objectives[0].synergy_control.is_none());
}

#[test]
fn a_control_is_given_up_like_the_rest_of_an_evaluation() {
    let config = of("coral", &[], 30);
    let said = play_with(script(&config, &[Command::Play]), Files::new(), |event| {
        let planting =
            matches!(event, Event::Task { task: Some(t) } if t.name.contains("Planting"));
        planting.then_some(Command::Cancel)
    });
    assert!(!said.0.iter().any(|e| matches!(e, Event::Report { .. })), "no report");
    assert!(said.faults().is_empty(), "{:?}", said.faults());
}
