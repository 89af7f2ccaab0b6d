//! Worlds and fits that several tests use.

use trefoil_factor::{
    Covariance, Design, Loadings, Noise, NoiseModel, Recovery, Rotation, Structure, Subset, World,
    peel,
};

/// {123} is `set(&[1, 2, 3])`.
pub(crate) fn set(modalities: &[usize]) -> Subset {
    Subset::of(&modalities.iter().map(|m| m - 1).collect::<Vec<_>>())
}

/// Three factors in each of the seven blocks.
pub(crate) fn every(dims: [usize; 3]) -> Structure {
    Structure::new(&dims, Subset::all(3).subsets().into_iter().map(|s| (s, 3))).unwrap()
}

pub(crate) fn world(design: Design, noise: f64, seed: u64) -> World {
    let structure = design.structure().unwrap();
    let noise = Noise::uniform(noise, structure.dims().len());
    World::new(&structure, noise, seed).unwrap()
}

pub(crate) fn sample(world: &World, n: usize, seed: u64) -> Covariance {
    let dims = world.loadings().structure().dims();
    Covariance::sample(world.draw(n, seed).x.view(), dims).unwrap()
}

/// Noise off, then peeled.
pub(crate) fn fit(covariance: &Covariance, structure: &Structure, model: NoiseModel) -> Loadings {
    let noise = Noise::estimate(covariance, structure, model).unwrap();
    peel(noise.subtract(covariance).unwrap().view(), structure, Rotation::Common).unwrap()
}

pub(crate) fn recovery(world: &World, found: &Loadings) -> Recovery {
    Recovery::new(world.loadings(), found).unwrap()
}

pub(crate) fn block(recovery: &Recovery, subset: Subset) -> f64 {
    recovery.blocks.iter().find(|b| b.subset == subset).unwrap().gram
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Within a quarter of what was measured.
#[track_caller]
pub(crate) fn near(what: &str, found: f64, measured: f64) {
    println!("{what}: {found:.4}, measured {measured}");
    assert!((found / measured - 1.0).abs() <= 0.25, "{what}: {found}, measured {measured}");
}
