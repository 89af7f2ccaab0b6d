//! From features to decompositions.

use crate::common::{data, normal, rng};
use ndarray::Array2;
use rand::RngExt;
use trefoil_insight::information::discrete::{Cut, of_label, of_modality, quantile_bins};
use trefoil_insight::information::of_data::{Question, answer, questions};
use trefoil_insight::{Data, InsightError, Label, LabelValues};

fn counts(codes: &[u32]) -> Vec<usize> {
    let most = codes.iter().max().map_or(0, |m| *m as usize + 1);
    (0..most).map(|c| codes.iter().filter(|v| **v as usize == c).count()).collect()
}

#[test]
fn bins_are_as_full_as_ties_allow() {
    let numbers: Vec<f64> = (0..100_u32).map(|i| f64::from(i * 37 % 100)).collect();
    let codes = quantile_bins(&numbers, 4);
    assert_eq!(counts(&codes), [25, 25, 25, 25]);
    // In the order of the numbers.
    assert!(numbers.iter().zip(&codes).all(|(v, c)| (*v / 25.0) as u32 == *c));
    // A number that is most of the column has one bin; few values keep theirs.
    let mostly: Vec<f64> = (0..100).map(|i| if i < 70 { 0.0 } else { f64::from(i) }).collect();
    assert_eq!(counts(&quantile_bins(&mostly, 4)), [70, 10, 10, 10]);
    let rare: Vec<f64> = (0..100).map(|i| if i < 97 { 0.0 } else { f64::from(i % 3) }).collect();
    assert_eq!(counts(&quantile_bins(&rare, 4)), [98, 1, 1]);
    assert_eq!(counts(&quantile_bins(&rare, 2)), [98, 2]);
    // As many bins as values: none is merged, however few rows it has.
    assert_eq!(counts(&quantile_bins(&rare, 3)), [98, 1, 1]);
    let late: Vec<f64> = rare.iter().map(|v| -v).collect();
    assert_eq!(counts(&quantile_bins(&late, 3)), [1, 1, 98]);
    assert_eq!(quantile_bins(&[1.0, 0.0, 1.0, 1.0, 0.0], 4), [1, 0, 1, 1, 0]);
    assert_eq!(quantile_bins(&[3.0; 5], 4), [0; 5]);
    assert_eq!(quantile_bins(&[], 4), [0; 0]);
    assert_eq!(quantile_bins(&[1.0, 2.0], 0), [0, 0]);
}

/// A modality of six noisy copies of a bit, and some noise of its own.
fn modality(bits: &[bool], seed: u64) -> Array2<f32> {
    let mut x = normal(&mut rng(seed), bits.len(), 8);
    for (mut row, bit) in x.rows_mut().into_iter().zip(bits) {
        for v in row.iter_mut().take(6) {
            *v = 0.3 * *v + if *bit { 1.0 } else { -1.0 };
        }
    }
    x
}

/// Bits a, b, and labels: their sum modulo 2, a, a number that is high where b is.
fn world(rows: usize) -> Data {
    let mut rng = rng(30);
    let mut bits = || -> Vec<bool> { (0..rows).map(|_| rng.random_bool(0.5)).collect() };
    let (a, b, c) = (bits(), bits(), bits());
    let mut data = data(&[modality(&a, 31), modality(&b, 32), modality(&c, 33)]);
    let class = |f: &dyn Fn(usize) -> bool| {
        LabelValues::Class((0..rows).map(|i| Some(u32::from(f(i)))).collect())
    };
    let number = (0..rows).map(|i| Some(f64::from(u8::from(b[i])) + 0.1 * (i % 7) as f64));
    let of = |name: &str, values| Label { name: name.to_owned(), values };
    data.labels = vec![
        of("xor", class(&|i| a[i] ^ b[i])),
        of("a", class(&|i| a[i])),
        of("number", LabelValues::Number(number.collect())),
    ];
    data
}

#[test]
fn each_label_is_asked_of_each_pair() {
    let asked = questions(&world(10));
    assert_eq!(asked.len(), 9);
    assert_eq!(asked[0], Question { label: 0, pair: [0, 1] });
    assert_eq!(asked[8], Question { label: 2, pair: [1, 2] });
}

#[test]
fn parts_are_found_in_features() {
    let data = world(800);
    let rows: Vec<usize> = (0..800).collect();
    let cut = Cut { components: 1, bins: 2 };
    let at = |label, pair| answer(&data, &rows, Question { label, pair }, cut, 19, 5).unwrap();
    let xor = at(0, [0, 1]);
    assert_eq!((xor.values, xor.estimate.rows), ([2, 2, 2], 800));
    // A median splits the two groups at their border, give or take a few rows.
    assert!(xor.estimate.pid.atoms.synergy > 0.6, "{xor:?}");
    assert!(xor.kept.iter().all(|k| (0.6..0.8).contains(k)), "{xor:?}");
    assert!(at(0, [0, 2]).estimate.pid.total < 0.02);
    let own = at(1, [0, 1]).estimate.pid.atoms;
    assert!(own.unique1 > 0.6 && own.unique2 < 0.02 && own.synergy < 0.1, "{own:?}");
    let number = at(2, [0, 1]);
    assert!(number.estimate.pid.atoms.unique2 > 0.6, "{number:?}");
    let baseline = xor.estimate.baseline.unwrap();
    assert!(baseline.high.synergy < 0.02, "{baseline:?}");
}

/// The label is in the direction with the least variance: the first component has lost it.
#[test]
fn what_the_components_lack_is_lost() {
    let mut rng = rng(34);
    let bits: Vec<bool> = (0..600).map(|_| rng.random_bool(0.5)).collect();
    let other: Vec<bool> = (0..600).map(|_| rng.random_bool(0.5)).collect();
    let mut x = modality(&other, 35);
    for (i, bit) in bits.iter().enumerate() {
        x[[i, 7]] = f32::from(u8::from(*bit));
    }
    let mut data = data(&[x.clone(), x]);
    let values = LabelValues::Class(bits.iter().map(|b| Some(u32::from(*b))).collect());
    data.labels = vec![Label { name: "bit".to_owned(), values }];
    let rows: Vec<usize> = (0..600).collect();
    let of = |components| {
        let cut = Cut { components, bins: 2 };
        answer(&data, &rows, Question { label: 0, pair: [0, 1] }, cut, 0, 0).unwrap()
    };
    let (one, three) = (of(1), of(3));
    assert!(one.estimate.pid.total < 0.02 && one.kept[0] < 0.8, "{one:?}");
    assert!(three.estimate.pid.atoms.redundant > 0.2 && three.kept[0] > 0.9, "{three:?}");
    assert_eq!((one.values[0], three.values[0]), (2, 8));
}

#[test]
fn only_rows_with_everything_count() {
    let mut data = world(60);
    data.modalities[0].present = (0..60).map(|i| i >= 10).collect();
    if let LabelValues::Number(values) = &mut data.labels[2].values {
        (values[20], values[21]) = (None, Some(f64::NAN));
    }
    // Where a modality is absent its values are rubbish.
    data.modalities[0].raw.row_mut(3).fill(f32::NAN);
    let rows: Vec<usize> = (0..50).collect();
    let cut = Cut::default();
    let at = |label, pair| answer(&data, &rows, Question { label, pair }, cut, 0, 0);
    assert_eq!(at(2, [0, 1]).unwrap().estimate.rows, 38);
    assert_eq!(at(2, [1, 2]).unwrap().estimate.rows, 48);
    assert!(matches!(at(3, [0, 1]), Err(InsightError::Missing { .. })));
    assert!(matches!(at(0, [0, 3]), Err(InsightError::Missing { .. })));
    assert!(matches!(of_label(&data, 2, &rows, 4), Err(InsightError::Missing { .. })));
    assert!(matches!(of_modality(&data, 3, &rows, cut), Err(InsightError::Missing { .. })));
    let none = answer(&data, &[3, 4], Question { label: 0, pair: [0, 1] }, cut, 0, 0);
    assert!(matches!(none, Err(InsightError::TooFewRows { .. })));
}
