//! What is asked for at the wrong time, or cannot be done, loses nothing.

use crate::double::{
    ALL, Files, Said, comparable, config, files, generated, hierarchy_of, play, play_with, script,
    small_files, to_the_end,
};
use trefoil_protocol::{
    Command, Event, FaultKind, Phase, RunConfig, Split, StepRecord, StopReason, Value,
};

#[test]
fn bad_data_keeps_what_is_loaded() {
    let config = config(small_files(), &["clip"], 6);
    let mut broken = generated(&hierarchy_of(&[3, 3, 3], 60));
    broken.insert("b.csv".to_owned(), b"id,x\nr1,1\nr1,2\n".to_vec());
    let bad = Command::Load { data: files(&broken, None), seed: 3 };
    let then = [&[bad][..], &to_the_end()].concat();
    let said = play_with(script(&config, &then), broken, |_| None);
    let [fault] = said.faults()[..] else { panic!("{:?}", said.faults()) };
    assert_eq!(fault.kind, FaultKind::Input);
    assert_eq!((fault.file.as_deref(), fault.row), (Some("b.csv"), Some(3)));
    let whole = play(script(&config, &to_the_end()));
    assert_eq!(comparable(said.report()), comparable(whole.report()));
}

#[test]
fn a_bad_setting_is_a_fault_and_nothing_trains_until_it_is_mended() {
    let good = config(small_files(), &["clip"], 6);
    for (key, value) in [("lr", 7.0), ("batch", 0.5), ("learning_rate", 0.1)] {
        let mut bad = good.clone();
        bad.set.insert(key.to_owned(), Value::Number(value));
        let mut then = vec![Command::Configure { config: bad }, Command::Play];
        let said = play(script(&good, &then));
        let [refused, played] = said.faults()[..] else { panic!("{:?}", said.faults()) };
        assert!([refused, played].iter().all(|f| f.kind == FaultKind::Input));
        assert!(refused.message.contains(key), "{refused}");
        assert!(!said.0.iter().any(|e| matches!(e, Event::Started { .. })), "something trains");
        // The data is still there.
        then.push(Command::Configure { config: good.clone() });
        then.extend(to_the_end());
        let mended = play(script(&good, &then));
        assert_eq!(mended.faults().len(), 2);
        assert_eq!(mended.report().run.config.set, good.set);
    }
    let mut heads = good;
    heads.set.remove("token_width");
    heads.objectives = vec!["coral:token_width=6".parse().expect("an objective")];
    let said = play(script(&heads, &[]));
    assert!(said.faults()[0].message.contains("multiple of 4"), "{:?}", said.faults());
}

#[test]
fn without_data_every_command_is_answered() {
    for command in [Command::Play, Command::Step, Command::Pause, Command::Stop, Command::Reset] {
        let said = play(vec![command.clone()]);
        assert_eq!(said.faults().len(), 1, "{command:?}: {:?}", said.0);
        assert_eq!(said.faults()[0].kind, FaultKind::Input);
    }
    assert!(play(vec![Command::Cancel]).faults().is_empty());
}

#[test]
fn reading_that_is_cancelled_keeps_what_is_loaded() {
    let config = config(small_files(), &["clip"], 6);
    let others: Files = generated(&hierarchy_of(&[3, 3, 3], 60));
    let slow = Command::Load { data: files(&others, None), seed: 3 };
    let then = [&[slow][..], &to_the_end()].concat();
    let said = play_with(script(&config, &then), others, |event| match event {
        Event::Task { task: Some(task) } if task.name == "Reading b.csv" => Some(Command::Cancel),
        _ => None,
    });
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    let loads = said.0.iter().filter(|e| matches!(e, Event::Data { .. })).count();
    assert_eq!(loads, 1);
    let names: Vec<&str> = said.report().data.modalities.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["small-a", "small-b", "small-c"]);
}

#[test]
fn an_evaluation_that_is_cancelled_can_be_asked_for_again() {
    for again in [Command::Play, Command::Stop] {
        cancelled_and(again);
    }
}

fn cancelled_and(again: Command) {
    let config = config(small_files(), &["clip", "hcl"], 6);
    let then = [&[Command::Play, again][..], &to_the_end()[1..]].concat();
    let asked = std::cell::Cell::new(false);
    let said = play_with(script(&config, &then), Files::new(), move |event| match event {
        Event::Task { task: Some(task) } if task.name.contains("hcl") && !asked.replace(true) => {
            Some(Command::Cancel)
        }
        _ => None,
    });
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    let mut ends: Vec<Phase> = said
        .phases()
        .into_iter()
        .filter(|p| matches!(p, Phase::Paused | Phase::Evaluating | Phase::Finished))
        .collect();
    ends.dedup();
    assert_eq!(ends, [Phase::Evaluating, Phase::Paused, Phase::Evaluating, Phase::Finished]);
    assert_eq!(said.0.iter().filter(|e| matches!(e, Event::Started { .. })).count(), 1);
    let whole = play(script(&config, &to_the_end()));
    assert_eq!(said.losses(), whole.losses());
    assert_eq!(comparable(said.report()), comparable(whole.report()));
}

#[test]
fn a_run_that_is_stopped_is_measured_as_far_as_it_came() {
    let mut config = config(small_files(), &["clip"], 50);
    config.set.insert("schedule".to_owned(), Value::Word("constant".to_owned()));
    let mut then = vec![Command::Step; 13];
    then.extend([Command::Stop, to_the_end().remove(1)]);
    let said = play(script(&config, &then));
    assert_eq!(said.stops()[0].0, [13, 13]);
    assert_eq!(said.stops()[0].1, [StopReason::Stopped; 2]);
    // Between two validations: the last weights are judged as if these had been all steps.
    let short = play(script(&RunConfig { steps: 13, ..config.clone() }, &to_the_end()));
    let last = |said: &Said| {
        let validated = |r: &&StepRecord| r.split == Split::Validation;
        said.records().into_iter().rfind(validated).cloned()
    };
    assert_eq!(last(&said).map(|r| r.step), Some(13));
    assert_eq!(last(&said), last(&short));
    assert_eq!(said.report().objectives[0].retrieval, short.report().objectives[0].retrieval);

    // Pressed too late it changes nothing, and training again is from the start.
    then.extend([Command::Stop, Command::Pause, Command::Play]);
    let said = play(script(&config, &then));
    let started = said.0.iter().filter(|e| matches!(e, Event::Started { .. })).count();
    assert_eq!((started, said.phases().last()), (2, Some(&Phase::Finished)));
    assert_eq!(said.stops().last().map(|s| s.0.clone()), Some(vec![50, 50]));
}

/// Settings that change while a run is under way are those of the next one.
#[test]
fn playing_with_other_settings_starts_another_run() {
    let config = config(small_files(), ALL, 6);
    let mut other = config.clone();
    other.set.insert("lr".to_owned(), Value::Number(0.02));
    let mut then = vec![Command::Step, Command::Configure { config: other.clone() }];
    then.extend(to_the_end());
    let said = play(script(&config, &then));
    let fresh = play(script(&other, &to_the_end()));
    assert_eq!(said.losses(), fresh.losses());
    assert_eq!(said.report().run.config.set, other.set);
}
