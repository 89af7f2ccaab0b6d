//! COrAL (Cissee, Younis & Ahmadi 2026, arXiv 2602.14983) beside `CoMM` and Cross(+Self), on a world of
//! tables after their Trifeature tasks (ours; what stands beside was measured in a prototype).

use crate::laboratory::Context;
use crate::probe::{Parts, accuracy, test_rows};
use crate::world::{labels, normal, normals, numbers, rng, split};
use crate::{FIRST_SEED, ReproduceError, Row, Rule, Tag};
use ndarray::{Array1, Array2};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::BTreeMap;
use trefoil_data::NamedBytes;
use trefoil_insight::stats::cell;
use trefoil_protocol::{Cell, DataSource, ProbeKind};

/// Features of a group: redundant, unique or synergistic.
const GROUP: usize = 8;
const DIM: usize = 3 * GROUP;
/// Things that validate.
const VALIDATION: usize = 256;
/// Rows that test, a thing each.
const TEST: usize = 4000;
/// Values of r and of each unique factor.
const VALUES: usize = 4;

/// What one modality makes of its three factors: `A [ε₁E_r; ε₂E_u; ε₃E_s] + .3 n`, each view with its
/// own signs ε and noise n.
struct Modality {
    rotation: Array2<f64>,
    vectors: [Array2<f64>; 3],
}

impl Modality {
    fn draw(values: [usize; 3], rng: &mut ChaCha8Rng) -> Self {
        let vectors = values.map(|count| {
            let mut vectors = normals(count, GROUP, rng);
            for mut vector in vectors.rows_mut() {
                let length = vector.dot(&vector).sqrt();
                vector *= (GROUP as f64).sqrt() / length;
            }
            vectors
        });
        Self { rotation: orthogonal(DIM, rng), vectors }
    }

    fn view(&self, factors: [usize; 3], rng: &mut ChaCha8Rng) -> Array1<f64> {
        let mut hidden = Array1::zeros(DIM);
        for (group, factor) in factors.into_iter().enumerate() {
            let sign = if rng.random::<bool>() { 1.0 } else { -1.0 };
            for (i, x) in self.vectors[group].row(factor).iter().enumerate() {
                hidden[group * GROUP + i] = sign * x;
            }
        }
        self.rotation.dot(&hidden).mapv(|x| x + 0.3 * normal(rng))
    }
}

/// Independent normals, orthogonalised one after the other.
fn orthogonal(size: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
    let mut q = normals(size, size, rng);
    for i in 0..size {
        for j in (0..i).chain(0..i) {
            let before = q.row(j).to_owned();
            let along = before.dot(&q.row(i));
            q.row_mut(i).scaled_add(-along, &before);
        }
        let length = q.row(i).dot(&q.row(i)).sqrt();
        q.row_mut(i).mapv_inplace(|x| x / length);
    }
    q
}

/// Which task the third factors make.
#[derive(Clone, Copy, PartialEq)]
enum Synergy {
    /// `s₂ = π(s₁)` in everything that trains; the label is whether it holds, on rows where both are
    /// independent.
    Match,
    /// Independent bits; the label is their exclusive or.
    Xor,
}

impl Synergy {
    /// Things that train, and how many rows are views of each. Exclusive or takes more: with half
    /// of both nothing of it was seen.
    fn things(self) -> (usize, usize) {
        match self {
            Self::Match => (4096, 4),
            Self::Xor => (4096, 8),
        }
    }

    fn steps(self) -> u32 {
        match self {
            Self::Match => 1000,
            Self::Xor => 1600,
        }
    }
}

/// A world: its files, and the labels R, U1, U2 and S of the test rows.
struct World {
    synergy: Synergy,
    files: Vec<NamedBytes>,
    labels: BTreeMap<&'static str, Vec<u32>>,
}

fn world(synergy: Synergy, seed: u64) -> Result<World, ReproduceError> {
    let mut rng = rng(seed);
    let third = if synergy == Synergy::Match { 6 } else { 2 };
    let modalities = [(); 2].map(|()| Modality::draw([VALUES, VALUES, third], &mut rng));
    let mut pairing: Vec<usize> = (0..third).collect();
    pairing.shuffle(&mut rng);
    let (things_to_train, views) = synergy.things();
    let before_test = things_to_train + VALIDATION;
    let rows = before_test * views + TEST;
    let mut tables = [(); 2].map(|()| Array2::<f64>::zeros((rows, DIM)));
    let mut things = Vec::with_capacity(rows);
    let mut labels_of: BTreeMap<&'static str, Vec<u32>> = BTreeMap::new();
    let mut row = 0;
    for thing in 0..before_test + TEST {
        let tests = thing >= before_test;
        let [r, u1, u2] = [(); 3].map(|()| rng.random_range(0..VALUES));
        let s1 = rng.random_range(0..third);
        let free = rng.random_range(0..third);
        let s2 = if synergy == Synergy::Match && !tests { pairing[s1] } else { free };
        for _ in 0..if tests { 1 } else { views } {
            for ((table, modality), factors) in
                tables.iter_mut().zip(&modalities).zip([[r, u1, s1], [r, u2, s2]])
            {
                table.row_mut(row).assign(&modality.view(factors, &mut rng));
            }
            things.push(format!("t{thing}"));
            row += 1;
        }
        if tests {
            let s = match synergy {
                Synergy::Match => u32::from(s2 == pairing[s1]),
                Synergy::Xor => (s1 ^ s2) as u32,
            };
            for (name, value) in [("R", r as u32), ("U1", u1 as u32), ("U2", u2 as u32), ("S", s)] {
                labels_of.entry(name).or_default().push(value);
            }
        }
    }
    let files = vec![
        numbers("x1", &tables[0])?,
        numbers("x2", &tables[1])?,
        labels(&[split(things_to_train * views, VALIDATION * views, TEST), ("thing", things)])?,
    ];
    Ok(World { synergy, files, labels: labels_of })
}

/// What is measured of one variant, over seeds: accuracies in per cent and mean |cos| of heads.
struct Found {
    of: BTreeMap<&'static str, Cell>,
}

const SETTINGS: &[&str] = &[
    "lr=0.001",
    "weight_decay=0.01",
    "batch=128",
    "depth=2",
    "width=64",
    "embedding=64",
    "noise=0",
    "drop=0",
    "swap=0",
    "schedule=constant",
    "warmup=0",
    "patience=0",
    // The world itself has the synergy.
    "synergy_control=off",
];

fn measure(
    context: &mut Context<'_>,
    world: &World,
    variants: &[&str],
) -> Result<Vec<Found>, ReproduceError> {
    let mut config = context.config(variants, world.synergy.steps(), SETTINGS)?;
    if let DataSource::Folder { views, .. } = &mut config.data {
        *views = Some("thing".to_owned());
    }
    let what = format!("{} variants, {} seeds", variants.len(), context.seeds);
    let outcome = context.run_whole(&what, &world.files, &config)?;
    let mut all = Vec::new();
    for position in 0..variants.len() as u32 {
        let exports: Vec<&String> = outcome
            .embeddings
            .iter()
            .filter(|((of, _), _)| *of == position)
            .map(|(_, export)| export)
            .collect();
        // Probes take as long as training: a thread a replica.
        let found = exports.par_iter().map(|export| Ok(of_replica(&test_rows(export)?, world)));
        let found = found.collect::<Result<Vec<_>, ReproduceError>>()?;
        let mut per_seed: BTreeMap<&'static str, Vec<Option<f64>>> = BTreeMap::new();
        for (name, value) in found.into_iter().flatten() {
            per_seed.entry(name).or_default().push(value);
        }
        let of = per_seed.into_iter().map(|(name, values)| (name, cell(&values))).collect();
        all.push(Found { of });
    }
    Ok(all)
}

fn of_replica(parts: &Parts, world: &World) -> Vec<(&'static str, Option<f64>)> {
    let part = |modality: &str, block: &str| parts.get(&(modality.to_owned(), block.to_owned()));
    let everything: Vec<&Array2<f32>> = part("joint", "all").into_iter().collect();
    let percent = |parts: &[&Array2<f32>], label: &str| {
        accuracy(parts, &world.labels[label], ProbeKind::Linear).map(|a| 100.0 * a)
    };
    let mut found: Vec<(&'static str, Option<f64>)> =
        ["R", "U1", "U2", "S"].map(|label| (label, percent(&everything, label))).into();
    if let Some(shared) = part("joint", "shared") {
        found.push(("Z to U1", percent(&[shared], "U1")));
    }
    if let Some(unique) = part("x1", "unique") {
        found.push(("u1 to R", percent(&[unique], "R")));
    }
    let heads = [("joint", "shared head"), ("x1", "unique head"), ("x2", "unique head")];
    let heads: Vec<&Array2<f32>> = heads.iter().filter_map(|(m, b)| part(m, b)).collect();
    if let [z, u1, u2] = heads[..] {
        let pairs = [(z, u1), (z, u2), (u1, u2)];
        let mean = pairs.iter().map(|(a, b)| mean_cosine(a, b)).sum::<f64>() / 3.0;
        found.push(("cos", Some(mean)));
    }
    found
}

/// Mean over rows of |⟨a, b⟩|, rows of length one.
fn mean_cosine(a: &Array2<f32>, b: &Array2<f32>) -> f64 {
    let dots = a.rows().into_iter().zip(b.rows()).map(|(a, b)| f64::from(a.dot(&b).abs()));
    dots.sum::<f64>() / a.nrows().max(1) as f64
}

impl Found {
    fn get(&self, what: &str) -> Cell {
        self.of.get(what).cloned().unwrap_or_default()
    }

    fn mean(&self, what: &str) -> f64 {
        self.get(what).mean.unwrap_or(f64::NAN)
    }
}

/// Expected |cos| of random directions in the 32 dimensions of a head.
const RANDOM_COSINE: f64 = 0.141;

pub(crate) fn coral_match(context: &mut Context<'_>) -> Result<Vec<Row>, ReproduceError> {
    let world = world(Synergy::Match, FIRST_SEED)?;
    let found = measure(
        context,
        &world,
        &["cross_self:self_weight=0", "cross_self", "comm", "coral", "coral:mask=0"],
    )?;
    // What no rule is about is measured on fewer seeds.
    let seeds = context.seeds;
    context.seeds = seeds.min(2);
    let others = measure(
        context,
        &world,
        &[
            "coral:orthogonality=10",
            "coral:orthogonality=0",
            "coral:mask_schedule=rising:penalty=hinge",
            "coral:mask=0.25",
            "coral:mask=0.5",
            "coral:mask=1",
        ],
    )?;
    context.seeds = seeds;
    let ([cross, both, comm, coral, unmasked], [strict, free, first, swept @ ..]) =
        (&found[..], &others[..])
    else {
        return Err(ReproduceError::Absent("a variant".to_owned()));
    };
    let (low, high) = (comm.mean("S"), coral.mean("S"));
    let chance = Rule::Between(45.0, 55.0);
    let mut rows = Vec::new();
    let mut row = |found: &Found, name: &str, what: &str, rule: Rule, beside: &str| {
        let label = format!("{name}: {}", words(what));
        let row = Row::new(label, found.get(what), rule);
        rows.push(if beside.is_empty() { row } else { row.beside(beside, Tag::Measured) });
    };
    row(cross, "Cross", "R", Rule::Shown, "100");
    row(cross, "Cross", "U1", Rule::AtMost(35.0), "24.8");
    row(cross, "Cross", "U2", Rule::AtMost(35.0), "25.2");
    row(cross, "Cross", "S", chance, "49.0");
    row(both, "Cross+Self", "U1", Rule::AtLeast(95.0), "100");
    row(both, "Cross+Self", "S", chance, "48.7");
    row(comm, "CoMM", "U1", Rule::Shown, "100");
    row(comm, "CoMM", "S", Rule::AtLeast(65.0), "73.3");
    row(coral, "COrAL", "R", Rule::Shown, "100");
    row(coral, "COrAL", "U1", Rule::AtLeast(90.0), "99.9");
    row(coral, "COrAL", "U2", Rule::AtLeast(90.0), "99.2");
    row(coral, "COrAL", "S", Rule::AtLeast(low), "81.3, above CoMM");
    row(coral, "COrAL", "Z to U1", Rule::AtMost(35.0), "25.1");
    row(coral, "COrAL", "u1 to R", Rule::Shown, "99");
    row(coral, "COrAL", "cos", Rule::AtMost(RANDOM_COSINE), ".075; random .141");
    row(strict, "COrAL, \u{3bb} = 10", "S", Rule::Shown, "82.0");
    row(
        strict,
        "COrAL, \u{3bb} = 10",
        "cos",
        Rule::AtMost(coral.mean("cos")),
        ".040, below \u{3bb} = 1",
    );
    row(unmasked, "COrAL, no mask", "S", Rule::AtMost(high - 10.0), "60.4, 10 below COrAL");
    row(unmasked, "COrAL, no mask", "Z to U1", Rule::Shown, "100");
    row(free, "COrAL, \u{3bb} = 0", "S", Rule::Shown, "84.7");
    row(free, "COrAL, \u{3bb} = 0", "cos", Rule::Shown, ".141");
    row(first, "COrAL, first recipe", "S", Rule::Shown, "70.3");
    row(first, "COrAL, first recipe", "Z to U1", Rule::Shown, "100");
    for (ratio, found) in ["0.25", "0.5", "1"].iter().zip(swept) {
        let label = format!("COrAL, \u{3c1} = {ratio}: {}", words("S"));
        rows.push(Row::new(label, found.get("S"), Rule::Shown));
    }
    Ok(rows)
}

fn words(what: &str) -> &str {
    match what {
        "S" => "S, whether the pair fits, %",
        "R" => "R, %",
        "U1" => "U1, %",
        "U2" => "U2, %",
        "Z to U1" => "U1 from the shared embedding alone, %",
        "u1 to R" => "R from the unique embedding alone, %",
        _ => "mean absolute cosine between heads",
    }
}

pub(crate) fn coral_xor(context: &mut Context<'_>) -> Result<Vec<Row>, ReproduceError> {
    let world = world(Synergy::Xor, FIRST_SEED + 1)?;
    let chance = Rule::Between(45.0, 55.0);
    let seen = Rule::AtLeast(60.0);
    let cases = [
        ("cross_self", "Cross+Self", chance, "49.9 (1 seed)"),
        ("comm", "CoMM", seen, "73.9"),
        ("coral", "COrAL, \u{3c1} = .75", chance, "49.9"),
        ("coral:mask=0.4", "COrAL, \u{3c1} = .4", seen, "87.1"),
        ("coral:mask=0", "COrAL, no mask", seen, "84.7"),
        ("coral:mask_schedule=rising:penalty=hinge", "COrAL, first recipe", Rule::Shown, "84.3"),
    ];
    let found = measure(context, &world, &cases.map(|case| case.0))?;
    let mut rows = Vec::new();
    for (found, (_, name, rule, beside)) in found.iter().zip(cases) {
        let label = format!("{name}: S, exclusive or, %");
        rows.push(Row::new(label, found.get("S"), rule).beside(beside, Tag::Measured));
        rows.push(Row::new(format!("{name}: {}", words("U1")), found.get("U1"), Rule::Shown));
    }
    Ok(rows)
}
