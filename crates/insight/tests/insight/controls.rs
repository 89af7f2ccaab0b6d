//! Worlds in which nothing is shared: the map must say so.

use crate::common::{components, data, halves, normal, replica, rng, table_world};
use ndarray::{Array2, Axis};
use rand::seq::SliceRandom;
use trefoil_insight::sharing::{ReplicaMap, SharingPlan, map};

fn map_of(raw: &[Array2<f32>], h: Vec<Array2<f32>>) -> ReplicaMap {
    let (data, replica) = (data(raw), replica(h));
    let plan = SharingPlan::choose(&data, &halves(raw[0].nrows()), &[&replica]).unwrap();
    map(&data, &plan, &replica)
}

fn shows_sharing(map: &ReplicaMap) -> bool {
    map.components.iter().any(|c| c.subset.len() > 1)
}

/// The world of the table, with the rows of each modality shuffled on their own.
#[test]
fn shuffled_rows_fall_to_the_null() {
    let (x, ranks) = table_world(0, 1000, 0.1);
    let mut rng = rng(9);
    let shuffled: Vec<Array2<f32>> = x
        .iter()
        .map(|x| {
            let mut order: Vec<usize> = (0..1000).collect();
            order.shuffle(&mut rng);
            x.select(Axis(0), &order)
        })
        .collect();
    let h = shuffled.iter().zip(&ranks).map(|(x, k)| components(x, *k)).collect();
    let m = map_of(&shuffled, h);
    assert_eq!(m.shared, 0);
    assert!(!shows_sharing(&m));
    for c in &m.components {
        for (i, (p, v)) in c.readability.iter().zip(&c.weight).enumerate() {
            if !c.subset.contains(&i) {
                assert!(*p <= m.null + 0.01, "{:?}", c.readability);
                assert!(v.abs() < 0.01, "{:?}", c.weight);
            }
        }
    }
    assert!(m.needs_both.iter().all(|i| i.unwrap() <= m.null + 0.01), "{:?}", m.needs_both);
}

#[test]
fn at_most_five_of_a_hundred_worlds_without_sharing_show_any() {
    let mut any = 0;
    for seed in 0..100 {
        let mut rng = rng(1000 + seed);
        let h: Vec<Array2<f32>> = (0..3).map(|_| normal(&mut rng, 240, 4)).collect();
        any += u32::from(shows_sharing(&map_of(&h, h.clone())));
    }
    assert!(any <= 5, "{any} of 100");
}

/// The same worlds with one weakly shared factor, lest the control above pass because nothing is
/// ever found.
#[test]
fn a_shared_factor_in_such_worlds_is_found() {
    let mut found = 0;
    for seed in 0..20 {
        let mut rng = rng(1000 + seed);
        let z = normal(&mut rng, 240, 1);
        let h: Vec<Array2<f32>> = (0..3)
            .map(|_| {
                let mut h = normal(&mut rng, 240, 4);
                h.column_mut(0).zip_mut_with(&z.column(0), |h, z| *h += z);
                h
            })
            .collect();
        let m = map_of(&h, h.clone());
        found += u32::from(m.components.iter().any(|c| c.subset == [0, 1, 2]));
    }
    assert!(found >= 19, "{found} of 20");
}

/// Encoders that give every row the same embedding: all of them, all but one, one.
#[test]
fn collapsed_embeddings_share_nothing_and_break_nothing() {
    let mut rng = rng(4);
    let h: Vec<Array2<f32>> = (0..3).map(|_| normal(&mut rng, 200, 4)).collect();
    for collapsed in [vec![0, 1, 2], vec![0, 1], vec![2]] {
        let mut seen = h.clone();
        for m in &collapsed {
            seen[*m].fill(0.25);
        }
        let m = map_of(&h, seen);
        assert_eq!(m.shared, 0, "{collapsed:?}");
        assert!(!shows_sharing(&m), "{collapsed:?}");
        assert_eq!(m.components.is_empty(), collapsed.len() == 3);
        for (i, needs) in m.needs_both.iter().enumerate() {
            assert_eq!(needs.is_none(), collapsed.contains(&i));
            assert!(needs.unwrap_or(0.0) <= m.null.max(0.01));
        }
    }
}
