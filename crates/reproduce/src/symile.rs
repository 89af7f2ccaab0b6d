//! Symile (Saporta et al., `NeurIPS` 2024, arXiv 2411.01053): exclusive or, and a small Symile-M3.

use crate::laboratory::Context;
use crate::world::{kept_of_three, labels, numbers, rng, split};
use crate::{FIRST_SEED, ReproduceError, Row, Rule, Tag};
use ndarray::Array2;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use trefoil_data::NamedBytes;
use trefoil_protocol::{Cell, Report};

/// As published: one linear layer to 16 dimensions, AdamW at .1 with decay .01, no schedule (but see
/// [`xor`] at batch 100). Ours: the logit scale starts by our rule and has no decay.
const RECIPE: &[&str] = &[
    "depth=0",
    "embedding=16",
    "lr=0.1",
    "weight_decay=0.01",
    "scale_lr=1",
    "schedule=constant",
    "warmup=0",
    "patience=0",
];

/// Rows that train, choose and test, as published.
const SPLIT: [usize; 3] = [10_000, 1_000, 5_000];

/// The same for the sweep; fewer test rows are measured sooner.
const SWEEP: [usize; 3] = [10_000, 1_000, 2_000];

/// Modalities a, b and c of `bits` bits: c is a xor b with probability `p`, else a.
fn bits(
    bits: usize,
    p: f64,
    sizes: [usize; 3],
    seed: u64,
) -> Result<Vec<NamedBytes>, ReproduceError> {
    let rows = sizes.iter().sum();
    let mut rng = rng(seed);
    let mut tables = [(); 3].map(|()| Array2::<f64>::zeros((rows, bits)));
    for row in 0..rows {
        let switch = rng.random_bool(p);
        for bit in 0..bits {
            let (a, b) = (rng.random::<bool>(), rng.random::<bool>());
            let c = if switch { a ^ b } else { a };
            for (table, value) in tables.iter_mut().zip([a, b, c]) {
                table[[row, bit]] = f64::from(u8::from(value));
            }
        }
    }
    let mut files = Vec::new();
    for (name, table) in ["a", "b", "c"].iter().zip(&tables) {
        files.push(numbers(name, table)?);
    }
    files.push(labels(&[split(sizes[0], sizes[1], sizes[2])])?);
    Ok(files)
}

/// Top-1 of `target` from all others, of one objective.
fn top1(report: &Report, objective: &str, target: &str) -> Result<Cell, ReproduceError> {
    let absent = || ReproduceError::Absent(format!("retrieval of {target} by {objective}"));
    let column = report.objectives.iter().find(|o| o.name.split(':').next() == Some(objective));
    let lines = &column.ok_or_else(absent)?.retrieval;
    let line = lines.iter().filter(|line| line.target == target).max_by_key(|l| l.given.len());
    Ok(line.ok_or_else(absent)?.top1.clone())
}

/// Gate of Symile around the Bayes rate, and the ceiling of CLIP.
const NEAR_BAYES: f64 = 0.04;
const BLIND: f64 = 0.045;

pub(crate) fn xor(context: &mut Context<'_>) -> Result<Vec<Row>, ReproduceError> {
    let mut rows = Vec::new();
    let config = |context: &Context<'_>, batch: u32, steps: u32| {
        let mut set = RECIPE.to_vec();
        // Ours, after a constant rate had given .153 at p = .2 on this world, below the rule: there,
        // on another world and six seeds, the validation loss was 2.630 with a constant rate and
        // 2.598 with one that falls, lower in each seed.
        if batch == 100 {
            set.push("schedule=cosine");
        }
        let batch = format!("batch={batch}");
        set.push(&batch);
        context.config(&["symile", "clip"], steps, &set)
    };
    // At chance CLIP's guess for each of the four pairs of bits is right or wrong as a whole, so that
    // a seed is off by quarters: more steps let it settle.
    let one = config(context, 100, 1000)?;
    let report = context.run("one bit, p = 1", &bits(1, 1.0, SPLIT, FIRST_SEED)?, &one)?;
    let symile = top1(&report, "symile", "b")?;
    rows.push(
        Row::new("Symile, 1 bit, p = 1", symile, Rule::AtLeast(0.999))
            .beside("1.00", Tag::SecondHand),
    );
    let clip = top1(&report, "clip", "b")?;
    rows.push(
        Row::new("CLIP, 1 bit, p = 1", clip, Rule::Between(0.48, 0.52))
            .beside("0.50", Tag::SecondHand),
    );
    let mut five =
        |context: &mut Context<'_>, p: f64, batch: u32, steps: u32, measured: [&str; 2]| {
            let falls = if batch == 100 { ", rate falls" } else { "" };
            let what = format!("5 bits, p = {p}, batch {batch}{falls}");
            let config = config(context, batch, steps)?;
            let seed = FIRST_SEED + (p * 10.0).round() as u64;
            let sizes = if batch == 100 { SWEEP } else { SPLIT };
            let report = context.run(&what, &bits(5, p, sizes, seed)?, &config)?;
            let bayes = p + (1.0 - p) / 32.0;
            let near = Rule::Between(bayes - NEAR_BAYES, bayes + NEAR_BAYES);
            let symile = top1(&report, "symile", "b")?;
            let beside = format!("{} (Bayes, exact: {bayes:.3})", measured[0]);
            rows.push(
                Row::new(format!("Symile, {what}"), symile, near).beside(beside, Tag::Measured),
            );
            let clip = top1(&report, "clip", "b")?;
            let beside = format!("{} (chance, exact: 0.031)", measured[1]);
            let rule = Rule::AtMost(BLIND);
            rows.push(Row::new(format!("CLIP, {what}"), clip, rule).beside(beside, Tag::Measured));
            Ok::<(), ReproduceError>(())
        };
    for (p, measured) in
        [(0.0, [".032", ".032"]), (0.5, [".513", ".037"]), (1.0, ["1.000", ".034"])]
    {
        five(context, p, 1000, 120, measured)?;
    }
    let all = context.seeds;
    context.seeds = all.min(3);
    let symile =
        [".032", ".110", ".211", ".296", ".416", ".513", ".610", ".708", ".804", ".903", "1.000"];
    let clip =
        [".032", ".032", ".034", ".033", ".033", ".037", ".037", ".030", ".031", ".033", ".034"];
    for (tenth, measured) in (0..).zip(symile.into_iter().zip(clip)) {
        five(context, f64::from(tenth) / 10.0, 100, 1000, [measured.0, measured.1])?;
    }
    context.seeds = all;
    Ok(rows)
}

pub(crate) fn xor8(context: &mut Context<'_>) -> Result<Vec<Row>, ReproduceError> {
    let rows: usize = SPLIT.iter().sum();
    let mut rng = rng(FIRST_SEED + 8);
    let mut tables = vec![Array2::<f64>::zeros((rows, 1)); 8];
    for row in 0..rows {
        let mut parity = false;
        for table in &mut tables[..7] {
            let bit = rng.random::<bool>();
            table[[row, 0]] = f64::from(u8::from(bit));
            parity ^= bit;
        }
        tables[7][[row, 0]] = f64::from(u8::from(parity));
    }
    let mut files = Vec::new();
    for (name, table) in ["a", "b", "c", "d", "e", "f", "g", "h"].iter().zip(&tables) {
        files.push(numbers(name, table)?);
    }
    files.push(labels(&[split(SPLIT[0], SPLIT[1], SPLIT[2])])?);
    let mut set = RECIPE.to_vec();
    set.push("batch=250");
    let config = context.config(&["symile"], 500, &set)?;
    let report = context.run("eight modalities", &files, &config)?;
    let value = top1(&report, "symile", "h")?;
    Ok(vec![
        Row::new("Symile, the last from the seven others", value, Rule::AtLeast(0.99))
            .beside("1.0000 (chance 0.5)", Tag::Measured),
    ])
}

/// How a modality that a row lacks is written down.
#[derive(Clone, Copy, PartialEq)]
enum Hole {
    /// As a hole: a row that has fewer than two modalities is dropped when it is read.
    Empty,
    /// As in the authors' example: one half, and 1 in a second column, so that every row stays.
    Indicated,
}

/// One bit, exclusive or; each modality is missing with probability `p` in rows that do not test.
fn holes(p: f64, hole: Hole, seed: u64) -> Result<Vec<NamedBytes>, ReproduceError> {
    let [train, validation, test] = SPLIT;
    let mut rng = rng(seed);
    let rows = train + validation + test;
    let columns = if hole == Hole::Indicated { 2 } else { 1 };
    let mut tables = [(); 3].map(|()| Array2::<f64>::zeros((rows, columns)));
    for row in 0..rows {
        let (a, b) = (rng.random::<bool>(), rng.random::<bool>());
        for (table, value) in tables.iter_mut().zip([a, b, a ^ b]) {
            let gone = rng.random_bool(p) && row < train + validation;
            table[[row, 0]] = match (gone, hole) {
                (false, _) => f64::from(u8::from(value)),
                (true, Hole::Empty) => f64::NAN,
                (true, Hole::Indicated) => 0.5,
            };
            if hole == Hole::Indicated {
                table[[row, 1]] = f64::from(u8::from(gone));
            }
        }
    }
    let mut files = Vec::new();
    for (name, table) in ["a", "b", "c"].iter().zip(&tables) {
        files.push(numbers(name, table)?);
    }
    files.push(labels(&[split(train, validation, test)])?);
    Ok(files)
}

pub(crate) fn missing(context: &mut Context<'_>) -> Result<Vec<Row>, ReproduceError> {
    let mut set = RECIPE.to_vec();
    set.push("batch=500");
    let config = context.config(&["symile"], 300, &set)?;
    let mut rows = Vec::new();
    for percent in [0_u32, 20, 50, 65] {
        let what = format!("{percent} % missing");
        let p = f64::from(percent) / 100.0;
        let rule = if percent <= 20 { Rule::AtLeast(0.99) } else { Rule::Shown };
        let seed = FIRST_SEED + u64::from(percent);
        let forms = [
            (Hole::Empty, kept_of_three(p)),
            (Hole::Indicated, ", every row kept, as in the authors' example".to_owned()),
        ];
        for (hole, words) in forms {
            // Without holes both are the same.
            if percent == 0 && hole == Hole::Indicated {
                continue;
            }
            let report = context.run(&what, &holes(p, hole, seed)?, &config)?;
            let value = top1(&report, "symile", "b")?;
            let row = Row::new(format!("Symile, {what}{words}"), value, rule);
            rows.push(if percent == 20 { row.beside("1.0000", Tag::Measured) } else { row });
        }
    }
    Ok(rows)
}

/// Classes of the small Symile-M3.
const CLASSES: usize = 50;
/// Rows that train, choose and test.
const M3: [usize; 3] = [10_000, 1_000, 2_000];

/// An image of a class, a voice in one of `languages`, and a text of one word a language, in which
/// the word of the voice's language is the class and the others are other classes.
fn m3(languages: usize, seed: u64) -> Result<Vec<NamedBytes>, ReproduceError> {
    let rows: usize = M3.iter().sum();
    let mut rng: ChaCha8Rng = rng(seed);
    let mut image = Array2::<f64>::zeros((rows, CLASSES));
    let mut voice = Array2::<f64>::zeros((rows, languages));
    let mut text = Array2::<f64>::zeros((rows, CLASSES * languages));
    let mut classes: Vec<usize> = (0..CLASSES).collect();
    for row in 0..rows {
        classes.shuffle(&mut rng);
        let language = rng.random_range(0..languages);
        for (position, class) in classes[..languages].iter().enumerate() {
            text[[row, position * CLASSES + class]] = 1.0;
        }
        image[[row, classes[language]]] = 1.0;
        voice[[row, language]] = 1.0;
    }
    Ok(vec![
        numbers("image", &image)?,
        numbers("text", &text)?,
        numbers("voice", &voice)?,
        labels(&[split(M3[0], M3[1], M3[2])])?,
    ])
}

pub(crate) fn m3_mini(context: &mut Context<'_>) -> Result<Vec<Row>, ReproduceError> {
    let recipe = [
        "depth=0",
        "norm=layer",
        "lr=0.01",
        "weight_decay=0.0001",
        "scale_lr=1",
        "schedule=constant",
        "warmup=0",
        "patience=0",
        "batch=250",
    ];
    let mut rows = Vec::new();
    for (languages, size, measured, symile_rule, clip_rule) in [
        (2, 64, ["1.000", ".494"], Rule::AtLeast(0.98), Rule::Between(0.45, 0.53)),
        (5, 256, [".881", ".216"], Rule::AtLeast(0.881), Rule::AtMost(0.25)),
        (10, 128, [".393", ".101"], Rule::AtLeast(0.393), Rule::AtMost(0.13)),
    ] {
        let mut set = recipe.to_vec();
        let embedding = format!("embedding={size}");
        set.push(&embedding);
        let config = context.config(&["symile", "clip"], 800, &set)?;
        let what = format!("{languages} languages, {size} dimensions");
        let files = m3(languages, FIRST_SEED + languages as u64)?;
        let report = context.run(&what, &files, &config)?;
        let of_64 = if size == 64 { "" } else { " with 64 dimensions" };
        for (objective, name, measured, rule) in [
            ("symile", "Symile", measured[0], symile_rule),
            ("clip", "CLIP", measured[1], clip_rule),
        ] {
            let value = top1(&report, objective, "image")?;
            rows.push(
                Row::new(format!("{name}, {what}"), value, rule)
                    .beside(format!("{measured}{of_64}"), Tag::Measured),
            );
        }
    }
    Ok(rows)
}
