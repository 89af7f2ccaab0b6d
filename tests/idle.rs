//! Settings of which is said that nothing looks at them: changing one changes nothing.

use trefoil_plan::{Init, Phase, record};
use trefoil_protocol::ObjectiveName;
use trefoil_tests::worlds::{objective, settings, world};

/// Settings by key, and their values.
type Changes = &'static [(&'static str, &'static str)];

/// An objective, what makes settings idle, and other values of these.
const CASES: &[(ObjectiveName, Changes, Changes)] = &[
    (ObjectiveName::Clip, &[("depth", "0")], &[("width", "12"), ("activation", "gelu")]),
    (
        ObjectiveName::Hcl,
        &[("form", "linear")],
        &[
            ("depth", "2"),
            ("width", "12"),
            ("activation", "gelu"),
            ("loss", "official"),
            ("reconstruction", "1"),
            ("level_weight", "2"),
            ("rotation", "per_modality"),
        ],
    ),
    (
        ObjectiveName::Hcl,
        &[],
        &[("level_weight", "2"), ("start", "peeling"), ("rotation", "per_modality")],
    ),
    (ObjectiveName::Hcl, &[("loss", "official")], &[("reconstruction", "1")]),
    (ObjectiveName::Hcl, &[("ranks", "m0+m1=2,m0=1,m1=1")], &[("rank", "3")]),
    (
        ObjectiveName::Coral,
        &[("tokenizer", "feature")],
        &[("tokens", "2"), ("depth", "2"), ("width", "12"), ("activation", "gelu")],
    ),
];

fn plan(name: ObjectiveName, changes: &[(&str, &str)]) -> String {
    let world = world(&[3, 5], 16, false);
    let (objective, training) = objective(&world, name, changes);
    format!("{:?}", record(objective.as_ref(), &training))
}

#[test]
fn what_is_idle_changes_nothing() {
    for &(name, base, others) in CASES {
        let settings = settings(name, base);
        let as_it_is = plan(name, base);
        for &other in others {
            assert!(settings.idle(name, other.0).is_some(), "{name:?} {base:?}: {other:?}");
            let changed = plan(name, &[base, &[other]].concat());
            assert!(as_it_is == changed, "{name:?} {base:?} looks at {other:?}");
        }
    }
}

/// The test above would see a setting that counts.
#[test]
fn what_counts_changes_the_plan() {
    assert_ne!(plan(ObjectiveName::Coral, &[]), plan(ObjectiveName::Coral, &[("tokens", "2")]));
}

/// λ as the authors' code has it: it starts at −0.3 and decays like the weights.
#[test]
fn symiles_published_scale_starts_and_decays_as_theirs() {
    let scale = |changes: &[(&str, &str)]| {
        let world = world(&[3, 5, 4], 16, false);
        let (objective, training) = objective(&world, ObjectiveName::Symile, changes);
        let plan = record(objective.as_ref(), &training);
        let param = plan.params.iter().find(|p| p.name == "log_scale").expect("Symile has one");
        let tasks = plan.phase(Phase::Train).iter().flat_map(|d| &d.tasks);
        let steps = tasks.filter(|t| t.kernel.name == "adamw");
        let of = |label: &str| {
            let step = steps.clone().find(|t| t.label == label).expect("every group has a step");
            f32::from_bits(step.attrs[4])
        };
        (param.init, of("Scale"), of("Matrix"))
    };
    let ours = scale(&[("weight_decay", "0.01")]);
    assert_eq!((ours.1, ours.2), (0.0, 0.01));
    let theirs = scale(&[("weight_decay", "0.01"), ("scale_recipe", "published")]);
    assert_eq!(theirs, (Init::Constant(-0.3), 0.01, 0.01));
    // Set for a whole run, it is Symile's alone.
    let published = [("scale_recipe", "published")];
    assert!(plan(ObjectiveName::Clip, &[]) == plan(ObjectiveName::Clip, &published));
}
