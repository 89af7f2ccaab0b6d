//! The yardstick itself: the sharing map of raw features where the truth is known (ours; in none of
//! the papers).

use crate::laboratory::Context;
use crate::population;
use crate::{FIRST_SEED, ReproduceError, Row, Rule, Tag};
use std::collections::BTreeMap;
use trefoil_data::{NamedBytes, generate};
use trefoil_insight::stats::cell;
use trefoil_protocol::{Cell, Generator, Sharing};

/// Worlds without sharing.
const EMPTY_WORLDS: u32 = 100;

/// Tables of a generator, without labels and truth: the map looks at neither.
fn tables(generator: &Generator, seed: u64) -> Result<Vec<NamedBytes>, ReproduceError> {
    let mut files = generate(generator, seed)?;
    files.retain(|file| !["labels.csv", "truth.json"].contains(&file.name.as_str()));
    Ok(files)
}

/// The map of the raw features of a world, on its test rows.
fn map(
    context: &mut Context<'_>,
    what: &str,
    generator: &Generator,
    world: u32,
) -> Result<Sharing, ReproduceError> {
    let seed = FIRST_SEED + u64::from(world);
    // Something has to train; the raw features are measured beside it.
    let mut config = context.config(&["clip"], 1, &["width=4", "embedding=4", "batch=16"])?;
    (config.seeds, config.seed) = (1, seed);
    let report = context.run(what, &tables(generator, seed)?, &config)?;
    let raw = report.baselines.into_iter().find(|column| column.name == "raw");
    Ok(raw.ok_or_else(|| ReproduceError::Absent("the raw baseline".to_owned()))?.sharing)
}

/// How many components each set of two or more modalities has, as `a+b`.
fn shared(map: &Sharing) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for component in map.components.iter().filter(|c| c.subset.len() > 1) {
        *counts.entry(component.subset.join("+")).or_default() += 1;
    }
    counts
}

/// What `of` says of each of `worlds` worlds.
fn over_worlds<const N: usize>(
    context: &mut Context<'_>,
    what: &str,
    generator: &Generator,
    worlds: u32,
    of: impl Fn(&Sharing) -> [Option<f64>; N],
) -> Result<[Cell; N], ReproduceError> {
    let mut values = Vec::new();
    for world in 0..worlds {
        let what = format!("{what}, world {} of {worlds}", world + 1);
        values.push(of(&map(context, &what, generator, world)?));
    }
    Ok(std::array::from_fn(|i| cell(&values.iter().map(|v| v[i]).collect::<Vec<_>>())))
}

/// Mean readability of the components that `size` modalities share: from these, or from the others.
fn readability(map: &Sharing, size: usize, inside: bool) -> Option<f64> {
    let shared = map.components.iter().filter(|c| c.subset.len() == size);
    let cells = shared.flat_map(|c| {
        c.readability.iter().filter(move |(m, _)| c.subset.contains(m) == inside).map(|(_, p)| p)
    });
    let values: Vec<f64> = cells.filter_map(|cell| cell.mean).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn ranks(of: &[(&str, u32)]) -> BTreeMap<String, u32> {
    of.iter().map(|&(set, rank)| (set.to_owned(), rank)).collect()
}

/// A noise variance, rows, and what the prototype found there, in two worlds.
struct Hierarchy {
    variance: f64,
    rows: u32,
    measured: Option<Prototype>,
}

struct Prototype {
    /// Of how many rows it fitted on half.
    rows: u32,
    /// Readability of a component of three modalities, and of two.
    readability: [f64; 2],
    tau: f64,
    null: f64,
}

const HIERARCHIES: [Hierarchy; 5] = [
    Hierarchy {
        variance: 0.1,
        rows: 1000,
        measured: Some(Prototype { rows: 600, readability: [0.96, 0.95], tau: 1.46, null: 0.02 }),
    },
    Hierarchy {
        variance: 0.1,
        rows: 5000,
        measured: Some(Prototype { rows: 5000, readability: [0.97, 0.97], tau: 1.14, null: 0.003 }),
    },
    Hierarchy {
        variance: 1.0,
        rows: 5000,
        measured: Some(Prototype {
            rows: 5000,
            readability: [0.767, 0.79],
            tau: 1.15,
            null: 0.003,
        }),
    },
    Hierarchy { variance: 1.0, rows: 2500, measured: None },
    Hierarchy { variance: 1.0, rows: 1000, measured: None },
];

/// How far the mean over worlds may be from what can be calculated.
const TOLERANCE: f64 = 0.03;

/// How many modalities share a component, and how many such components there are.
const SETS: [(usize, usize); 2] = [(3, 2), (2, 4)];

/// The world of this noise.
fn linear(noise: f64, rows: u32) -> Generator {
    Generator::Hierarchy {
        dims: vec![28, 34, 41],
        ranks: ranks(&[("a+b+c", 2), ("a+b", 3), ("b+c", 1), ("a", 2), ("c", 3)]),
        noise,
        rows,
    }
}

/// Mean readability of the components of each of [`SETS`] in the same worlds, had they infinitely many
/// rows.
fn exact_readability(variance: f64, worlds: u32) -> Result<[Cell; 2], ReproduceError> {
    let clean = linear(0.0, 64);
    let exact: Result<Vec<_>, _> = (0..worlds)
        .map(|world| FIRST_SEED + u64::from(world))
        .map(|seed| population::readability(&clean, variance, seed, &SETS))
        .collect();
    let exact = exact?;
    Ok([0, 1].map(|k| cell(&exact.iter().map(|p| p.get(k).copied()).collect::<Vec<_>>())))
}

fn hierarchy(
    context: &mut Context<'_>,
    setting: Hierarchy,
    rows: &mut Vec<Row>,
) -> Result<(), ReproduceError> {
    let Hierarchy { variance, rows: count, measured } = setting;
    let truth =
        BTreeMap::from([("a+b+c", 2), ("a+b", 3), ("b+c", 1)].map(|(s, n)| (s.to_owned(), n)));
    let generator = linear(variance.sqrt(), count);
    let what = format!("hierarchy, noise variance {variance}, {count} rows");
    let worlds = context.seeds;
    let [exact, all, pairs, outside, tau, null] =
        over_worlds(context, &what, &generator, worlds, |map| {
            [
                Some(f64::from(u8::from(shared(map) == truth))),
                readability(map, 3, true),
                readability(map, 2, true),
                readability(map, 2, false),
                Some(map.tau),
                Some(map.null),
            ]
        })?;
    let found = format!("worlds with every shared component found, {what}");
    let Some(measured) = measured else {
        rows.push(Row::new(found, exact, Rule::Shown));
        return Ok(());
    };
    rows.push(
        Row::new(found, exact, Rule::AtLeast(0.9)).beside("1 (2 worlds each)", Tag::Measured),
    );
    // τ and the null hang on how many rows fit.
    let there = format!("{} rows, {} to fit", measured.rows, measured.rows / 2);
    let infinite = exact_readability(variance, worlds)?;
    for (k, value) in [all, pairs].into_iter().enumerate() {
        let limit = infinite[k].mean.ok_or_else(|| ReproduceError::Absent(what.clone()))?;
        let row = Row::new(
            format!("{what}: readability of a component of {} modalities from these", SETS[k].0),
            value,
            Rule::Between(limit - TOLERANCE, limit + TOLERANCE),
        );
        let prototype = measured.readability[k];
        // The prototype's two worlds had values of their own.
        let beside = format!("{prototype} (2 worlds, {there}; exact for ours: {limit:.3})");
        rows.push(row.beside(beside, Tag::Measured));
    }
    let row = Row::new(
        format!("{what}: readability of a component of two modalities from the third"),
        outside,
        Rule::Between(-0.05, 0.05),
    );
    rows.push(row.beside(".00 or .01", Tag::Measured));
    for (name, value, measured) in [("\u{3c4}", tau, measured.tau), ("null", null, measured.null)] {
        let row = Row::new(format!("{what}: {name}"), value, Rule::Shown);
        rows.push(row.beside(format!("{measured} ({there})"), Tag::Measured));
    }
    Ok(())
}

pub(crate) fn sharing_map(context: &mut Context<'_>) -> Result<Vec<Row>, ReproduceError> {
    let worlds = context.seeds;
    let mut rows = Vec::new();
    let share = |yes: bool| Some(f64::from(u8::from(yes)));
    for setting in HIERARCHIES {
        hierarchy(context, setting, &mut rows)?;
    }
    let xor = Generator::Xor { bits: 3, p: 1.0, rows: 1000 };
    let mut see_nothing = Vec::new();
    let mut needs = Vec::new();
    for world in 0..worlds {
        let what = format!("exclusive or, world {} of {worlds}", world + 1);
        let map = map(context, &what, &xor, world)?;
        see_nothing.push(share(shared(&map).is_empty()));
        let means = map.needs_both.values().filter_map(|cell| cell.mean);
        needs.push(means.reduce(f64::min));
    }
    rows.push(Row::new(
        "worlds of exclusive or (3 bits, 1000 rows) in which the map shows nothing shared",
        cell(&see_nothing),
        Rule::AtLeast(0.95),
    ));
    rows.push(
        Row::new(
            "\u{201c}needs both\u{201d} there, the least of a, b, c",
            cell(&needs),
            Rule::AtLeast(0.9),
        )
        .beside("1.000", Tag::Measured),
    );
    let rus = Generator::Rus { flips: false, noise: 0.3, rows: 2000 };
    let [value] = over_worlds(context, "rus", &rus, worlds, |map| {
        // Four values of r are three dimensions.
        [share(shared(map) == BTreeMap::from([("x1+x2".to_owned(), 3)]))]
    })?;
    rows.push(Row::new(
        "worlds of rus (2000 rows) in which the map shows r and nothing else as shared",
        value,
        Rule::AtLeast(0.9),
    ));
    let nothing = Generator::Hierarchy {
        dims: vec![10, 12, 8],
        ranks: ranks(&[("a", 3), ("b", 3), ("c", 3)]),
        noise: 0.5,
        rows: 400,
    };
    let [value] = over_worlds(context, "nothing shared", &nothing, EMPTY_WORLDS, |map| {
        [share(!shared(map).is_empty())]
    })?;
    rows.push(Row::new(
        "worlds without sharing (400 rows) in which the map shows any",
        value,
        Rule::AtMost(0.05),
    ));
    Ok(rows)
}
