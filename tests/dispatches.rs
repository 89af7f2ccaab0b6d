//! How many dispatches a training step takes, whatever the number of seeds. It may fall; what makes it
//! grow has to be seen.

use trefoil_plan::{Dispatch, Phase, Plan, record};
use trefoil_protocol::ObjectiveName;
use trefoil_tests::worlds::{objective, world};

/// The plan of the work that is measured everywhere: three modalities of 64, 48 and 32 columns, a
/// hidden layer of 128 units, 256 rows a batch (as many as there are, here).
fn plan(name: ObjectiveName) -> Plan {
    let world = world(&[64, 48, 32], 64, false);
    let (objective, training) = objective(&world, name, &[("width", "128"), ("batch", "64")]);
    record(objective.as_ref(), &training)
}

#[test]
fn a_step_takes_no_more_dispatches_than_it_did() {
    for (name, most) in [
        (ObjectiveName::Clip, 14),
        (ObjectiveName::Symile, 16),
        (ObjectiveName::Hcl, 18),
        (ObjectiveName::Coral, 50),
    ] {
        let plan = plan(name);
        let step = plan.phase(Phase::Train);
        let list: Vec<String> = step.iter().map(Dispatch::name).collect();
        assert!(list.len() <= most, "{name}: {} dispatches\n{}", list.len(), list.join("\n"));
    }
}
