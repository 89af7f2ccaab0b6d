//! With sampling error.

use crate::common::{fit, mean, near, recovery, sample, world};
use ndarray::Array2;
use trefoil_factor::{Covariance, Design, Noise, NoiseModel, World, estimate_ranks};

const SEEDS: std::ops::Range<u64> = 0..5;

#[test]
fn peeling_scales_with_the_root_of_the_rows() {
    let expected =
        [(500, 0.210, 0.213, 0.329), (2000, 0.104, 0.105, 0.135), (8000, 0.051, 0.052, 0.070)];
    for model in [NoiseModel::Global, NoiseModel::PerModality] {
        let mut errors = Vec::new();
        for (n, gram, blocks, sine) in expected {
            let (mut g, mut b, mut s) = (Vec::new(), Vec::new(), Vec::new());
            for seed in SEEDS {
                let world = world(Design::Base, 0.1, seed);
                let covariance = sample(&world, n, 100 + seed);
                let found =
                    recovery(&world, &fit(&covariance, world.loadings().structure(), model));
                g.push(found.gram);
                b.push(found.mean_block());
                s.push(found.sine());
            }
            near(&format!("{model:?}, n {n}, gram"), mean(&g), gram);
            near(&format!("{model:?}, n {n}, blocks"), mean(&b), blocks);
            near(&format!("{model:?}, n {n}, sine"), mean(&s), sine);
            errors.push(mean(&g));
        }
        let slope = (errors[2] / errors[0]).ln() / 16.0_f64.ln();
        assert!((slope + 0.5).abs() < 0.05, "{slope}");
    }
}

#[test]
fn ranks_are_exact_where_factors_are_strong() {
    for design in Design::ALL {
        for seed in 0..8 {
            let world = world(design, 0.1, seed);
            let covariance = sample(&world, 2000, 200 + seed);
            for model in [NoiseModel::Global, NoiseModel::PerModality] {
                let found = estimate_ranks(&covariance, model).unwrap();
                let truth = world.loadings().structure();
                assert_eq!(&found.structure, truth, "{design:?} {seed} {model:?}");
                assert_eq!(found.warnings, []);
            }
        }
    }
}

/// Levels that one σ² for all takes for factors.
#[test]
fn ranks_where_noise_differs_between_modalities() {
    let structure = Design::Base.structure().unwrap();
    for seed in SEEDS {
        let noise = Noise { variances: vec![0.02, 0.1, 0.3] };
        let world = World::new(&structure, noise, seed).unwrap();
        let covariance = sample(&world, 4000, 250 + seed);
        let own = estimate_ranks(&covariance, NoiseModel::PerModality).unwrap();
        assert_eq!((&own.structure, own.warnings.len()), (&structure, 0), "{seed}");
        let global = estimate_ranks(&covariance, NoiseModel::Global).unwrap();
        assert_ne!(global.structure, structure, "{seed}");
    }
}

#[test]
fn noise_that_differs_between_modalities() {
    let structure = Design::Base.structure().unwrap();
    let truth = [0.05, 0.5, 2.0];
    let (mut global, mut own) = (Vec::new(), Vec::new());
    for seed in SEEDS {
        let noise = Noise { variances: truth.to_vec() };
        let world = World::new(&structure, noise, seed).unwrap();
        let covariance = sample(&world, 8000, 300 + seed);
        global.push(recovery(&world, &fit(&covariance, &structure, NoiseModel::Global)).gram);
        own.push(recovery(&world, &fit(&covariance, &structure, NoiseModel::PerModality)).gram);
        let found = Noise::estimate(&covariance, &structure, NoiseModel::PerModality).unwrap();
        for (found, truth) in found.variances.iter().zip(truth) {
            assert!((found / truth - 1.0).abs() < 0.01, "{found} {truth}");
        }
    }
    near("σ² per modality", mean(&own), 0.163);
    // Not the 2.47 of the independent implementation: 0.54 is our own. Ours leaves out eigenvalues
    // that are not positive; with them inverted too it had 0.8 to 17 by world, which is likely what
    // 2.47 is a mean of.
    near("one σ² for all", mean(&global), 0.54);
}

#[test]
fn small_samples_do_not_bias_the_noise() {
    let (mut published, mut ours) = (Vec::new(), Vec::new());
    for seed in 0..10 {
        let world = world(Design::Base, 0.1, seed);
        let covariance = sample(&world, 500, 400 + seed);
        let structure = world.loadings().structure();
        let of = |model| Noise::estimate(&covariance, structure, model).unwrap().variances;
        published.push(of(NoiseModel::Global)[0]);
        ours.extend(of(NoiseModel::PerModality));
    }
    assert!((mean(&published) - 0.0956).abs() < 0.0005, "{published:?}");
    assert!((mean(&ours) - 0.1).abs() < 0.0006, "{ours:?}");
}

/// A modality with no column to spare has its noise from the others.
#[test]
fn noise_of_a_narrow_modality() {
    let structure = crate::common::every([40, 50, 12]);
    let noise = Noise { variances: vec![0.1, 0.2, 0.3] };
    let world = World::new(&structure, noise, 0).unwrap();
    let of = |covariance: &Covariance| {
        Noise::estimate(covariance, &structure, NoiseModel::PerModality).unwrap().variances
    };
    let close = |found: Vec<f64>, by: f64| {
        let off = |(found, truth): (&f64, f64)| (found / truth - 1.0).abs();
        assert!(found.iter().zip([0.1, 0.2, 0.3]).map(off).all(|off| off < by), "{found:?}");
    };
    close(of(&world.covariance().unwrap()), 1e-6);
    close(of(&sample(&world, 20_000, 1)), 0.02);
}

/// A fifth of each modality gone at random costs no more than the rows that pairs lose.
#[test]
fn missing_modalities_leave_the_pairs_that_are_there() {
    let (mut whole, mut holes, mut zeros) = (Vec::new(), Vec::new(), Vec::new());
    for seed in SEEDS {
        let world = world(Design::Base, 0.1, seed);
        let structure = world.loadings().structure();
        let mut x = world.draw(4000, 900 + seed).x;
        let error =
            |c: &Covariance| recovery(&world, &fit(c, structure, NoiseModel::PerModality)).gram;
        whole.push(error(&Covariance::sample(x.view(), structure.dims()).unwrap()));
        let presence = Array2::from_shape_fn((4000, 3), |(i, m)| (i * 7 + m * 13) % 15 > 2);
        for ((i, m), there) in presence.indexed_iter() {
            for column in structure.range(m).filter(|_| !there) {
                x[[i, column]] = f64::NAN;
            }
        }
        let dims = structure.dims();
        holes.push(error(&Covariance::pairwise(x.view(), presence.view(), dims).unwrap()));
        x.mapv_inplace(|v| if v.is_nan() { 0.0 } else { v });
        zeros.push(error(&Covariance::sample(x.view(), dims).unwrap()));
    }
    let (whole, holes, zeros) = (mean(&whole), mean(&holes), mean(&zeros));
    println!("whole {whole}, holes {holes}, zeros {zeros}");
    assert!(holes < 1.5 * whole, "{holes} {whole}");
    assert!(zeros > 2.0 * holes, "{zeros} {holes}");
}
