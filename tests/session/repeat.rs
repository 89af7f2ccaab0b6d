//! The same numbers, however a run is cut into pieces.

use crate::double::{
    ALL, Said, comparable, config, hierarchy, play, play_and_in_the_first_step, script,
    small_files, to_the_end,
};
use trefoil_protocol::{Command, Event, Export, RunConfig, StepRecord, StopReason, Value};

/// 12 steps: validations at 0, 5, 10 and after the last.
fn small() -> RunConfig {
    config(small_files(), ALL, 12)
}

fn uninterrupted(config: &RunConfig) -> Said {
    play(script(config, &to_the_end()))
}

fn same(a: &Said, b: &Said, what: &str) {
    assert!(a.faults().is_empty() && b.faults().is_empty(), "{:?} {:?}", a.faults(), b.faults());
    assert_eq!(a.losses(), b.losses(), "losses, {what}");
    assert_eq!(comparable(a.report()), comparable(b.report()), "report, {what}");
}

#[test]
fn the_same_seed_gives_the_same_report_and_another_seed_another() {
    let config = config(hierarchy(100), ALL, 12);
    let first = uninterrupted(&config);
    same(&first, &uninterrupted(&config), "the same seed");
    let other = uninterrupted(&RunConfig { seed: 4, ..config.clone() });
    for (a, b) in first.report().objectives.iter().zip(&other.report().objectives) {
        assert_ne!(a.retrieval, b.retrieval, "{}", a.name);
    }
    assert_ne!(first.losses(), other.losses());
    // Seeds of a run differ from each other, and seed 4 of either run starts from the same weights.
    let line = |said: &Said, seed: &str| {
        let start = format!("clip,{seed},1,train,gradient norm");
        said.losses().lines().find(|l| l.starts_with(&start)).map(str::to_owned)
    };
    let value =
        |line: Option<String>| line.expect("a loss").rsplit_once(',').map(|v| v.1.to_owned());
    assert_ne!(value(line(&first, "3")), value(line(&first, "4")));
    assert_eq!(first.report().run.seeds, [3, 4]);
    assert_eq!(other.report().run.seeds, [4, 5]);
}

#[test]
fn pausing_stepping_and_resetting_change_no_number() {
    let config = small();
    let whole = uninterrupted(&config);

    let then = [&[Command::Play][..], &to_the_end()].concat();
    let paused = play_and_in_the_first_step(script(&config, &then), Command::Pause);
    let pauses = paused.phases().iter().filter(|p| **p == trefoil_protocol::Phase::Paused).count();
    assert_eq!(pauses, 1, "it was paused before the end: {:?}", paused.phases());
    same(&whole, &paused, "paused and played");

    let mut then = vec![Command::Step; 4];
    then.extend(to_the_end());
    same(&whole, &play(script(&config, &then)), "four single steps, then played");

    let mut then = vec![Command::Step; 7];
    then.push(Command::Reset);
    then.extend(to_the_end());
    let reset = play(script(&config, &then));
    same(&whole, &reset, "reset after seven steps");
    // It did begin again: the records of the run that ended have every step, from none on.
    assert_eq!(reset.0.iter().filter(|e| matches!(e, Event::Started { .. })).count(), 2);
    let sorted = |said: &Said| {
        // How many come at once depends on the time.
        let mut records: Vec<StepRecord> = said.records().into_iter().cloned().collect();
        records.sort_by_key(|r| (r.objective, r.step, r.split));
        records
    };
    assert_eq!(sorted(&reset), sorted(&whole));
}

#[test]
fn patience_falls_on_the_same_steps_whatever_the_size_of_a_submission() {
    let mut config = config(small_files(), &["clip", "coral"], 60);
    config.set.insert("patience".to_owned(), Value::Number(2.0));
    config.set.insert("lr".to_owned(), Value::Number(0.05));
    let played = uninterrupted(&config);
    let mut steps = vec![Command::Step; 60];
    steps.push(Command::Export { what: Export::Losses });
    let stepped = play(script(&config, &steps));
    assert_eq!(played.losses(), stepped.losses());
    assert_eq!(played.stops(), stepped.stops());
    let (steps, reasons) = &played.stops()[0];
    assert!(reasons.contains(&StopReason::Patience), "{reasons:?}");
    for (step, reason) in steps.iter().zip(reasons) {
        let fixed = if *reason == StopReason::Patience { step % 5 == 0 } else { *step == 60 };
        assert!(fixed, "{reason:?} after {step} steps");
    }
    // Two validations without a better one, and no more, were waited for.
    for (seed, (step, reason)) in ["3", "4"].iter().zip(steps.iter().zip(reasons)) {
        let total = format!("clip,{seed},");
        let validations: Vec<(u64, f64)> = played
            .losses()
            .lines()
            .filter(|l| l.starts_with(&total) && l.contains(",validation,loss,"))
            .map(|l| {
                let cells: Vec<&str> = l.split(',').collect();
                (cells[2].parse().expect("a step"), cells[5].parse().expect("a loss"))
            })
            .collect();
        assert_eq!(validations.last().map(|v| v.0), Some(*step));
        if *reason == StopReason::Patience {
            let best = validations.iter().min_by(|a, b| a.1.total_cmp(&b.1)).expect("some");
            assert_eq!(best.0 + 2 * 5, *step, "seed {seed}: {validations:?}");
        }
    }
}

#[test]
fn validation_falls_on_fixed_steps_and_on_the_last() {
    let said = uninterrupted(&small());
    for objective in 0..4 {
        let steps = |split| -> Vec<u32> {
            let records = said.records().into_iter();
            records
                .filter(|r| (r.objective, r.split) == (objective, split))
                .map(|r| r.step)
                .collect()
        };
        assert_eq!(steps(trefoil_protocol::Split::Validation), [0, 5, 10, 12]);
        assert_eq!(steps(trefoil_protocol::Split::Train), (1..=12).collect::<Vec<_>>());
    }
}

/// A run that went on too long is measured with the weights that it had when it validated best.
#[test]
fn the_weights_that_validated_best_are_measured() {
    let mut long = config(small_files(), &["clip"], 60);
    long.seeds = 1;
    for (key, value) in [("patience", 2.0), ("lr", 0.05)] {
        long.set.insert(key.to_owned(), Value::Number(value));
    }
    // The same rate at the same step, however many steps there are.
    long.set.insert("schedule".to_owned(), Value::Word("constant".to_owned()));
    let found = uninterrupted(&long);
    let (steps, reasons) = found.stops().remove(0);
    assert_eq!(reasons, [StopReason::Patience]);
    let best = steps[0] as u32 - 2 * 5;
    assert!(best > 0, "it got better at first");
    let short = uninterrupted(&RunConfig { steps: best, ..long });
    assert_eq!(short.stops(), [(vec![u64::from(best)], vec![StopReason::Limit])]);
    let [a, b] = [&found, &short].map(|said| &said.report().objectives[0]);
    assert_eq!(a.retrieval, b.retrieval);
    assert_eq!(a.sharing, b.sharing);
}
