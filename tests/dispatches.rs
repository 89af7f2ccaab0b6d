//! How many dispatches a training step takes, whatever the number of seeds, and how much memory a replica.
//! Both may fall; what makes them grow has to be seen.

use std::collections::BTreeSet;
use trefoil_plan::{Dispatch, Phase, Plan, record};
use trefoil_protocol::ObjectiveName;
use trefoil_tests::worlds::{objective, world};

/// The plan of the work that is measured everywhere: three modalities of 64, 48 and 32 columns, a
/// hidden layer of 128 units. The rows of a batch change nothing.
fn plan(name: ObjectiveName) -> Plan {
    let world = world(&[64, 48, 32], 64, false);
    let (objective, training) = objective(&world, name, &[("width", "128"), ("batch", "64")]);
    record(objective.as_ref(), &training)
}

#[test]
fn a_step_takes_no_more_dispatches_and_memory_than_it_did() {
    for (name, most, kilofloats) in [
        (ObjectiveName::Clip, 7, 410),
        (ObjectiveName::Symile, 9, 445),
        (ObjectiveName::Hcl, 11, 959),
        (ObjectiveName::Coral, 21, 3769),
    ] {
        let plan = plan(name);
        let step = plan.phase(Phase::Train);
        let floats = plan.floats();
        assert!(floats <= 1000 * kilofloats, "{name}: {floats} floats a replica");
        let list: Vec<String> = step.iter().map(Dispatch::name).collect();
        assert!(list.len() <= most, "{name}: {} dispatches\n{}", list.len(), list.join("\n"));
    }
}

#[test]
fn what_can_be_fused_or_worked_out_before_is() {
    let kernels = |name: ObjectiveName, changes: &[(&str, &str)]| -> BTreeSet<&str> {
        let world = world(&[5, 4, 3], 24, false);
        let (objective, training) = objective(&world, name, changes);
        let plan = record(objective.as_ref(), &training);
        plan.phase(Phase::Train).iter().flat_map(Dispatch::kernels).map(|k| k.name).collect()
    };
    for activation in ["relu", "gelu", "tanh"] {
        let used = kernels(ObjectiveName::Clip, &[("activation", activation), ("batch", "24")]);
        assert!(!used.contains("activation") && !used.contains("activation_grad"), "{used:?}");
        // Every row counts, so that its share of the mean is always the same.
        assert!(used.contains("masked_mean") && !used.contains("masked_mean_grad"), "{used:?}");
    }
}
