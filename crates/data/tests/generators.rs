//! Generated data: what it is, and that files and memory give the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod common;

use common::prepare;
use trefoil_data::{
    Aligned, Column, Dataset, Error, Label, Layout, MAX_GENERATED_ROWS, Modality, NamedBytes,
    Truth, TruthFile, digest, generate, generated,
};
use trefoil_protocol::{Fault, Generator};

fn xor(bits: u32, p: f64, rows: u32) -> Generator {
    Generator::Xor { bits, p, rows }
}

fn hierarchy(dims: &[u32], ranks: &[(&str, u32)], noise: f64, rows: u32) -> Generator {
    Generator::Hierarchy {
        dims: dims.to_vec(),
        ranks: ranks.iter().map(|(s, r)| ((*s).to_owned(), *r)).collect(),
        noise,
        rows,
    }
}

fn rus(flips: bool, noise: f64, rows: u32) -> Generator {
    Generator::Rus { flips, noise, rows }
}

/// The set of the sharing map's table.
fn map_set(noise: f64, rows: u32) -> Generator {
    let ranks = [("a+b+c", 2), ("a+b", 3), ("b+c", 1), ("a", 2), ("c", 3)];
    hierarchy(&[28, 34, 41], &ranks, noise, rows)
}

fn data(generator: &Generator, seed: u64) -> Dataset {
    prepare(generated(generator, seed).unwrap(), seed)
}

fn read_folder(files: &[NamedBytes]) -> Aligned {
    let names: Vec<_> = files.iter().map(|file| file.name.clone()).collect();
    Layout::of_directory(&names, None, None).unwrap().read(files).unwrap()
}

fn bits(data: &Dataset) -> Vec<u32> {
    let inputs = data.modalities().iter().flat_map(Modality::inputs);
    let labels = data.labels().iter().flat_map(Label::values);
    let truth = data.truth().into_iter().flat_map(Truth::values);
    inputs.chain(labels).chain(truth).map(|x| x.to_bits()).collect()
}

#[test]
fn files_and_memory_are_the_same_to_the_last_bit() {
    for generator in [xor(5, 0.7, 200), map_set(0.3, 200), rus(true, 0.3, 200)] {
        let mut files = generate(&generator, 9).unwrap();
        let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names[names.len() - 2..], ["labels.csv", "truth.json"]);
        // A folder is listed in any order.
        files.reverse();
        let (file, memory) = (prepare(read_folder(&files), 9), data(&generator, 9));
        assert_eq!(bits(&file), bits(&memory));
        assert_eq!(file.summary(), memory.summary());
        assert_eq!(file.truth(), memory.truth());
        assert!(file.truth().is_some() && file.raw().card().is_some());
        assert_eq!(file.notices(), []);
    }
}

#[test]
fn a_seed_keeps_its_data() {
    // Pinned: a link must give the same numbers tomorrow, on another machine and in a browser.
    let first = |generator| {
        let files = generate(&generator, 1).unwrap();
        digest(&files[0].bytes)[..12].to_owned()
    };
    let found = [xor(5, 0.5, 100), map_set(0.3, 100), rus(false, 0.3, 100)].map(first);
    assert_eq!(found, ["3d729bd85fee", "a39e26f0664e", "7ec587434c35"]);
}

#[test]
fn seeds_differ_and_more_rows_go_on_where_fewer_end() {
    for generator in [
        xor as fn(u32, f64, u32) -> Generator,
        |_, _, rows| map_set(0.3, rows),
        |_, _, rows| rus(false, 0.3, rows),
    ] {
        let files = |rows, seed| generate(&generator(5, 0.5, rows), seed).unwrap();
        let (short, long) = (files(50, 1), files(90, 1));
        assert!(long[0].bytes.starts_with(&short[0].bytes));
        assert_ne!(short[0], files(50, 2)[0]);
    }
}

fn one(bit: f32) -> bool {
    bit > 0.5
}

/// One modality's raw values, `[row][column]`.
fn raw(data: &Dataset, modality: usize) -> Vec<Vec<f32>> {
    let columns = data.raw().modalities()[modality].columns();
    let columns: Vec<_> = columns.iter().map(Column::values).collect();
    (0..data.rows()).map(|row| columns.iter().map(|c| c[row]).collect()).collect()
}

#[test]
fn xor_is_an_exclusive_or_as_often_as_asked() {
    for (p, low, high) in [(0.0, 0.0, 0.0), (0.3, 0.25, 0.35), (1.0, 1.0, 1.0)] {
        let data = data(&xor(8, p, 2000), 3);
        let [a, b, c] = [0, 1, 2].map(|m| raw(&data, m));
        let mut xors = 0;
        for row in 0..2000 {
            let xor = (0..8).all(|bit| (one(a[row][bit]) ^ one(b[row][bit])) == one(c[row][bit]));
            assert!(xor || a[row] == c[row], "one switch for all bits of a row");
            xors += u32::from(xor);
        }
        // Where b is 0 in every bit both are so.
        let share = f64::from(xors) / 2000.0;
        assert!((low..=high + 0.02).contains(&share), "{p}: {share}");
        let ones: f32 = b.iter().flatten().sum();
        assert!((ones / 16_000.0 - 0.5).abs() < 0.02, "fair bits");
        let truth = data.truth().unwrap();
        let mixed = p > 0.0 && p < 1.0;
        assert_eq!(truth.factors().len(), 16 + usize::from(mixed));
        for row in 0..2000 {
            assert_eq!(truth.values()[[row, 3]].to_bits(), a[row][3].to_bits());
            assert_eq!(truth.values()[[row, 8 + 3]].to_bits(), b[row][3].to_bits());
        }
        assert_eq!(truth.factors()[3].name, "a_bit_4");
        assert_eq!(truth.factors()[3].modalities, ["a", "c"]);
        assert_eq!(truth.factors()[11].modalities.len(), if p > 0.0 { 2 } else { 1 });
    }
}

/// Correlation of two columns.
fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let covariance = |a: &[f64], ma: f64, b: &[f64], mb: f64| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - ma) * (b - mb)).sum::<f64>()
    };
    covariance(x, mx, y, my) / (covariance(x, mx, x, mx) * covariance(y, my, y, my)).sqrt()
}

#[test]
fn factors_enter_the_modalities_of_their_subset_and_no_other() {
    let rows = 3000;
    let data = data(&map_set(0.3, rows), 4);
    let truth = data.truth().unwrap();
    let names: Vec<_> = truth.factors().iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names[..2], ["z_a+b+c_1", "z_a+b+c_2"], "largest subsets first");
    assert_eq!(names.len(), 11);
    for (position, factor) in truth.factors().iter().enumerate() {
        let z: Vec<f64> = truth.values().column(position).iter().map(|z| f64::from(*z)).collect();
        let variance = z.iter().map(|z| z * z).sum::<f64>() / f64::from(rows);
        assert!((variance - 1.0).abs() < 0.12, "{variance}");
        for (m, modality) in data.raw().modalities().iter().enumerate() {
            let values = raw(&data, m);
            let strongest = (0..modality.columns().len())
                .map(|c| {
                    correlation(&z, &values.iter().map(|row| f64::from(row[c])).collect::<Vec<_>>())
                        .abs()
                })
                .fold(0.0, f64::max);
            let enters = factor.modalities.contains(&modality.name().to_owned());
            assert_eq!(
                strongest > 0.15,
                enters,
                "{} {}: {strongest}",
                factor.name,
                modality.name()
            );
        }
    }
    let labels: Vec<_> = data.labels().iter().map(Label::name).collect();
    assert_eq!(labels, ["z_a+b+c_1", "z_a+b_1", "z_b+c_1", "z_a_1", "z_c_1"]);
    assert!(data.labels().iter().all(|label| label.target().is_some()));
}

#[test]
fn loadings_have_singular_values_from_0_7_to_1_5() {
    // Without noise and with one factor each, the length of a row is |s z|.
    let data = data(&hierarchy(&[30, 20], &[("a", 1), ("b", 1)], 0.0, 100), 5);
    let truth = data.truth().unwrap();
    for m in 0..2 {
        let mut scales = Vec::new();
        for (row, values) in raw(&data, m).iter().enumerate() {
            let length = values.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
            let z = f64::from(truth.values()[[row, m]].abs());
            if z > 0.1 {
                scales.push(length / z);
            }
        }
        let spread = scales.iter().fold(0.0_f64, |most, s| most.max((s - scales[0]).abs()));
        assert!(spread < 1e-4 && (0.7..1.5).contains(&scales[0]), "{spread} {}", scales[0]);
    }
}

#[test]
fn noise_is_a_standard_deviation() {
    let data = data(&hierarchy(&[4, 4], &[("b", 1)], 0.5, 4000), 6);
    let values = raw(&data, 0);
    let square: f64 = values.iter().flatten().map(|x| f64::from(*x).powi(2)).sum();
    assert!((square / 16_000.0 - 0.25).abs() < 0.01, "{square}");
}

#[test]
fn eight_modalities_with_any_subsets() {
    let ranks = [("a+b+c+d+e+f+g+h", 2), ("h+a", 1), ("c+ d", 1)];
    let data = data(&hierarchy(&[5; 8], &ranks, 0.1, 60), 7);
    assert_eq!(data.modalities().len(), 8);
    let names: Vec<_> = data.truth().unwrap().factors().iter().map(|f| f.name.clone()).collect();
    assert_eq!(names[2..], ["z_a+h_1", "z_c+d_1"]);
}

/// Between-class share of the variance of the best feature.
fn told_by(values: &[Vec<f32>], label: &[f32], classes: usize) -> f64 {
    (0..values[0].len())
        .map(|column| {
            let mut sums = vec![(0.0, 0.0); classes];
            let (mut total, mut square) = (0.0, 0.0);
            for (row, &class) in values.iter().zip(label) {
                let x = f64::from(row[column]);
                sums[class as usize].0 += x;
                sums[class as usize].1 += 1.0;
                total += x;
                square += x * x;
            }
            let n = values.len() as f64;
            let mean = total / n;
            let between: f64 = sums.iter().map(|(s, k)| k * (s / k - mean).powi(2)).sum();
            between / (square - n * mean * mean)
        })
        .fold(0.0, f64::max)
}

#[test]
fn rus_labels_can_be_read_where_they_should_be() {
    let data = data(&rus(false, 0.3, 3000), 8);
    let values = [0, 1].map(|m| raw(&data, m));
    let label = |name: &str| {
        let label = data.labels().iter().find(|label| label.name() == name).unwrap();
        (label.values().to_vec(), label.target().unwrap().classes().len())
    };
    let told = |name: &str| {
        let (label, classes) = label(name);
        [0, 1].map(|m: usize| told_by(&values[m], &label, classes) > 0.05)
    };
    assert_eq!(told("r"), [true, true]);
    assert_eq!(told("u1"), [true, false]);
    assert_eq!(told("u2"), [false, true]);
    assert_eq!(told("s"), [false, false]);
    // s is the exclusive or of what each shows.
    let truth = data.truth().unwrap();
    let factor = |name: &str| {
        let position = truth.factors().iter().position(|f| f.name == name).unwrap();
        truth.values().column(position).to_vec()
    };
    let (s, s1, s2) = (factor("s"), factor("s1"), factor("s2"));
    assert!((0..3000).all(|row| one(s[row]) == one(s1[row]) ^ one(s2[row])));
    assert_eq!(label("s").0, s);
    let both = |a: &[f32], b: &[f32]| {
        a.iter().zip(b).filter(|(a, b)| one(**a) == one(**b)).count() as f64 / 3000.0
    };
    assert!((both(&s1, &s2) - 0.5).abs() < 0.03, "no bias");
}

#[test]
fn with_flips_nothing_can_be_read_linearly() {
    let data = data(&rus(true, 0.3, 3000), 8);
    for label in data.labels() {
        let classes = label.target().unwrap().classes().len();
        for m in 0..2 {
            assert!(told_by(&raw(&data, m), label.values(), classes) < 0.02, "{}", label.name());
        }
    }
}

#[test]
fn a_truth_that_is_about_something_else_is_not_used() {
    let mut files = generate(&xor(3, 1.0, 40), 1).unwrap();
    let mut truth: TruthFile = serde_json::from_slice(&files[4].bytes).unwrap();
    truth.values[7].pop();
    let uneven = serde_json::to_vec(&truth).unwrap();
    for (content, why) in [
        (generate(&rus(false, 0.3, 40), 1).unwrap().pop().unwrap().bytes, "other modalities"),
        (b"{\"answer\": 42}".to_vec(), "another format"),
        (b"\xFF".to_vec(), "no text"),
        (uneven, "values missing"),
    ] {
        files.last_mut().unwrap().bytes = content;
        let aligned = read_folder(&files);
        assert!(aligned.truth().is_none() && aligned.card().is_none(), "{why}");
        let data = prepare(aligned, 0);
        assert_eq!(data.notices()[0].code, "truth_ignored", "{why}");
    }
}

#[test]
fn parameters_that_cannot_be_are_named() {
    let pair = |ranks: &[(&str, u32)]| hierarchy(&[3, 3], ranks, 0.1, 50);
    for (generator, parameter, expected) in [
        (xor(0, 1.0, 50), "bits cannot be 0", "from 1 to 64"),
        (xor(3, 1.5, 50), "p cannot be 1.5", "from 0 to 1"),
        (xor(3, f64::NAN, 50), "p cannot be NaN", "from 0 to 1"),
        (xor(3, 1.0, 19), "rows cannot be 19", "from 20 to 200000"),
        (xor(3, 1.0, MAX_GENERATED_ROWS + 1), "rows cannot be", "200000"),
        (hierarchy(&[4000, 4000], &[("a", 1)], 0.1, 5000), "rows cannot be 5000", "to 2500"),
        (hierarchy(&[3], &[("a", 1)], 0.1, 50), "dims", "from 2 to 8"),
        (hierarchy(&[3; 9], &[("a", 1)], 0.1, 50), "dims", "from 2 to 8"),
        (hierarchy(&[3, 0], &[("a", 1)], 0.1, 50), "dims cannot be 0", "from 1"),
        (hierarchy(&[3, 3], &[("a", 1)], -1.0, 50), "noise cannot be -1", "from 0"),
        (
            hierarchy(&[3, 3], &[("a", 1)], 0.0, 50),
            "ranks cannot be 0 for b",
            "at least one factor",
        ),
        (pair(&[]), "ranks cannot be empty", "a+b:2"),
        (pair(&[("a+c", 1)]), "ranks cannot be a+c", "a, b joined by +"),
        (pair(&[("a+a", 1)]), "ranks cannot be a+a", "each once"),
        (pair(&[("a+b", 1), ("b+a", 1)]), "ranks cannot be b+a", "each once"),
        (pair(&[("a+b", 2), ("a", 2)]), "ranks cannot be 4 in total for a", "3 dimensions"),
        (pair(&[("a+b", u32::MAX)]), "in total for a", "3 dimensions"),
        (rus(false, f64::INFINITY, 50), "noise cannot be inf", "from 0 to 1000"),
    ] {
        let error: Error = generate(&generator, 0).unwrap_err();
        let fault = Fault::from(&error);
        assert!(fault.message.contains(parameter), "{fault}");
        assert!(fault.message.contains(expected), "{fault}");
    }
}
