//! Numbers of the report, computed again from the files that a run wrote and from nothing else.

use crate::common::{SMALL, folder, generate, report, rows, trefoil};
use std::collections::BTreeMap;
use std::path::Path;
use trefoil_protocol::{Metric, ProbeKind};

/// id → values, of one part of an embeddings file, rows of one split.
fn part(
    at: &Path,
    file: &str,
    split: &str,
    modality: &str,
    block: &str,
) -> BTreeMap<String, Vec<f64>> {
    let wanted = |row: &BTreeMap<String, String>| {
        (row["split"].as_str(), row["modality"].as_str(), row["block"].as_str())
            == (split, modality, block)
    };
    let values = |row: &BTreeMap<String, String>| {
        let cells = (0..).map_while(|d| row.get(&format!("d{d}")).filter(|v| !v.is_empty()));
        cells.map(|v| v.parse().expect("a number")).collect()
    };
    let all = rows(at, file).into_iter().filter(wanted);
    all.map(|row| (row["id"].clone(), values(&row))).collect()
}

/// The raw row of each id, as one text.
fn raw(at: &Path, file: &str) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(at.join(file)).expect(file);
    let row = |line: &str| {
        let (id, cells) = line.split_once(',').expect("cells");
        (id.to_owned(), cells.to_owned())
    };
    text.lines().skip(1).map(row).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Share of test rows whose best candidate, by summed cosines, is identical to their own row of
/// the target. Candidates are the distinct raw rows of the target; a tie counts its share.
fn top1(at: &Path, file: &str, target: &str, given: &[String]) -> (usize, usize, f64) {
    let of = |modality: &str| part(at, file, "test", modality, "embedding");
    let targets = of(target);
    let raw = raw(at, &format!("data/{target}.csv"));
    let mut candidates: BTreeMap<&str, &Vec<f64>> = BTreeMap::new();
    for (id, values) in &targets {
        candidates.entry(&raw[id]).or_insert(values);
    }
    let given: Vec<_> = given.iter().map(|g| of(g)).collect();
    let mut hits = 0.0;
    for id in targets.keys() {
        let score = |candidate: &[f64]| given.iter().map(|g| dot(&g[id], candidate)).sum::<f64>();
        let own = score(candidates[raw[id].as_str()]);
        let above = candidates.values().filter(|c| score(c) > own + 1e-9).count();
        let level = candidates.values().filter(|c| (score(c) - own).abs() <= 1e-9).count();
        hits += if above == 0 { 1.0 / level as f64 } else { 0.0 };
    }
    (targets.len(), candidates.len(), hits / targets.len() as f64)
}

#[test]
fn retrieval_of_clip_follows_from_its_embeddings() {
    let folder = folder();
    let at = folder.path();
    // Few bits, so that many rows are identical.
    trefoil(at, "generate xor --bits 2 --p 0.4 --rows 150 --seed 4 --out data").well();
    let line = format!("train --data data --objective clip --steps 60 --seeds 2 {SMALL}");
    trefoil(at, &format!("{line} --set lr=0.02 --out out")).well();
    let report = report(&at.join("out"));
    let retrieval = &report.objectives[0].retrieval;
    assert_eq!(retrieval.len(), 9, "three from each of two, three from both");
    let mut better = 0;
    for result in retrieval {
        for (seed, found) in result.top1.per_seed.iter().enumerate() {
            let file = format!("out/embeddings/clip/{seed}.csv");
            let (queries, candidates, top1) = top1(at, &file, &result.target, &result.given);
            assert_eq!((queries, candidates), (30, result.candidates as usize));
            assert_eq!(result.queries, 30);
            assert!(candidates <= 4, "two bits have four values");
            let found = found.expect("no seed failed");
            assert!((found - top1).abs() < 1e-9, "{result:?}: {top1} from the files");
            better += usize::from(found > result.chance + 0.1);
        }
    }
    assert!(better > 0, "nothing was learned, so that any order would do");
}

/// argmin ‖y − xb‖²/n + λ‖b‖², by Gaussian elimination.
fn ridge(x: &[Vec<f64>], y: &[f64], strength: f64) -> Vec<f64> {
    let (n, p) = (x.len() as f64, x[0].len());
    let mut a: Vec<Vec<f64>> = (0..p)
        .map(|i| {
            let with = |j: usize| x.iter().map(|row| row[i] * row[j]).sum::<f64>() / n;
            let mut line: Vec<f64> = (0..p).map(with).collect();
            line[i] += strength;
            line.push(x.iter().zip(y).map(|(row, y)| row[i] * y).sum::<f64>() / n);
            line
        })
        .collect();
    for i in 0..p {
        let pivot = a[i].clone();
        for (k, line) in a.iter_mut().enumerate().filter(|(k, _)| *k != i) {
            let _ = k;
            let factor = line[i] / pivot[i];
            line.iter_mut().zip(&pivot).for_each(|(v, p)| *v -= factor * p);
        }
    }
    (0..p).map(|i| a[i][p] / a[i][i]).collect()
}

/// A linear probe of a number: predictors standardised on train, the strength of 10, 1, …, 1e-4
/// with the smallest error on validation, R² on test.
fn probe(at: &Path, file: &str, modality: &str, block: &str, label: &BTreeMap<String, f64>) -> f64 {
    let split = |split: &str| {
        let rows = part(at, file, split, modality, block);
        let y: Vec<f64> = rows.keys().map(|id| label[id]).collect();
        (rows.into_values().collect::<Vec<_>>(), y)
    };
    let (train, train_y) = split("train");
    let moments = |values: &mut dyn Iterator<Item = f64>| {
        let all: Vec<f64> = values.collect();
        let n = all.len() as f64;
        let mean = all.iter().sum::<f64>() / n;
        (mean, (all.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt())
    };
    let columns: Vec<(f64, f64)> =
        (0..train[0].len()).map(|j| moments(&mut train.iter().map(|row| row[j]))).collect();
    let (mean, sd) = moments(&mut train_y.iter().copied());
    let scaled = |(rows, y): (Vec<Vec<f64>>, Vec<f64>)| {
        let row = |row: Vec<f64>| -> Vec<f64> {
            row.iter().zip(&columns).map(|(v, (m, s))| (v - m) / s).collect()
        };
        let x: Vec<Vec<f64>> = rows.into_iter().map(row).collect();
        (x, y.into_iter().map(|v| (v - mean) / sd).collect::<Vec<f64>>())
    };
    let (train, validation, test) =
        (scaled((train, train_y)), scaled(split("validation")), scaled(split("test")));
    let errors = |b: &[f64], (x, y): &(Vec<Vec<f64>>, Vec<f64>)| {
        x.iter().zip(y).map(|(row, y)| (y - dot(row, b)).powi(2)).sum::<f64>()
    };
    let fits = [10.0, 1.0, 0.1, 0.01, 1e-3, 1e-4].map(|s| ridge(&train.0, &train.1, s));
    let best = fits.iter().min_by(|a, b| errors(a, &validation).total_cmp(&errors(b, &validation)));
    let (centre, _) = moments(&mut test.1.iter().copied());
    let total: f64 = test.1.iter().map(|y| (y - centre).powi(2)).sum();
    1.0 - errors(best.expect("six fits"), &test) / total
}

#[test]
fn linear_probes_follow_from_the_embeddings() {
    let folder = folder();
    let at = folder.path();
    generate(at);
    let line = format!("train --data data --objective clip,hcl --steps 40 --seeds 1 {SMALL}");
    trefoil(at, &format!("{line} --set lr=0.01 --out out")).well();
    let report = report(&at.join("out"));
    let labels = rows(at, "data/labels.csv");
    let names: Vec<String> = labels[0].keys().filter(|k| *k != "id").cloned().collect();
    assert_eq!(names.len(), 3);
    let mut compared = 0;
    for objective in &report.objectives {
        let file = format!("out/embeddings/{}/0.csv", objective.name);
        for name in &names {
            let label: BTreeMap<String, f64> = labels
                .iter()
                .map(|row| (row["id"].clone(), row[name].parse().expect("a number")))
                .collect();
            for result in objective.probes.iter().filter(|p| {
                p.target == *name && p.probe == ProbeKind::Linear && p.metric == Metric::R2
            }) {
                let (modality, block) = match result.block.strip_prefix("modality:") {
                    Some(m) if objective.name == "clip" => (m, "embedding"),
                    Some(_) => continue,
                    None => ("joint", result.block.as_str()),
                };
                let expected = probe(at, &file, modality, block, &label);
                let found = result.value.mean.expect("no seed failed");
                // Its optimiser stops when it is near.
                assert!((found - expected).abs() < 5e-3, "{result:?}: {expected} from the files");
                compared += 1;
            }
        }
    }
    assert!(compared > 20, "{compared}");
}
