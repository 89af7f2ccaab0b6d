//! The table of expected results in `docs/sharing-map.md`.

use crate::common::{components, data, halves, normal, replica, rng, table_world};
use ndarray::{Array2, Axis};
use rand::RngExt;
use std::collections::BTreeMap;
use trefoil_insight::sharing::{ReplicaMap, SharingPlan, map};

fn map_of(raw: &[Array2<f32>], h: Vec<Array2<f32>>) -> ReplicaMap {
    let (data, replica) = (data(raw), replica(h));
    let plan = SharingPlan::choose(&data, &halves(raw[0].nrows()), &[&replica]).unwrap();
    map(&data, &plan, &replica)
}

fn world(seed: u64, rows: usize, noise: f32) -> ReplicaMap {
    let (x, ranks) = table_world(seed, rows, noise);
    let h = x.iter().zip(&ranks).map(|(x, k)| components(x, *k)).collect();
    map_of(&x, h)
}

fn counts(map: &ReplicaMap) -> BTreeMap<Vec<usize>, usize> {
    let mut out = BTreeMap::new();
    for c in &map.components {
        *out.entry(c.subset.clone()).or_insert(0) += 1;
    }
    out
}

/// {abc 2, ab 3, bc 1, a 2, c 3}.
fn truth() -> BTreeMap<Vec<usize>, usize> {
    let sets = [(vec![0, 1, 2], 2), (vec![0, 1], 3), (vec![1, 2], 1), (vec![0], 2), (vec![2], 3)];
    sets.into_iter().collect()
}

/// Every component of `subset` is read about as well (`p` ± `slack`) from each of its modalities,
/// and no better than the null's size from the others.
fn read_from(map: &ReplicaMap, subset: &[usize], p: f64, slack: f64, nothing: f64) {
    for c in map.components.iter().filter(|c| c.subset == subset) {
        for (m, r) in c.readability.iter().enumerate() {
            let (expected, slack) = if subset.contains(&m) { (p, slack) } else { (0.0, nothing) };
            assert!((r - expected).abs() < slack, "{:?} {:?}", c.subset, c.readability);
        }
    }
}

#[test]
fn little_noise_few_rows() {
    for seed in 0..2 {
        let m = world(seed, 600, 0.1);
        assert_eq!(counts(&m), truth(), "seed {seed}");
        read_from(&m, &[0, 1, 2], 0.95, 0.05, 0.0);
        read_from(&m, &[0, 1], 0.95, 0.04, 0.06);
        read_from(&m, &[1, 2], 0.95, 0.04, 0.06);
        assert!((m.tau - 1.46).abs() < 0.04, "τ {}", m.tau);
        // The table's .02 is a 95 % point; ours is the 97.5 % point.
        assert!((m.null - 0.025).abs() < 0.01, "null {}", m.null);
        assert!(m.needs_both.iter().all(|i| i.unwrap() < m.null), "{:?}", m.needs_both);
    }
}

#[test]
fn little_noise_many_rows() {
    for seed in 0..2 {
        let m = world(seed, 5000, 0.1);
        assert_eq!(counts(&m), truth(), "seed {seed}");
        read_from(&m, &[0, 1, 2], 0.95, 0.05, 0.0);
        read_from(&m, &[0, 1], 0.96, 0.03, 0.01);
        read_from(&m, &[1, 2], 0.95, 0.03, 0.01);
        assert!((m.tau - 1.14).abs() < 0.03, "τ {}", m.tau);
        assert!((m.null - 0.003).abs() < 0.002, "null {}", m.null);
    }
}

#[test]
fn much_noise_many_rows() {
    for seed in 0..2 {
        let m = world(seed, 5000, 1.0);
        assert_eq!(counts(&m), truth(), "seed {seed}");
        // Two noisy copies of correlation r read their common axis with (1 + r)/2, three with
        // (1 + 2r)/3; r = s²/(s² + 1) with s between .7 and 1.5, so .55 on average.
        read_from(&m, &[0, 1, 2], 0.68, 0.14, 0.0);
        read_from(&m, &[0, 1], 0.78, 0.08, 0.02);
        read_from(&m, &[1, 2], 0.73, 0.08, 0.02);
        assert!((m.tau - 1.15).abs() < 0.03, "τ {}", m.tau);
        assert!((m.null - 0.003).abs() < 0.002, "null {}", m.null);
    }
}

/// Too few rows for so much noise: the table's line says so too. What is found must still be
/// about what is there.
#[test]
fn much_noise_few_rows_is_not_exact() {
    for seed in 0..2 {
        let m = world(seed, 600, 1.0);
        assert_ne!(counts(&m), truth(), "seed {seed}");
        assert!(m.shared < 6 && m.shared > 2, "{}", m.shared);
        assert!((m.tau - 1.46).abs() < 0.04, "τ {}", m.tau);
        assert!(counts(&m)[&vec![0, 1, 2]] >= 2);
    }
}

fn bits(seed: u64, rows: usize) -> Vec<Array2<f32>> {
    let mut rng = rng(seed);
    let mut draw =
        || Array2::from_shape_fn((rows, 3), |_| f32::from(u8::from(rng.random_bool(0.5))));
    let (a, b) = (draw(), draw());
    let c = (&a - &b).mapv(f32::abs);
    vec![a, b, c]
}

#[test]
fn xor_is_in_products_only() {
    for rows in [600, 4000] {
        let h = bits(1, rows);
        let m = map_of(&h, h.clone());
        assert_eq!(m.shared, 0, "{rows} rows");
        assert!(m.components.iter().all(|c| c.subset.len() == 1));
        for i in &m.needs_both {
            assert!((i.unwrap() - 1.0).abs() < 0.05, "{rows} rows: {:?}", m.needs_both);
        }
    }
}

#[test]
fn products_bring_nothing_for_noise_or_for_a_linear_factor() {
    let mut rng = rng(5);
    let noise: Vec<Array2<f32>> = (0..3).map(|_| normal(&mut rng, 600, 4)).collect();
    let m = map_of(&noise, noise.clone());
    assert!(m.needs_both.iter().all(|i| i.unwrap() <= m.null.max(0.01)), "{:?}", m.needs_both);

    let z = normal(&mut rng, 600, 1);
    let linear: Vec<Array2<f32>> = (0..3)
        .map(|_| {
            let noise = normal(&mut rng, 600, 2) * 0.5;
            ndarray::concatenate(
                Axis(1),
                &[(&z + &noise.column(0).insert_axis(Axis(1))).view(), noise.view()],
            )
            .unwrap()
        })
        .collect();
    let m = map_of(&linear, linear.clone());
    assert!(m.shared >= 1);
    assert!(m.needs_both.iter().all(|i| i.unwrap() <= m.null.max(0.01)), "{:?}", m.needs_both);
}
