//! Decompositions that are known, and those of random tables against a search on a grid.

use ndarray::{Array3, Axis};
use proptest::prelude::*;
use rand::RngExt;
use trefoil_insight::InsightError;
use trefoil_insight::information::pid::{Atoms, Pid, of_columns, pid};

use crate::common::rng;

/// Two fair bits and what they make of y.
fn bits(values: usize, y: impl Fn(usize, usize) -> usize) -> Array3<f64> {
    let mut table = Array3::zeros((2, 2, values));
    for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        table[[a, b, y(a, b)]] += 0.25;
    }
    table
}

fn parts(found: &Pid) -> [f64; 4] {
    let Atoms { redundant, unique1, unique2, synergy } = found.atoms;
    [redundant, unique1, unique2, synergy]
}

fn assert_parts(table: &Array3<f64>, expected: [f64; 4]) {
    let found = pid(table).unwrap();
    assert!(found.gap <= 1e-5, "{found:?}");
    for (v, e) in parts(&found).iter().zip(expected) {
        assert!((v - e).abs() <= 1e-5 + 1e-9, "{found:?} {expected:?}");
    }
}

#[test]
fn gates_and_copies_have_their_known_parts() {
    assert_parts(&bits(2, |a, b| a ^ b), [0.0, 0.0, 0.0, 1.0]);
    assert_parts(&bits(2, |a, _| a), [0.0, 1.0, 0.0, 0.0]);
    assert_parts(&bits(2, |_, b| b), [0.0, 0.0, 1.0, 0.0]);
    // H(1/4) − 1/2: what one input tells of AND.
    let one = 2.0 - 0.75 * 3.0_f64.log2() - 0.5;
    assert!((one - 0.311_278).abs() < 1e-6);
    assert_parts(&bits(2, |a, b| a & b), [one, 0.0, 0.0, 0.5]);
    assert_parts(&bits(3, |a, b| a + b), [0.5, 0.0, 0.0, 1.0]);
    // Both inputs and the label are the same bit; both inputs are kept whole in the label.
    let mut copy = Array3::zeros((2, 2, 2));
    (copy[[0, 0, 0]], copy[[1, 1, 1]]) = (3.0, 3.0);
    assert_parts(&copy, [1.0, 0.0, 0.0, 0.0]);
    assert_parts(&bits(4, |a, b| 2 * a + b), [0.0, 1.0, 1.0, 0.0]);
}

/// The least information of AND lies on a boundary, where plain alternation needs hundreds of
/// rounds for 1e-4; where the pair tables decide there is nothing to search.
#[test]
fn rounds_are_few_and_counted() {
    let found = pid(&bits(2, |a, b| a & b)).unwrap();
    assert!((1..=100).contains(&found.iterations), "{found:?}");
    assert!((found.total - 0.811_278).abs() < 1e-6, "{found:?}");
    assert_eq!(pid(&bits(2, |a, b| a ^ b)).unwrap().iterations, 0);
}

#[test]
fn what_is_no_table_is_refused() {
    let refused = |t: &Array3<f64>| matches!(pid(t), Err(InsightError::NotATable { .. }));
    assert!(refused(&Array3::zeros((2, 2, 2))));
    assert!(refused(&Array3::zeros((0, 2, 2))));
    for bad in [-0.1, f64::NAN, f64::INFINITY] {
        let mut table = bits(2, |a, b| a ^ b);
        table[[0, 0, 1]] = bad;
        assert!(refused(&table), "{bad}");
    }
}

/// Σ p log2(p(i, j) / p(i) p(j)) of a table of two variables.
fn mutual(p: &ndarray::Array2<f64>) -> f64 {
    let (rows, columns) = (p.sum_axis(Axis(1)), p.sum_axis(Axis(0)));
    p.indexed_iter()
        .filter(|(_, v)| **v > 0.0)
        .map(|((i, j), v)| v * (v / (rows[i] * columns[j])).log2())
        .sum()
}

/// I(y; x1, x2).
fn whole(p: &Array3<f64>) -> f64 {
    let (a, b, c) = p.dim();
    mutual(&p.to_shape((a * b, c)).unwrap().to_owned())
}

/// The least information of a 2 × 2 × 2 table with these pair tables: one free number for each y,
/// both found by nested golden sections, since the problem is convex.
fn searched(p: &Array3<f64>) -> f64 {
    let (p1, p2) = (p.sum_axis(Axis(1)), p.sum_axis(Axis(0)));
    let range = |y: usize| {
        let low = (p1[[0, y]] + p2[[0, y]] - p1.column(y).sum()).max(0.0);
        (low, p1[[0, y]].min(p2[[0, y]]))
    };
    let at = |t: [f64; 2]| {
        whole(&Array3::from_shape_fn((2, 2, 2), |(a, b, y)| match (a, b) {
            (0, 0) => t[y],
            (0, _) => p1[[0, y]] - t[y],
            (_, 0) => p2[[0, y]] - t[y],
            _ => p1[[1, y]] - p2[[0, y]] + t[y],
        }))
    };
    golden(range(0), |s| golden(range(1), |t| at([s, t])))
}

fn golden((mut low, mut high): (f64, f64), f: impl Fn(f64) -> f64) -> f64 {
    let ratio = 0.5 * (5.0_f64.sqrt() - 1.0);
    for _ in 0..60 {
        let (a, b) = (high - ratio * (high - low), low + ratio * (high - low));
        if f(a) < f(b) { high = b } else { low = a }
    }
    f(f64::midpoint(low, high)).min(f(low)).min(f(high))
}

fn table(n: [usize; 3]) -> impl Strategy<Value = Array3<f64>> {
    let size = n.iter().product::<usize>();
    let cell = prop_oneof![1 => Just(0.0), 5 => 0.01..1.0_f64];
    prop::collection::vec(cell, size)
        .prop_filter("something", |v| v.iter().sum::<f64>() > 0.0)
        .prop_map(move |v| {
            let sum: f64 = v.iter().sum();
            Array3::from_shape_vec(n, v).unwrap() / sum
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The identities that define a decomposition, and that nothing depends on the order.
    #[test]
    fn parts_add_up(p in table([3, 4, 3])) {
        let found = pid(&p).unwrap();
        let [r, u1, u2, s] = parts(&found);
        let (i1, i2) = (mutual(&p.sum_axis(Axis(1))), mutual(&p.sum_axis(Axis(0))));
        prop_assert!((r + u1 - i1).abs() < 1e-9);
        prop_assert!((r + u2 - i2).abs() < 1e-9);
        prop_assert!((r + u1 + u2 + s - whole(&p)).abs() < 1e-9);
        prop_assert!((found.total - whole(&p)).abs() < 1e-9);
        prop_assert!(parts(&found).iter().all(|v| *v > -1e-9), "{found:?}");
        prop_assert!(found.gap <= 1e-5 || found.iterations == 4000, "{found:?}");
        let mut swapped = p.clone();
        swapped.swap_axes(0, 1);
        let [r2, v2, v1, s2] = parts(&pid(&swapped).unwrap());
        let slack = 2e-5 + found.gap;
        for (a, b) in [(r, r2), (u1, v1), (u2, v2), (s, s2)] {
            prop_assert!((a - b).abs() <= slack, "{a} {b} {found:?}");
        }
    }

    /// The bounds are bounds, and they meet where an independent search does.
    #[test]
    fn the_least_information_is_that_of_a_search(p in table([2, 2, 2])) {
        let found = pid(&p).unwrap();
        let least = found.total - found.atoms.synergy;
        let expected = searched(&p);
        prop_assert!(least >= expected - 1e-7, "{least} {expected} {found:?}");
        prop_assert!(least - found.gap <= expected + 1e-7, "{least} {expected} {found:?}");
        prop_assert!(found.gap <= 1e-5 || found.iterations == 4000, "{found:?}");
    }
}

#[test]
fn shuffled_labels_show_what_few_rows_make_up() {
    let mut rng = rng(20);
    let mut column =
        |values: u32| -> Vec<u32> { (0..500).map(|_| rng.random_range(0..values)).collect() };
    let (x1, x2, y) = (column(8), column(8), column(3));
    let found = of_columns(&x1, &x2, &y, 39, 1).unwrap();
    let baseline = found.baseline.unwrap();
    assert_eq!((found.rows, found.cells, baseline.shuffles), (500, 192, 39));
    // Independent columns: what is found is the baseline's, and far from nothing.
    assert!(baseline.mean.synergy > 0.05, "{found:?}");
    assert!(found.pid.atoms.synergy < baseline.high.synergy * 1.1, "{found:?}");
    assert!(found.pid.atoms.synergy > baseline.mean.synergy * 0.7, "{found:?}");
    assert!(baseline.high.synergy > baseline.mean.synergy);
    assert_eq!(of_columns(&x1, &x2, &y, 39, 1).unwrap(), found);
    assert_ne!(of_columns(&x1, &x2, &y, 39, 2).unwrap().baseline, found.baseline);
    assert_eq!(of_columns(&x1, &x2, &y, 0, 1).unwrap().baseline, None);

    // A label that is there rises above it.
    let both: Vec<u32> = x1.iter().zip(&x2).map(|(a, b)| (a + b) % 2).collect();
    let found = of_columns(&x1, &x2, &both, 39, 1).unwrap();
    assert!((found.pid.total - 1.0).abs() < 0.01, "{found:?}");
    assert!(found.pid.atoms.synergy > 0.9, "{found:?}");
    assert!(found.pid.atoms.synergy > 4.0 * found.baseline.unwrap().high.synergy, "{found:?}");
}

#[test]
fn codes_do_not_matter_and_lengths_do() {
    let (a, b) = ([0, 0, 900, 900], [7, 3, 7, 3]);
    let found = of_columns(&a, &b, &[u32::MAX, 0, 0, u32::MAX], 0, 0).unwrap();
    assert!((found.pid.atoms.synergy - 1.0).abs() < 1e-9, "{found:?}");
    assert_eq!((found.rows, found.cells), (4, 8));
    assert!(matches!(of_columns(&a, &b[..3], &a, 0, 0), Err(InsightError::Shape { .. })));
    assert!(matches!(of_columns(&a[..3], &b, &a, 0, 0), Err(InsightError::Shape { .. })));
    assert!(matches!(of_columns(&[], &[], &[], 0, 0), Err(InsightError::TooFewRows { .. })));
    let many: Vec<u32> = (0..100).collect();
    let found = of_columns(&many, &many, &many, 0, 0);
    assert!(matches!(found, Err(InsightError::TooManyCells { found: 1_000_000, .. })));
}
