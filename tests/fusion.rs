//! Which tokens a fused embedding attends to.

use std::collections::BTreeSet;
use trefoil_plan::{Phase, record};
use trefoil_protocol::ObjectiveName;
use trefoil_tests::worlds::{objective, world};

const BATCH: u32 = 24;

/// Tokens that attention runs over, of modalities with three and five columns and a token for each.
fn attended(name: ObjectiveName, phase: Phase) -> BTreeSet<u32> {
    let world = world(&[3, 5], BATCH, false);
    let changes = [("tokenizer", "feature"), ("token_width", "8"), ("batch", "24")];
    let (objective, training) = objective(&world, name, &changes);
    let plan = record(objective.as_ref(), &training);
    let rows = if phase == Phase::Train { 2 * BATCH } else { plan.embed_rows };
    let tasks = plan.phase(phase).iter().flat_map(|d| &d.tasks);
    let attention = tasks.filter(|task| task.kernel.name == "attention");
    attention.map(|task| task.places[0].rows / rows).collect()
}

/// With the class token: of each modality alone, and of both.
#[test]
fn comm_leaves_out_the_tokens_of_other_modalities() {
    for phase in [Phase::Train, Phase::Embed] {
        assert_eq!(attended(ObjectiveName::Comm, phase), BTreeSet::from([4, 6, 9]), "{phase:?}");
    }
}

/// The shared path always has all of them, hidden or not; the unique paths have no class token.
#[test]
fn coral_hides_tokens_and_still_attends_to_them() {
    for phase in [Phase::Train, Phase::Embed] {
        assert_eq!(attended(ObjectiveName::Coral, phase), BTreeSet::from([3, 5, 9]), "{phase:?}");
    }
}
