//! A seed whose loss is no number any more is reported as such and disturbs nobody.

use crate::double::{Said, config, hierarchy, play, script, to_the_end};
use trefoil_protocol::{Cell, ObjectiveReport, Report, RunConfig, StopReason, Value};

/// A logit scale that learns so fast that its first step ends at e^100 or e^-100: infinite, or
/// nothing at all, by the sign of the seed's first gradient.
const WILD: &str = "symile:lr=0.1:scale_lr=1000";

fn wild(objectives: &[&str], seeds: u32) -> RunConfig {
    let mut config = config(hierarchy(100), objectives, 10);
    config.seeds = seeds;
    config.set.insert("warmup".to_owned(), Value::Number(0.0));
    config
}

fn run(config: &RunConfig) -> Said {
    let said = play(script(config, &to_the_end()));
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    said
}

/// Every cell that has a value for each seed in its order.
fn cells(column: &ObjectiveReport) -> Vec<&Cell> {
    let retrieval = column.retrieval.iter().flat_map(|r| [&r.top1, &r.top5]);
    let probes = column.probes.iter().map(|p| &p.value);
    let sharing = column.sharing.needs_both.values();
    let recovery = column.recovery.iter().flat_map(|r| r.r2.iter().flatten());
    retrieval.chain(probes).chain(sharing).chain(recovery).collect()
}

fn objective<'a>(report: &'a Report, name: &str) -> &'a ObjectiveReport {
    report.objectives.iter().find(|o| o.name == name).expect("the objective")
}

fn lines<'a>(said: &'a Said, objective: &str, seed: u64) -> Vec<&'a str> {
    let start = format!("{objective},{seed},");
    said.losses().lines().filter(|line| line.starts_with(&start)).collect()
}

#[test]
fn a_seed_that_diverges_is_null_and_the_others_are_as_without_it() {
    let mut found = run(&wild(&["clip", WILD], 4));
    let report = found.report();
    let column = &report.objectives[1];
    let diverged: Vec<bool> = column.stopped.iter().map(|s| *s == StopReason::Diverged).collect();
    assert!(diverged.contains(&true) && diverged.contains(&false), "{:?}", column.stopped);
    for (seed, diverged) in diverged.iter().enumerate() {
        for cell in cells(column) {
            assert_eq!(cell.per_seed.len(), 4);
            assert!(!*diverged || cell.per_seed[seed].is_none(), "seed {seed}: {cell:?}");
        }
        if *diverged {
            assert!(column.steps[seed] < 10);
        }
        let top1 = column.retrieval[0].top1.per_seed[seed];
        assert_eq!(top1.is_none(), *diverged, "seed {seed}");
    }

    // The other objective, bit by bit as in a run without it.
    let without = run(&wild(&["clip"], 4));
    let [mut a, mut b] = [&found, &without].map(|said| objective(said.report(), "clip").clone());
    (a.seconds, b.seconds) = (0.0, 0.0);
    assert_eq!(a, b);
    for seed in 3..7 {
        assert_eq!(lines(&found, "clip", seed), lines(&without, "clip", seed));
    }

    // The seeds before it, as in a run that has only those.
    let first = diverged.iter().position(|d| *d).expect("one diverged");
    let (shorter, kept) = if first > 0 {
        (first, 0..first)
    } else {
        let last = diverged.iter().position(|d| !*d).expect("one did not");
        found = run(&wild(&[WILD], 4));
        (last + 1, last..last + 1)
    };
    let fewer = run(&wild(&[WILD], shorter as u32));
    let column = objective(found.report(), &wild(&[WILD], 1).objectives[0].label());
    for (a, b) in cells(column).iter().zip(cells(&fewer.report().objectives[0])) {
        assert_eq!(a.per_seed[kept.clone()], b.per_seed[kept.clone()]);
    }
    for seed in kept {
        let name = &column.name;
        assert_eq!(lines(&found, name, 3 + seed as u64), lines(&fewer, name, 3 + seed as u64));
    }
}

#[test]
fn nothing_is_recorded_after_a_seed_has_diverged() {
    let said = run(&wild(&[WILD], 4));
    let report = said.report();
    let column = &report.objectives[0];
    for (seed, (stopped, steps)) in column.stopped.iter().zip(&column.steps).enumerate() {
        let last = lines(&said, &column.name, 3 + seed as u64)
            .iter()
            .filter_map(|line| line.split(',').nth(2)?.parse::<u64>().ok())
            .max();
        let limit = if *stopped == StopReason::Diverged { *steps } else { 10 };
        assert!(last <= Some(limit + 1), "seed {seed}: {last:?} after {steps} steps");
    }
    let json = serde_json::to_string(report).expect("a report is JSON");
    assert!(!json.contains("NaN") && json.contains("null"));
}
