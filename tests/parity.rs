//! Every op on WebGPU against its reference, at sizes around the edges of workgroups.

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

use pollster::block_on;
use std::collections::BTreeSet;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use trefoil_plan::{Executor, KERNELS, Phase, Place, Work, record, state};
use trefoil_tests::worlds::{FEATURES, FORMS, UNEQUAL, objective, world};
use trefoil_tests::{cases, compare};

#[test]
fn every_shader_compiles() {
    block_on(compare::gpu().compile_all()).expect("every shader compiles");
}

#[test]
fn every_op_computes_what_its_reference_does() {
    let tables = cases::tables();
    // Alone, and sharing launches that are folded as those of large runs are.
    for gpu in [compare::gpu(), compare::gpu().mixing(true).folding(3)] {
        for case in cases::all() {
            for batch in [1, 3, 4, 5, 15, 16, 17, 63, 64, 65] {
                compare::check(&gpu, case.name, &case, &cases::training(batch), &tables);
            }
        }
    }
}

#[test]
fn every_kernel_has_a_case() {
    let mut used = BTreeSet::new();
    for case in cases::all() {
        let plan = record(&case, &cases::training(4));
        for dispatch in Phase::ALL.iter().flat_map(|&phase| plan.phase(phase)) {
            used.extend(dispatch.kernels().iter().map(|kernel| kernel.name));
        }
    }
    let missing: Vec<_> = KERNELS.iter().map(|k| k.name).filter(|k| !used.contains(k)).collect();
    assert!(missing.is_empty(), "kernels that no case uses: {missing:?}");
}

#[test]
fn every_objective_computes_what_its_reference_does() {
    // Kernels that share a launch, which this adapter does not ask for by itself.
    let gpu = compare::gpu().mixing(true);
    for (inputs, holes, forms) in [
        (&[5u32, 4][..], false, FORMS),
        (&[9, 33, 6], true, FORMS),
        (&[5, 4], false, FEATURES),
        (&[3, 7, 5], true, FEATURES),
    ] {
        let world = world(inputs, 24, holes);
        for &(title, name, changes) in forms {
            let changes = [changes, &[("width", "20"), ("batch", "24")]].concat();
            let (objective, training) = objective(&world, name, &changes);
            compare::check(&gpu, title, objective.as_ref(), &training, &world.tables);
        }
    }
}

/// Losses of both executors over the first hundred steps, on the same batches; over twenty where a
/// token is a feature. There each dispatch agrees (above), but rounding grows: losses part by a
/// thousandth after some forty steps.
#[test]
fn losses_of_many_steps_are_the_same() {
    let gpu = compare::gpu();
    let world = world(&[9, 12, 6], 24, true);
    let long = FORMS.iter().chain(UNEQUAL).map(|form| (form, 100));
    for (&(title, name, changes), steps) in long.chain(FEATURES.iter().map(|form| (form, 20))) {
        let changes = [changes, &[("width", "20"), ("batch", "24")]].concat();
        let (objective, training) = objective(&world, name, &changes);
        compare::losses(&gpu, title, objective.as_ref(), &training, &world.tables, steps, 1e-3);
    }
}

/// Waiting ends also where nothing was submitted since something was written.
#[test]
fn what_was_only_written_is_waited_for() {
    let (done, wait) = mpsc::channel();
    // Where waiting does not end, this thread does not either.
    std::thread::spawn(move || {
        let gpu = compare::gpu();
        let case = &cases::all()[0];
        let plan = Arc::new(record(case, &cases::training(16)));
        let tables = cases::tables();
        let run = block_on(gpu.prepare(&plan, &tables, &[1, 2])).expect("the run fits");
        let cursor = plan.state.offset + state::CURSOR as u32;
        let cursor = Place { offset: cursor, cols: 1, ..plan.state };
        for _ in 0..20 {
            let work = Work { run: &run, phases: &[Phase::Embed] };
            gpu.submit(&[work]).expect("the device works");
            for _ in 0..2000 {
                gpu.write(&run, cursor, &[1.0]).expect("the device works");
            }
            block_on(gpu.finish()).expect("the device works");
        }
        done.send(())
    });
    wait.recv_timeout(Duration::from_mins(1)).expect("waiting for the device ends");
}
