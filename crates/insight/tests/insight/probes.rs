//! Probes against scikit-learn (`tests/golden/probes.py`), and where each kind must win or lose.

use crate::common::{data, normal, replica, rng};
use ndarray::{Array2, Axis};
use rand::RngExt;
use trefoil_insight::Origin;
use trefoil_insight::probes::{Outcome, Probe, ProbeJob, over_seeds, probes};
use trefoil_insight::{Data, Label, LabelValues, Look, Part, Replica};
use trefoil_protocol::{Metric, ProbeKind};

/// A fixed pseudo-random number between 0 and 1, as the golden script makes it.
fn u(i: usize, j: usize) -> f64 {
    ((i as f64 * 12.9898 + j as f64 * 78.233).sin() * 43758.5453).abs().fract()
}

fn golden() -> (Array2<f32>, Vec<f64>, Look) {
    let x = Array2::from_shape_fn((400, 12), |(i, j)| u(i, j) - 0.5);
    let score =
        (0..400).map(|i| x[[i, 0]] + x[[i, 1]] - x[[i, 2]] + 1.2 * (u(i, 50) - 0.5)).collect();
    let rows: Vec<usize> = (0..400).collect();
    (x.mapv(|v| v as f32), score, Look::report(&rows[..240], &rows[240..320], &rows[320..]))
}

fn label(name: &str, values: LabelValues) -> Label {
    Label { name: name.to_owned(), values }
}

fn classes(values: impl Iterator<Item = usize>) -> LabelValues {
    LabelValues::Class(values.map(|v| Some(v as u32)).collect())
}

/// Data of two modalities with these labels, and a replica whose first modality is `h`.
fn world(h: &Array2<f32>, labels: Vec<Label>) -> (Data, Replica) {
    let mut data = data(&[h.clone(), h.clone()]);
    data.labels = labels;
    let mut r = replica(vec![h.clone(), h.clone()]);
    r.all = vec![Part { values: h.clone(), present: vec![true; h.nrows()] }];
    (data, r)
}

fn run(mut job: ProbeJob) -> Outcome {
    while !job.step() {}
    job.finish()
}

fn probe(data: &Data, look: &Look, r: &Replica, label: usize, kind: ProbeKind) -> Outcome {
    run(ProbeJob::new(data, look, r, Probe { label, origin: Origin::All, kind }).unwrap())
}

#[test]
fn the_linear_probe_matches_scikit_learn_from_path_to_metric() {
    let (x, score, look) = golden();
    let three = classes(score.iter().map(|s| usize::from(*s >= -0.4) + usize::from(*s >= 0.6)));
    let two = classes(score.iter().map(|s| usize::from(*s >= 0.3)));
    let number = LabelValues::Number(score.iter().copied().map(Some).collect());
    let labels = vec![label("three", three), label("two", two), label("number", number)];
    let (data, r) = world(&x, labels);
    let at = |i| probe(&data, &look, &r, i, ProbeKind::Linear);

    assert_eq!((at(0).classes, at(1).classes, at(2).classes), (3, 2, 0));
    assert!((at(0).accuracy.unwrap() - 0.714_814_8).abs() < 1e-6, "{:?}", at(0));
    assert!((at(1).accuracy.unwrap() - 0.833_791_2).abs() < 1e-6, "{:?}", at(1));
    assert!((at(1).auroc.unwrap() - 0.934_752_7).abs() < 1e-6, "{:?}", at(1));
    assert!((at(2).r2.unwrap() - 0.626_664_0).abs() < 1e-4, "{:?}", at(2));
    assert!(at(0).auroc.is_none() && at(0).r2.is_none() && at(2).accuracy.is_none());
}

#[test]
fn only_the_mlp_reads_a_product() {
    let mut rng = rng(3);
    let x = normal(&mut rng, 2000, 6);
    let y = classes((0..2000).map(|i| usize::from(x[[i, 0]] * x[[i, 1]] > 0.0)));
    let rows: Vec<usize> = (0..2000).collect();
    let look = Look::report(&rows[..1200], &rows[1200..1600], &rows[1600..]);
    let (data, r) = world(&x, vec![label("xor", y)]);
    let linear = probe(&data, &look, &r, 0, ProbeKind::Linear).accuracy.unwrap();
    let mlp = probe(&data, &look, &r, 0, ProbeKind::Mlp).accuracy.unwrap();
    assert!((linear - 0.5).abs() < 0.08, "{linear}");
    assert!(mlp > 0.9, "{mlp}");
}

#[test]
fn only_the_mlp_reads_a_square() {
    let mut rng = rng(4);
    let x = normal(&mut rng, 1500, 4);
    let y = (0..1500).map(|i| Some(f64::from(x[[i, 0]].powi(2)) * 1e6)).collect();
    let rows: Vec<usize> = (0..1500).collect();
    let look = Look::report(&rows[..1000], &rows[1000..1200], &rows[1200..]);
    let (data, r) = world(&x, vec![label("square", LabelValues::Number(y))]);
    assert!(probe(&data, &look, &r, 0, ProbeKind::Linear).r2.unwrap() < 0.1);
    assert!(probe(&data, &look, &r, 0, ProbeKind::Mlp).r2.unwrap() > 0.8);
}

#[test]
fn noise_is_read_at_chance() {
    let mut rng = rng(5);
    let x = normal(&mut rng, 900, 30);
    let y = classes((0..900).map(|_| rng.random_range(0..3)));
    let number = (0..900).map(|i| Some(u(i, 7))).collect();
    let rows: Vec<usize> = (0..900).collect();
    let look = Look::report(&rows[..400], &rows[400..600], &rows[600..]);
    let (data, r) = world(&x, vec![label("y", y), label("n", LabelValues::Number(number))]);
    for kind in [ProbeKind::Linear, ProbeKind::Mlp] {
        let accuracy = probe(&data, &look, &r, 0, kind).accuracy.unwrap();
        assert!((accuracy - 1.0 / 3.0).abs() < 0.09, "{kind:?} {accuracy}");
        let r2 = probe(&data, &look, &r, 1, kind).r2.unwrap();
        assert!(r2.abs() < 0.08, "{kind:?} {r2}");
    }
}

/// More rows than a trial holds, and classes of 3 % and 97 %.
#[test]
fn a_rare_class_among_many_rows_is_not_drowned() {
    let mut rng = rng(6);
    let mut x = normal(&mut rng, 12_000, 8);
    let y: Vec<usize> = (0..12_000).map(|_| usize::from(rng.random_bool(0.03))).collect();
    for (mut row, y) in x.rows_mut().into_iter().zip(&y) {
        row[0] += 3.0 * *y as f32;
    }
    let rows: Vec<usize> = (0..12_000).collect();
    let look = Look::report(&rows[..8000], &rows[8000..9000], &rows[9000..]);
    let (data, r) = world(&x, vec![label("rare", classes(y.into_iter()))]);
    for kind in [ProbeKind::Linear, ProbeKind::Mlp] {
        let o = probe(&data, &look, &r, 0, kind);
        // The best rule, a threshold at 1.5 standard deviations, has .933.
        assert!(o.accuracy.unwrap() > 0.9 && o.auroc.unwrap() > 0.96, "{kind:?} {o:?}");
    }
}

#[test]
fn absent_parts_are_told_by_an_indicator() {
    // The label is whether the second part is there: nothing else tells.
    let mut rng = rng(7);
    let (a, mut b) = (normal(&mut rng, 600, 3), normal(&mut rng, 600, 3));
    let present: Vec<bool> = (0..600).map(|_| rng.random_bool(0.5)).collect();
    for (mut row, here) in b.rows_mut().into_iter().zip(&present) {
        if !here {
            row.fill(f32::NAN);
        }
    }
    let mut data = data(&[a.clone(), a.clone()]);
    data.labels = vec![label("there", classes(present.iter().map(|p| usize::from(*p))))];
    let mut r = replica(vec![a.clone(), a.clone()]);
    r.all = vec![
        Part { values: a, present: vec![true; 600] },
        Part { values: b, present: present.clone() },
    ];
    let rows: Vec<usize> = (0..600).collect();
    let look = Look::report(&rows[..400], &rows[400..500], &rows[500..]);
    let o = probe(&data, &look, &r, 0, ProbeKind::Linear);
    assert!((o.accuracy.unwrap() - 1.0).abs() < 1e-12, "{o:?}");
}

#[test]
fn classes_with_fewer_than_five_training_rows_are_dropped() {
    let mut rng = rng(8);
    let x = normal(&mut rng, 100, 3);
    // Class 2 has four training rows (and many held-out ones), class 1 five.
    let y = |i: usize| match i {
        0..4 => 2,
        4..9 => 1,
        9..60 => 0,
        _ => i % 3,
    };
    let rows: Vec<usize> = (0..100).collect();
    let look = Look::report(&rows[..60], &rows[60..80], &rows[80..]);
    let (mut data, r) = world(&x, vec![label("y", classes((0..100).map(y)))]);
    assert_eq!(probe(&data, &look, &r, 0, ProbeKind::Linear).classes, 2);
    // One class left: nothing to probe.
    data.labels[0].values = classes((0..100).map(|i| usize::from(i < 4)));
    let of = Probe { label: 0, origin: Origin::All, kind: ProbeKind::Linear };
    assert!(ProbeJob::new(&data, &look, &r, of).is_none());
    // A number that does not vary, and no label at all.
    for values in [vec![Some(1.0); 100], vec![None; 100]] {
        data.labels[0].values = LabelValues::Number(values);
        assert!(ProbeJob::new(&data, &look, &r, of).is_none());
    }
}

#[test]
fn origins_see_their_own_rows_and_baselines_the_same() {
    let mut rng = rng(9);
    let h = normal(&mut rng, 400, 2);
    let y = classes((0..400).map(|i| usize::from(h[[i, 0]] > 0.0)));
    let (mut data, r) = world(&h, vec![label("y", y)]);
    // Where the modality is absent its values are rubbish.
    let absent = |i: usize| i.is_multiple_of(3);
    data.modalities[1].present = (0..400).map(|i| !absent(i)).collect();
    let mut r = r;
    for (i, mut row) in r.modality[1].axis_iter_mut(Axis(0)).enumerate() {
        if absent(i) {
            row.fill(f32::NAN);
        }
    }
    let rows: Vec<usize> = (0..400).collect();
    let look = Look::report(&rows[..240], &rows[240..300], &rows[300..]);
    let of = Probe { label: 0, origin: Origin::Modality(1), kind: ProbeKind::Linear };
    let o = run(ProbeJob::new(&data, &look, &r, of).unwrap());
    assert!(o.accuracy.unwrap() > 0.95, "{o:?}");
    let present = data.modalities[1].present.clone();
    let b = run(ProbeJob::baseline(&data, &look, &[1], &present, 0, ProbeKind::Linear).unwrap());
    assert!((b.accuracy.unwrap() - o.accuracy.unwrap()).abs() < 0.03, "{b:?} {o:?}");
}

#[test]
fn a_live_look_probes_linearly_from_everything_and_fits_on_all_training_rows() {
    let (x, score, report) = golden();
    let number = LabelValues::Number(score.iter().copied().map(Some).collect());
    let (data, r) = world(&x, vec![label("number", number)]);
    let training: Vec<usize> = report.fit.clone();
    let look = Look::live(&training, &report.tune);
    assert_eq!((look.fit.len(), look.tune.len()), (192, 48));
    let listed = probes(&data, &look, 3);
    assert_eq!(listed, [Probe { label: 0, origin: Origin::All, kind: ProbeKind::Linear }]);
    let live = probe(&data, &look, &r, 0, ProbeKind::Linear).r2.unwrap();
    // Fitted on the same rows as a report that looks at validation, but for the choice.
    let same = Look::report(&training, &report.tune, &report.tune);
    let whole = probe(&data, &same, &r, 0, ProbeKind::Linear).r2.unwrap();
    assert!((live - whole).abs() < 0.02, "{live} {whole}");
}

#[test]
fn lines_of_the_report() {
    let (x, score, look) = golden();
    let two = classes(score.iter().map(|s| usize::from(*s >= 0.3)));
    let (data, _) = world(&x, vec![label("two", two)]);
    let listed = probes(&data, &look, 1);
    // all, one block, two modalities, in two ways.
    assert_eq!(listed.len(), 8);
    let outcome = Outcome {
        fit_rows: 50,
        classes: 2,
        accuracy: Some(0.7),
        auroc: Some(0.8),
        r2: None,
        information: Some(-0.2),
        tuned: None,
    };
    let lines = over_seeds(
        &data,
        &["shared".to_owned()],
        listed[2],
        &[Some(outcome), None, Some(outcome)],
        Some(Outcome { accuracy: Some(0.6), ..outcome }),
    );
    let kinds: Vec<Metric> = lines.iter().map(|l| l.metric).collect();
    assert_eq!(kinds, [Metric::Accuracy, Metric::Auroc]);
    assert_eq!((lines[0].block.as_str(), lines[0].target.as_str()), ("shared", "two"));
    assert_eq!(lines[0].value.per_seed, [Some(0.7), None, Some(0.7)]);
    assert_eq!(lines[0].baseline, Some(0.6));
    for line in &lines {
        assert_eq!(line.information.per_seed, [Some(-0.2), None, Some(-0.2)]);
    }
    assert!((lines[0].chance - 0.5).abs() < 1e-12 && (lines[1].chance - 0.5).abs() < 1e-12);
    assert_eq!(over_seeds(&data, &[], listed[6], &[None, None], None), []);
    assert_eq!(over_seeds(&data, &[], listed[6], &[Some(outcome)], None)[0].block, "modality:b");
}

/// Rows of 8 columns whose first is shifted by `shift` where y is 1, and y, positive in `share`.
fn shifted(seed: u64, rows: usize, share: f64, shift: f32) -> (Array2<f32>, Vec<usize>) {
    let mut rng = rng(seed);
    let mut x = normal(&mut rng, rows, 8);
    let y: Vec<usize> = (0..rows).map(|_| usize::from(rng.random_bool(share))).collect();
    for (mut row, y) in x.rows_mut().into_iter().zip(&y) {
        row[0] += shift * *y as f32;
    }
    (x, y)
}

/// I(x; y) in bits of y positive in `share` and x normal around 0 or `shift`, by the midpoint rule.
fn shift_bits(share: f64, shift: f64) -> f64 {
    let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let at = |x: f64| {
        let (a, b) = ((1.0 - share) * density(x), share * density(x - shift));
        let of = |joint: f64, prior: f64| joint * (joint / ((a + b) * prior)).log2();
        of(a, 1.0 - share) + of(b, share)
    };
    (0..20_000).map(|i| at(-10.0 + 0.001 * (f64::from(i) + 0.5)) * 0.001).sum()
}

#[test]
fn a_perfect_probe_tells_all_bits_and_a_useless_one_none() {
    for (share, all) in [(0.5, 1.0), (0.1, 0.469)] {
        let rows: Vec<usize> = (0..3000).collect();
        let look = Look::report(&rows[..1500], &rows[1500..2000], &rows[2000..]);
        for (shift, expected, slack) in [(30.0, all, 0.06), (0.0, 0.0, 0.03)] {
            let (x, y) = shifted(11, 3000, share, shift);
            let (data, r) = world(&x, vec![label("y", classes(y.into_iter()))]);
            for kind in [ProbeKind::Linear, ProbeKind::Mlp] {
                let bits = probe(&data, &look, &r, 0, kind).information.unwrap();
                eprintln!("{share} {shift} {kind:?} {bits}");
                assert!((bits - expected).abs() < slack, "{share} {shift} {kind:?} {bits}");
            }
        }
    }
}

/// More rows than a trial holds, so that the MLP sees a rare class far more often than it is, and
/// few positives: both need the shift. For normal classes of one variance the log odds are linear,
/// so the linear probe can have all there is.
#[test]
fn bits_of_a_rare_label_are_those_of_its_density() {
    let expected = shift_bits(0.1, 2.0);
    assert!((expected - 0.2049).abs() < 1e-4, "{expected}");
    let (x, y) = shifted(12, 12_000, 0.1, 2.0);
    let rows: Vec<usize> = (0..12_000).collect();
    let (data, r) = world(&x, vec![label("y", classes(y.into_iter()))]);
    let report = Look::report(&rows[..6000], &rows[6000..7000], &rows[7000..]);
    let live = Look::live(&rows[..6000], &rows[7000..]);
    for (look, kind, slack) in [
        (&report, ProbeKind::Linear, 0.02),
        (&live, ProbeKind::Linear, 0.02),
        (&report, ProbeKind::Mlp, 0.04),
    ] {
        let bits = probe(&data, look, &r, 0, kind).information.unwrap();
        eprintln!("{kind:?} {bits} of {expected}");
        assert!((bits - expected).abs() < slack, "{kind:?} {bits} of {expected}");
    }
}

/// Trained on one rule and tested on its opposite: worse than knowing nothing, and said so.
#[test]
fn bits_may_be_negative() {
    let (x, mut y) = shifted(13, 600, 0.5, 3.0);
    for y in &mut y[400..] {
        *y = 1 - *y;
    }
    let rows: Vec<usize> = (0..600).collect();
    let look = Look::report(&rows[..300], &rows[300..400], &rows[400..]);
    let number = LabelValues::Number((0..600).map(|i| Some(f64::from(x[[i, 0]]))).collect());
    let labels = vec![label("y", classes(y.into_iter())), label("number", number)];
    let (data, r) = world(&x, labels);
    assert!(probe(&data, &look, &r, 0, ProbeKind::Linear).information.unwrap() < -1.0);
    assert_eq!(probe(&data, &look, &r, 1, ProbeKind::Linear).information, None);
}
