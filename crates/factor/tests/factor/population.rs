//! Without sampling error: what is exact, and what is wrong however many rows there are.

use crate::common::{block, every, mean, near, recovery, set, world};
use ndarray::{ArrayView2, Axis};
use std::ops::Range;
use trefoil_factor::{
    Covariance, Design, Loadings, Noise, Recovery, Rotation, Structure, StructureWarning, Subset,
    World, metrics::relative_error, objective, peel, refine, world::random_loadings,
};

const SEEDS: Range<u64> = 0..5;

fn peeled(world: &World, rotation: Rotation) -> Loadings {
    peel(world.signal().view(), world.loadings().structure(), rotation).unwrap()
}

#[test]
fn peeling_is_exact() {
    for design in Design::ALL {
        for seed in SEEDS {
            let world = world(design, 0.1, seed);
            let found = recovery(&world, &peeled(&world, Rotation::Common));
            let worst = found.blocks.iter().map(|b| b.gram).fold(0.0, f64::max);
            assert!(worst < 1e-12, "{design:?} {seed}: {worst:e}");
        }
    }
}

/// Six modalities, four levels and more factors in the middle than at the ends.
#[test]
fn peeling_is_exact_for_six_modalities() {
    let ranks = [
        (set(&[1, 2, 3, 4, 5, 6]), 1),
        (set(&[2, 3, 4, 5]), 2),
        (set(&[1, 2, 6]), 1),
        (set(&[4, 5, 6]), 2),
        (set(&[1, 2]), 2),
        (set(&[5, 6]), 1),
        (set(&[3]), 2),
    ];
    let structure = Structure::new(&[12, 12, 12, 12, 12, 12], ranks).unwrap();
    assert_eq!(structure.warnings(), []);
    let world = World::new(&structure, Noise::uniform(0.1, 6), 0).unwrap();
    let found = recovery(&world, &peeled(&world, Rotation::Common));
    assert!(found.blocks.iter().all(|b| b.gram < 1e-12 && b.sine < 1e-7), "{found:?}");
}

/// The published code takes each modality's loadings from its own part of a block.
#[test]
fn one_rotation_for_all_modalities_or_they_do_not_fit() {
    let (mut common, mut apart) = (Vec::new(), Vec::new());
    for seed in SEEDS {
        let world = world(Design::Base, 0.1, seed);
        let signal = world.signal();
        let error = |found: &Loadings| relative_error(signal.view(), found.gram().view());
        common.push(error(&peeled(&world, Rotation::Common)));
        let found = peeled(&world, Rotation::PerModality);
        apart.push(error(&found));
        // What cannot be seen on the published metric: each modality's own part is right.
        let rows: Vec<usize> = (0..40).collect();
        let own = |w: &Loadings| {
            let part = w.block(set(&[1, 2, 3])).unwrap().select(Axis(0), &rows);
            part.dot(&part.t())
        };
        assert!(relative_error(own(world.loadings()).view(), own(&found).view()) < 1e-12);
    }
    assert!(common.iter().all(|e| *e < 1e-8), "{common:?}");
    near("one eigendecomposition per modality", mean(&apart), 0.80);
}

/// HCL's pairwise loss, written out pair by pair on rows that are not centred, against the
/// objective on their covariance.
#[test]
fn the_pairwise_loss_is_the_objective_on_the_covariance() {
    let world = world(Design::Sparse, 0.1, 0);
    let structure = world.loadings().structure();
    let n = 40;
    let x = world.draw(n, 5).x + 2.0;
    let w = random_loadings(structure, 9).unwrap().full();
    let score = |i: usize, m: usize, columns: Range<usize>| {
        let rows: Vec<usize> = structure.range(m).collect();
        let columns: Vec<usize> = columns.collect();
        let part = w.select(Axis(0), &rows).select(Axis(1), &columns);
        part.t().dot(&x.row(i).select(Axis(0), &rows))
    };
    let (mut paired, mut crossed) = (0.0, 0.0);
    for (subset, _) in structure.blocks() {
        let of = |i| -> Vec<_> {
            subset.modalities().map(|m| score(i, m, structure.columns(subset))).collect()
        };
        let scores: Vec<_> = (0..n).map(of).collect();
        for (i, a) in scores.iter().enumerate() {
            for (j, b) in scores.iter().enumerate() {
                let sum: f64 = a.iter().flat_map(|a| b.iter().map(move |b| a.dot(b))).sum();
                *if i == j { &mut paired } else { &mut crossed } += sum;
            }
        }
    }
    let n = n as f64;
    let gram = w.t().dot(&w);
    let size = |a: ArrayView2<f64>| 0.25 * a.iter().map(|v| v * v).sum::<f64>();
    let loss = -paired / (2.0 * n) + crossed / (2.0 * n * (n - 1.0)) + size(gram.view());
    let covariance = Covariance::sample(x.view(), structure.dims()).unwrap();
    let (value, _) = objective(covariance.matrix(), w.view());
    let expected = value - size(covariance.matrix());
    assert!((loss / expected - 1.0).abs() < 1e-10, "{loss} {expected}");
}

#[test]
fn the_masked_objective_is_minimised_from_anywhere() {
    let world = world(Design::Base, 0.1, 0);
    let signal = world.signal();
    for seed in SEEDS {
        let start = random_loadings(world.loadings().structure(), 1000 + seed).unwrap();
        let found = refine(signal.view(), &start, 2000).unwrap();
        let error = relative_error(signal.view(), found.loadings.gram().view());
        assert!(error < 1e-7, "{error:e}");
        assert!(found.iterations < 300, "{}", found.iterations);
    }
}

#[test]
fn correlated_privates_leak_by_the_square() {
    for correlation in [0.1, 0.3, 0.5, 0.8] {
        let mut world = world(Design::Base, 0.1, 3);
        world.correlate(set(&[1]), set(&[2]), correlation);
        let found = recovery(&world, &peeled(&world, Rotation::Common));
        let expected = correlation * correlation;
        for one in [set(&[1]), set(&[2])] {
            let error = block(&found, one);
            assert!((error - expected).abs() < 1e-10, "{correlation}: {error}");
        }
        assert!(block(&found, set(&[3])) < 1e-12);
    }
    // And upwards between levels; no warning can see it.
    let (all, pair) = (set(&[1, 2, 3]), set(&[1, 2]));
    let mut above = Vec::new();
    for seed in SEEDS {
        let mut world = world(Design::Base, 0.1, seed);
        world.correlate(all, pair, 0.5);
        let found = recovery(&world, &peeled(&world, Rotation::Common));
        assert!((block(&found, pair) - 0.25).abs() < 1e-10);
        above.push(block(&found, all));
    }
    near("{123} correlated with {12}", mean(&above), 0.59);
}

#[test]
fn too_few_dimensions_break_the_blocks_that_the_warning_names() {
    let (mut three, mut two) = (Vec::new(), Vec::new());
    for seed in 0..10 {
        let at = |dims| {
            let structure = every(dims);
            let world = World::new(&structure, Noise::uniform(0.1, 3), seed).unwrap();
            (recovery(&world, &peeled(&world, Rotation::Common)), structure)
        };
        let (narrow, structure) = at([40, 50, 8]);
        let (all, pair) = (set(&[1, 2, 3]), set(&[1, 2]));
        let named = StructureWarning::NotPeeled { subset: pair, factors: 9, columns: 8 };
        assert!(structure.warnings().contains(&named));
        for b in &narrow.blocks {
            let wrong = [all, pair].contains(&b.subset);
            assert_eq!(b.gram > 1e-3, wrong, "{b:?}");
            assert!(wrong || b.gram < 1e-9, "{b:?}");
        }
        three.push(block(&narrow, all));
        two.push(block(&narrow, pair));
        let (ten, _) = at([40, 50, 10]);
        let (tight, _) = at([12, 12, 12]);
        let worst = |r: &Recovery| r.blocks.iter().map(|b| b.gram).fold(0.0, f64::max);
        assert!(worst(&tight) < 1e-11 && worst(&ten) < 1e-11);
    }
    // Ours: 0.126 and 0.343 over 300 worlds, and wide apart. The independent implementation had 0.34
    // and 0.72, which few of our worlds reach.
    let (three, two) = (mean(&three), mean(&two));
    assert!(three > 0.08 && two > 0.2, "{{123}} {three}, {{12}} {two}");
}

#[test]
fn fit_alone_cannot_select_a_structure() {
    let world = world(Design::Base, 0.1, 0);
    let signal = world.signal();
    let dims = world.loadings().structure().dims().to_vec();
    let residual = |ranks: &[(Subset, usize)]| {
        let structure = Structure::new(&dims, ranks.iter().copied()).unwrap();
        let start = random_loadings(&structure, 77).unwrap();
        let found = refine(signal.view(), &start, 4000).unwrap();
        relative_error(signal.view(), found.loadings.gram().view())
    };
    let ones = [(set(&[1]), 3), (set(&[2]), 3), (set(&[3]), 3)];
    let mut ranks = vec![(set(&[1, 2, 3]), 3)];
    ranks.extend(ones);
    let without_pairs = residual(&ranks);
    ranks[0].1 = 12;
    let inflated = residual(&ranks);
    near("without pairs", without_pairs, 0.47);
    assert!(inflated < 1e-7, "{inflated:e}");
}
