//! Golden values of HCL and COrAL from an independent PyTorch script (`golden/make.py`): the loss,
//! its terms and every gradient, in `f64`.

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

use serde::Deserialize;
use std::collections::BTreeMap;
use trefoil_objectives::{Coral, Hcl, HclLinear, ModalityShape, Shape, Views};
use trefoil_plan::{Statistics, Tape, Var};
use trefoil_protocol::{Settings, Value};
use trefoil_tests::fixed::{Forward, evaluate};

#[derive(Deserialize)]
struct Golden {
    loss: f64,
    terms: BTreeMap<String, f64>,
    gradients: BTreeMap<String, Vec<f64>>,
}

/// The formula of `make.py`.
fn formula(name: &str, count: usize, scale: f64) -> Vec<f64> {
    let phase = f64::from(name.bytes().map(u32::from).sum::<u32>()) * 0.1;
    (0..count).map(|i| scale * (1.7 * i as f64 + phase).sin()).collect()
}

const DIMS: [u32; 3] = [5, 4, 6];

fn shape() -> Shape {
    let modality = |(m, &inputs): (usize, &u32)| ModalityShape {
        name: format!("m{m}"),
        inputs,
        absent_input: None,
    };
    Shape { modalities: DIMS.iter().enumerate().map(modality).collect(), batch: 4 }
}

fn settings(changes: &[(&str, f64)]) -> Settings {
    let mut settings = Settings::default();
    for (key, value) in changes {
        assert!(settings.set(key, &Value::Number(*value)), "{key}");
    }
    settings
}

fn inputs(tape: &mut Tape, names: &[&str], rows: u32) -> Vec<Var> {
    (DIMS.iter().enumerate())
        .map(|(m, &d)| {
            let count = (rows * d) as usize;
            let values: Vec<f64> =
                names.iter().flat_map(|n| formula(&format!("{n} {m}"), count, 1.3)).collect();
            tape.constant("input", rows * names.len() as u32, d, values)
        })
        .collect()
}

fn check(golden: &str, forward: &Forward<'_>) {
    let golden: Golden = serde_json::from_str(golden).expect("the fixture is JSON");
    let values: BTreeMap<String, Vec<f64>> = golden
        .gradients
        .iter()
        .map(|(name, gradient)| {
            let shift = if name.ends_with("gamma") { 1.0 } else { 0.0 };
            let values = formula(name, gradient.len(), 0.4);
            (name.clone(), values.into_iter().map(|v| v + shift).collect())
        })
        .collect();
    let found = evaluate(forward, &values);
    let near = |e: f64, f: f64, size: f64| (e - f).abs() <= 1e-9 * size.max(1.0);
    assert!(near(golden.loss, found.losses[0], golden.loss.abs()), "loss {}", found.losses[0]);
    let terms: Vec<f64> = found.losses[1..].to_vec();
    for (name, expected) in &golden.terms {
        let known = terms.iter().any(|&t| near(*expected, t, expected.abs()));
        assert!(known, "term {name} is {expected}, found {terms:?}");
    }
    let names: Vec<&String> = found.gradients.keys().collect();
    assert_eq!(names, golden.gradients.keys().collect::<Vec<_>>(), "parameters");
    for (name, expected) in &golden.gradients {
        let size = expected.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        for (i, (&e, &f)) in expected.iter().zip(&found.gradients[name]).enumerate() {
            assert!(near(e, f, size), "gradient {name}[{i}] is {f}, PyTorch has {e}");
        }
    }
}

#[test]
fn hcl_deep() {
    let settings = settings(&[("rank", 2.0), ("width", 5.0)]);
    check(include_str!("golden/hcl.json"), &|tape| {
        let inputs = inputs(tape, &["input"], 9);
        Hcl::new(&settings, &shape()).expect("blocks of one size").terms(tape, &inputs, None)
    });
}

#[test]
fn hcl_deep_with_holes() {
    let settings = settings(&[("rank", 2.0), ("width", 5.0)]);
    check(include_str!("golden/hcl_holes.json"), &|tape| {
        let inputs = inputs(tape, &["input"], 16);
        let there = |(i, m): (usize, usize)| if i % 4 == 1 && i / 4 % 3 == m { 0.0 } else { 1.0 };
        let values = (0..16).flat_map(|i| (0..3).map(move |m| (i, m))).map(there).collect();
        let presence = tape.constant("presence", 16, 3, values);
        Hcl::new(&settings, &shape()).expect("blocks of one size").terms(
            tape,
            &inputs,
            Some(presence),
        )
    });
}

#[test]
fn hcl_linear() {
    let settings = settings(&[("rank", 2.0)]);
    check(include_str!("golden/hcl_linear.json"), &|tape| {
        let inputs = inputs(tape, &["input"], 9);
        HclLinear::new(&settings, &shape()).expect("blocks of one size").terms(tape, &inputs, None)
    });
}

#[test]
fn coral() {
    let settings = settings(&[("tokens", 2.0), ("token_width", 8.0), ("width", 5.0)]);
    check(include_str!("golden/coral.json"), &|tape| {
        let inputs = inputs(tape, &["input", "other"], 6);
        // The class token is never hidden.
        let kept =
            |(i, t): (usize, usize)| if t == 0 || (i + 3 * (t - 1)) % 4 > 0 { 1.0 } else { 0.0 };
        let values = (0..12).flat_map(|i| (0..7).map(move |t| (i, t))).map(kept).collect();
        let token_mask = tape.constant("kept", 12, 7, values);
        let statistics = Statistics::Train;
        let views = Views { inputs: &inputs, token_mask, presence: None, statistics };
        Coral::new(&settings, &shape()).expect("heads fit").terms(tape, &views)
    });
}
