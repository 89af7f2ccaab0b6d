//! Every op on WebGPU against its reference, at sizes around the edges of workgroups.

use std::collections::BTreeSet;
use trefoil_plan::{KERNELS, Phase, record};
use trefoil_tests::worlds::{FORMS, objective, world};
use trefoil_tests::{cases, compare};

#[test]
fn every_shader_compiles() {
    compare::gpu().compile_all().expect("every shader compiles");
}

#[test]
fn every_op_computes_what_its_reference_does() {
    let gpu = compare::gpu();
    let tables = cases::tables();
    for case in cases::all() {
        for batch in [1, 3, 4, 5, 15, 16, 17, 63, 64, 65] {
            compare::check(&gpu, case.name, &case, &cases::training(batch), &tables);
        }
    }
}

#[test]
fn every_kernel_has_a_case() {
    let mut used = BTreeSet::new();
    for case in cases::all() {
        let plan = record(&case, &cases::training(4));
        for dispatch in Phase::ALL.iter().flat_map(|&phase| plan.phase(phase)) {
            used.insert(dispatch.kernel.name);
        }
    }
    let missing: Vec<_> = KERNELS.iter().map(|k| k.name).filter(|k| !used.contains(k)).collect();
    assert!(missing.is_empty(), "kernels that no case uses: {missing:?}");
}

#[test]
fn every_objective_computes_what_its_reference_does() {
    let gpu = compare::gpu();
    for (inputs, holes) in [(&[5u32, 4][..], false), (&[9, 33, 6][..], true)] {
        let world = world(inputs, 24, holes);
        for &(title, name, changes) in FORMS {
            let changes = [changes, &[("width", "20"), ("batch", "24")]].concat();
            let (objective, training) = objective(&world, name, &changes);
            compare::check(&gpu, title, objective.as_ref(), &training, &world.tables);
        }
    }
}

/// Losses of both executors over the first hundred steps, on the same batches.
#[test]
fn a_hundred_steps_have_the_same_losses() {
    let gpu = compare::gpu();
    let world = world(&[9, 12, 6], 24, true);
    for &(title, name, changes) in FORMS {
        let changes = [changes, &[("width", "20"), ("batch", "24")]].concat();
        let (objective, training) = objective(&world, name, &changes);
        compare::losses(&gpu, title, objective.as_ref(), &training, &world.tables, 100, 1e-3);
    }
}
