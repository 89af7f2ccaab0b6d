//! Data that nobody simulated, for which we simulate some.

use crate::common::{set, world};
use ndarray::{Array2, ArrayView2, Axis, Slice};
use trefoil_factor::{Design, Noise, OwnOptions, RankWarning, Structure, Subset, World, own_ranks};

fn parts(world: &World, n: usize, seed: u64) -> Vec<Array2<f64>> {
    let structure = world.loadings().structure();
    let x = world.draw(n, seed).x;
    (0..structure.dims().len())
        .map(|m| x.slice_axis(Axis(1), Slice::from(structure.range(m))).to_owned())
        .collect()
}

fn views(parts: &[Array2<f64>]) -> Vec<ArrayView2<'_, f64>> {
    parts.iter().map(|p| p.view()).collect()
}

#[test]
fn shared_blocks_are_found_whatever_the_scales() {
    for design in Design::ALL {
        for seed in 0..3 {
            let world = world(design, 0.1, seed);
            let mut parts = parts(&world, 2000, 700 + seed);
            for (part, scale) in parts.iter_mut().zip([1.0, 1e3, 1e6, 1e-3]) {
                *part *= scale;
                *part += 5.0;
            }
            let found = own_ranks(&views(&parts), OwnOptions::default()).unwrap();
            let shared =
                |s: &Structure| s.blocks().filter(|(s, _)| s.len() > 1).collect::<Vec<_>>();
            let truth = world.loadings().structure();
            assert_eq!(shared(&found.structure), shared(truth), "{design:?} {seed}");
            // The third modality of two of the designs has sixty columns.
            let capped = [RankWarning::Capped { modality: 2, kept: 50 }];
            assert_eq!(found.warnings, capped[..usize::from(truth.dims()[2] > 50)]);
            assert!(found.structure.warnings().is_empty());
        }
    }
}

#[test]
fn nothing_shared_is_nothing_found() {
    let structure =
        Structure::new(&[20, 20, 20], [(set(&[1]), 4), (set(&[2]), 4), (set(&[3]), 4)]).unwrap();
    let mut wrong = 0;
    for seed in 0..60 {
        let world = World::new(&structure, Noise::uniform(0.3, 3), seed).unwrap();
        let parts = parts(&world, 400, 800 + seed);
        let found =
            own_ranks(&views(&parts), OwnOptions { seed, ..OwnOptions::default() }).unwrap();
        wrong += usize::from(found.structure.blocks().any(|(s, _)| s.len() > 1));
    }
    assert!(wrong <= 6, "{wrong} of 60, at a level of 5 %");
}

#[test]
fn eight_modalities_are_looked_at_in_pairs() {
    let ranks = [(Subset::all(8), 2), (set(&[1, 2]), 1), (set(&[7, 8]), 2), (set(&[3]), 2)];
    let structure = Structure::new(&[14; 8], ranks).unwrap();
    let world = World::new(&structure, Noise::uniform(0.1, 8), 0).unwrap();
    let found = own_ranks(&views(&parts(&world, 2000, 1)), OwnOptions::default()).unwrap();
    let shared: Vec<_> = found.structure.blocks().filter(|(s, _)| s.len() > 1).collect();
    assert_eq!(shared, ranks[..3]);
    assert_eq!(found.warnings, [RankWarning::PairsOnly { modalities: 8 }]);
}

#[test]
fn the_same_seed_gives_the_same_answer() {
    let parts = parts(&world(Design::Sparse, 1.0, 0), 300, 3);
    let of =
        |seed| own_ranks(&views(&parts), OwnOptions { seed, ..OwnOptions::default() }).unwrap();
    assert_eq!(of(1), of(1));
    assert_ne!(of(1).evidence, of(2).evidence);
}
