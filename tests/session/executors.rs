//! The same session on a GPU (a software one will do) and on the CPU.

use crate::double::{
    ALL, Said, config, files, generated, hierarchy, hierarchy_of, play, play_on_hardware,
    play_with, script, to_the_end,
};
use std::collections::BTreeMap;
use trefoil_protocol::{Command, ExecutorChoice, ExecutorKind, RunConfig, Value};

/// Three modalities, some rows without one of them.
fn holes() -> crate::double::Files {
    let mut all = generated(&hierarchy_of(&[5, 6, 4], 120));
    for (m, name) in ["a.csv", "b.csv", "c.csv"].into_iter().enumerate() {
        let rows = crate::double::table(&all[name]);
        let kept = rows.into_iter().enumerate().filter(|(i, _)| *i == 0 || i % 9 != m);
        let kept: Vec<_> = kept.map(|(_, row)| row).collect();
        all.insert(name.to_owned(), crate::double::written(&kept));
    }
    all
}

fn run(executor: ExecutorChoice, steps: u32, then: &[Command]) -> Said {
    let all = holes();
    let mut config = RunConfig { executor, ..config(files(&all, None), ALL, steps) };
    config.set.insert("eval_every".to_owned(), Value::Number(10.0));
    let said = play_with(script(&config, then), all, |_| None);
    assert!(said.faults().is_empty(), "{:?}", said.faults());
    said
}

/// objective, seed, step, split, term → value
fn losses(said: &Said) -> BTreeMap<String, f64> {
    let lines = said.losses().lines().skip(1);
    let line = |line: &str| {
        let (key, value) = line.rsplit_once(',').expect("cells");
        (key.to_owned(), value.parse().expect("a number"))
    };
    lines.map(line).filter(|(key, _)| !key.contains("gradient norm")).collect()
}

#[test]
fn gpu_and_cpu_have_the_same_losses_for_a_hundred_steps() {
    let [cpu, gpu] = [ExecutorChoice::Cpu, ExecutorChoice::Gpu]
        .map(|executor| run(executor, 100, &to_the_end()));
    assert_eq!(cpu.report().executor.kind, ExecutorKind::Cpu);
    assert_eq!(gpu.report().executor.kind, ExecutorKind::Gpu);
    let [left, right] = [&cpu, &gpu].map(losses);
    assert!(left.keys().eq(right.keys()));
    assert_eq!(cpu.stops(), gpu.stops());
    for (key, e) in &left {
        let f = right[key];
        assert!((e - f).abs() <= 1e-3 * e.abs().max(1.0), "{key}: {f} on the GPU, {e} on the CPU");
    }
}

#[test]
fn on_the_gpu_the_size_of_a_submission_changes_no_number() {
    let played = run(ExecutorChoice::Gpu, 12, &to_the_end());
    let mut steps = vec![Command::Step; 12];
    steps.push(to_the_end().remove(1));
    let stepped = run(ExecutorChoice::Gpu, 12, &steps);
    assert_eq!(played.losses(), stepped.losses());
    assert_eq!(played.stops(), stepped.stops());
}

#[test]
fn auto_takes_the_cpu_where_another_cpu_plays_the_gpu() {
    let config = RunConfig { executor: ExecutorChoice::Auto, ..config(hierarchy(100), ALL, 2) };
    let said = play(script(&config, &to_the_end()));
    let executor = &said.report().executor;
    assert_eq!(executor.kind, ExecutorKind::Cpu);
    assert!(executor.reason.contains("plays a GPU"), "{}", executor.reason);
}

/// Milliseconds before a word.
fn milliseconds(reason: &str, before: &str) -> f64 {
    let (start, _) = reason.split_once(before).expect("both figures");
    start.rsplit(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
fn auto_measures_both_and_takes_the_faster_one() {
    let config = RunConfig { executor: ExecutorChoice::Auto, ..config(hierarchy(100), ALL, 2) };
    let said = play_on_hardware(script(&config, &to_the_end()));
    let executor = &said.report().executor;
    let [gpu, cpu] =
        [" ms on the GPU", " ms on the CPU"].map(|w| milliseconds(&executor.reason, w));
    assert!(gpu > 0.0 && cpu > 0.0, "{}", executor.reason);
    let faster = if cpu < gpu { ExecutorKind::Cpu } else { ExecutorKind::Gpu };
    assert_eq!(executor.kind, faster, "{}", executor.reason);
}
