//! Maps over seeds, and which modalities and rows a map is made of.

use crate::common::{components, data, halves, normal, replica, rng, table_world};
use ndarray::Array2;
use trefoil_insight::sharing::{ReplicaMap, SharingPlan, map, over_seeds};
use trefoil_insight::{Data, InsightError, Look, Replica};

fn names(of: &[&str]) -> Vec<String> {
    of.iter().map(|s| (*s).to_owned()).collect()
}

/// The table's world and replicas that see it through different invertible maps and some noise.
fn replicas(count: u64, noise: f32) -> (Data, Vec<Replica>) {
    let (x, ranks) = table_world(0, 1200, 0.1);
    let h: Vec<Array2<f32>> = x.iter().zip(&ranks).map(|(x, k)| components(x, *k)).collect();
    let seen = |seed: u64| {
        let mut rng = rng(100 + seed);
        h.iter()
            .map(|h| {
                let mix =
                    normal(&mut rng, h.ncols(), h.ncols()) * 0.3 + Array2::<f32>::eye(h.ncols());
                let seen = h + normal(&mut rng, h.nrows(), h.ncols()) * noise;
                seen.dot(&mix)
            })
            .collect()
    };
    (data(&x), (0..count).map(|s| replica(seen(s))).collect())
}

fn maps(data: &Data, look: &Look, replicas: &[Replica]) -> (SharingPlan, Vec<Option<ReplicaMap>>) {
    let plan = SharingPlan::choose(data, look, &[&replicas[0]]).unwrap();
    let maps = replicas.iter().map(|r| Some(map(data, &plan, r))).collect();
    (plan, maps)
}

#[test]
fn an_invertible_map_of_an_embedding_changes_nothing() {
    let (data, replicas) = replicas(2, 0.0);
    let (_, maps) = maps(&data, &halves(1200), &replicas);
    let [Some(a), Some(b)] = &maps[..] else { panic!() };
    assert_eq!(a.components.len(), b.components.len());
    for (x, y) in a.components.iter().zip(&b.components) {
        assert_eq!(x.subset, y.subset);
        for (p, q) in x.readability.iter().zip(&y.readability) {
            assert!((p - q).abs() < 0.02, "{:?} {:?}", x.readability, y.readability);
        }
    }
}

#[test]
fn the_same_components_in_every_seed_with_an_interval() {
    let (data, replicas) = replicas(3, 0.2);
    let (plan, mut maps) = maps(&data, &halves(1200), &replicas);
    maps.insert(1, None);
    let sharing = over_seeds(&data, &plan, &maps);

    let shared: Vec<_> = sharing.components.iter().filter(|c| c.subset.len() > 1).collect();
    let subsets: Vec<Vec<String>> = shared.iter().map(|c| c.subset.clone()).collect();
    let [abc, ab, bc] = [names(&["a", "b", "c"]), names(&["a", "b"]), names(&["b", "c"])];
    assert_eq!(subsets, [abc.clone(), abc, ab.clone(), ab.clone(), ab, bc]);
    for c in &shared {
        assert_eq!(c.seeds, 3, "{:?}", c.subset);
        let p = &c.readability[&c.subset[0]];
        assert_eq!(p.per_seed.len(), 4);
        assert!(p.per_seed[1].is_none() && p.per_seed[0].is_some());
        assert!(p.low < p.mean && p.mean < p.high);
        assert!(p.mean.unwrap() > 0.85);
    }
    assert_eq!((sharing.fit_rows, sharing.held_out_rows), (600, 600));
    assert_eq!(sharing.modalities, names(&["a", "b", "c"]));
    assert_eq!(sharing.warnings, Vec::<String>::new());

    // Totals are sums over the components of a seed, whichever way these are matched.
    let total = &sharing.subsets[0].weight["a"].per_seed;
    let first = maps[0].as_ref().unwrap();
    let sum: f64 =
        first.components.iter().filter(|c| c.subset == [0, 1, 2]).map(|c| c.weight[0]).sum();
    assert!((total[0].unwrap() - sum).abs() < 1e-12 && total[1].is_none());
    assert!(total[2].is_some());
}

#[test]
fn a_component_that_some_seeds_lack_says_so() {
    let (data, mut replicas) = replicas(3, 0.1);
    // Seed 2 has lost modality c: noise in its place.
    let mut rng = rng(77);
    replicas[2].modality[2] = normal(&mut rng, 1200, 6);
    let (plan, found) = maps(&data, &halves(1200), &replicas);
    let sharing = over_seeds(&data, &plan, &found);
    let seeds = |set: &[&str]| -> Vec<u32> {
        let set = names(set);
        sharing.components.iter().filter(|c| c.subset == set).map(|c| c.seeds).collect()
    };
    // What all three share is what a and b share where c is lost: the same scores, so one line.
    assert_eq!(seeds(&["a", "b", "c"]), [3, 3]);
    assert_eq!(seeds(&["a", "b"]), [3, 3, 3]);
    // What b and c share becomes b's own.
    assert_eq!(seeds(&["b", "c"]), [3]);
    let bc = sharing.components.iter().find(|c| c.subset == names(&["b", "c"])).unwrap();
    assert!(bc.readability["c"].per_seed[2].unwrap() < 0.05);

    // With the order turned round, the first seed that has it names the subset.
    let turned: Vec<Option<ReplicaMap>> = found.into_iter().rev().collect();
    let sharing = over_seeds(&data, &plan, &turned);
    assert!(sharing.components.iter().filter(|c| c.subset.len() > 1).all(|c| c.seeds >= 2));
}

#[test]
fn too_few_complete_rows_fall_back_to_fewer_modalities() {
    let (x, ranks) = table_world(1, 1200, 0.1);
    let h: Vec<Array2<f32>> = x.iter().zip(&ranks).map(|(x, k)| components(x, *k)).collect();
    let mut data = data(&x);
    // c is there in 50 of 600 training rows, a and b everywhere.
    data.modalities[2].present = (0..1200).map(|i| i % 12 == 0).collect();
    let r = replica(h);
    let plan = SharingPlan::choose(&data, &halves(1200), &[&r]).unwrap();
    assert_eq!(plan.modalities, [0, 1]);
    assert_eq!(plan.fit.len(), 600);
    assert_eq!(plan.warnings.len(), 1);
    assert!(plan.warnings[0].contains("Only 50 training rows have all 3 modalities"));
    let sharing = over_seeds(&data, &plan, &[Some(map(&data, &plan, &r))]);
    assert_eq!(sharing.modalities, names(&["a", "b"]));
    assert!(sharing.needs_both.is_empty());
    assert_eq!(sharing.components.iter().filter(|c| c.subset.len() == 2).count(), 5);
}

#[test]
fn dropping_a_modality_that_gains_no_rows_is_no_use() {
    let (x, ranks) = table_world(1, 160, 0.1);
    let h: Vec<Array2<f32>> = x.iter().zip(&ranks).map(|(x, k)| components(x, *k)).collect();
    let (data, r) = (data(&x), replica(h));
    let plan = SharingPlan::choose(&data, &halves(160), &[&r]).unwrap();
    assert_eq!(plan.modalities, [0, 1, 2]);
    let m = map(&data, &plan, &r);
    assert!(m.shared >= 4, "{}", m.shared);
    let sharing = over_seeds(&data, &plan, &[Some(m)]);
    assert!(sharing.warnings.iter().any(|w| w.contains("unreliable")), "{:?}", sharing.warnings);
}

#[test]
fn no_rows_in_common_is_an_error() {
    let mut rng = rng(1);
    let x = [normal(&mut rng, 40, 3), normal(&mut rng, 40, 3)];
    let mut data = data(&x);
    data.modalities[0].present = (0..40).map(|i| i < 20).collect();
    data.modalities[1].present = (0..40).map(|i| i >= 18).collect();
    let found = SharingPlan::choose(&data, &halves(40), &[&replica(x.to_vec())]);
    assert!(matches!(found, Err(InsightError::TooFewRows { .. })));
}
