//! Retrieval tasks, and ridge CCA as the floor.

use crate::common::{data, normal, rng};
use ndarray::{Array2, Axis, concatenate};
use trefoil_insight::retrieval::cca::{CcaJob, Components};
use trefoil_insight::retrieval::{Ranks, Scores, Task, over_seeds, tasks};
use trefoil_insight::{Data, Look};

fn look(rows: usize) -> Look {
    let all: Vec<usize> = (0..rows).collect();
    Look::report(&all[..rows * 3 / 5], &all[rows * 3 / 5..rows * 4 / 5], &all[rows * 4 / 5..])
}

fn cca(data: &Data, look: &Look, task: &Task) -> Option<Scores> {
    let mut components = Components::default();
    while !components.step(data, look) {}
    let mut job = CcaJob::new();
    while !job.step(data, look, &components, task) {}
    job.finish(data, look, &components, task)
}

/// Three modalities: a and b share six latents, c shares two others with b.
fn world(rows: usize) -> Data {
    let mut rng = rng(11);
    let (ab, bc) = (normal(&mut rng, rows, 6), normal(&mut rng, rows, 2));
    let mut view = |of: &[&Array2<f32>], columns: usize| {
        let views: Vec<_> = of.iter().map(|z| z.view()).collect();
        let z = concatenate(Axis(1), &views).unwrap();
        let loading = normal(&mut rng, z.ncols(), columns);
        z.dot(&loading) + normal(&mut rng, rows, columns)
    };
    data(&[view(&[&ab], 30), view(&[&ab, &bc], 40), view(&[&bc], 20)])
}

#[test]
fn cca_finds_what_is_shared_and_no_more() {
    let data = world(1000);
    let look = look(1000);
    let at = |target, given: Vec<usize>| {
        let task = Task::new(&data, &look.held_out, target, given);
        task.measure(&cca(&data, &look, &task).unwrap()).unwrap()
    };
    let (ab, cb, ac) = (at(0, vec![1]), at(2, vec![1]), at(0, vec![2]));
    assert!(ab.pool100.unwrap() > 0.8 && ab.top1 > 0.7, "{ab:?}");
    assert!(cb.pool100.unwrap() > 0.1 && cb.pool100 < ab.pool100, "{cb:?}");
    assert!(ac.pool100.unwrap() < 0.04 && ac.top1 < 0.03, "{ac:?}");
    // Both others together are no worse for b than the better alone.
    let b = at(1, vec![0, 2]);
    assert!(b.top1 >= at(1, vec![0]).top1 - 0.02, "{b:?}");
}

#[test]
fn each_from_each_and_from_all_others() {
    let mut data = world(200);
    data.modalities[2].present = (0..200).map(|i| i % 2 == 0).collect();
    data.modalities[1].key = (0..200).map(|i| i % 20).collect();
    let look = look(200);
    let found = tasks(&data, &look);
    let sets: Vec<(usize, Vec<usize>)> =
        found.iter().map(|t| (t.target, t.given.clone())).collect();
    assert_eq!(sets[..4], [(0, vec![1]), (0, vec![2]), (0, vec![1, 2]), (1, vec![0])]);
    assert_eq!(sets.len(), 9);
    assert_eq!((found[0].queries.len(), found[0].candidates.len()), (40, 40));
    // Queries need all that is given; candidates are any row with the target.
    assert_eq!((found[2].queries.len(), found[2].candidates.len()), (20, 40));
    assert_eq!((found[3].queries.len(), found[3].candidates.len()), (40, 20));
    assert!((found[3].chance() - 0.05).abs() < 1e-12);
    // Two modalities: the single other is all others.
    data.modalities.truncate(2);
    assert_eq!(tasks(&data, &look).len(), 2);
    // Nothing to find or nothing to ask with: no task.
    data.modalities[0].present = vec![false; 200];
    assert!(tasks(&data, &look).is_empty());
}

#[test]
fn too_few_rows_have_no_cca() {
    let mut data = world(60);
    data.modalities[0].present = (0..60).map(|i| i >= 30).collect();
    let look = look(60);
    let task = Task::new(&data, &look.held_out, 0, vec![1]);
    assert!(cca(&data, &look, &task).is_none());
}

#[test]
fn a_line_of_the_report() {
    let data = world(100);
    let look = look(100);
    let task = Task::new(&data, &look.held_out, 1, vec![0, 2]);
    let ranks = |top1, filled| Ranks { top1, top5: 0.5, pool100: None, filled };
    let seeds = [Some(ranks(0.1, false)), None, Some(ranks(0.3, true))];
    let line = over_seeds(&data, &task, &seeds, None);
    assert_eq!((line.target.as_str(), line.given.join("+").as_str()), ("b", "a+c"));
    assert_eq!((line.queries, line.candidates), (20, 20));
    assert_eq!(line.top1.per_seed, [Some(0.1), None, Some(0.3)]);
    assert!((line.top1.mean.unwrap() - 0.2).abs() < 1e-12);
    assert_eq!((line.pool100.mean, line.cca_pool100), (None, None));
    assert!(line.filled);
}
