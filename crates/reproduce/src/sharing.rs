//! The yardstick itself: the sharing map of raw features where the truth is known (ours; in none of
//! the papers).

use crate::laboratory::Context;
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
fn over_worlds(
    context: &mut Context<'_>,
    what: &str,
    generator: &Generator,
    worlds: u32,
    of: impl Fn(&Sharing) -> Option<f64>,
) -> Result<Cell, ReproduceError> {
    let mut values = Vec::new();
    for world in 0..worlds {
        let what = format!("{what}, world {} of {worlds}", world + 1);
        values.push(of(&map(context, &what, generator, world)?));
    }
    Ok(cell(&values))
}

fn ranks(of: &[(&str, u32)]) -> BTreeMap<String, u32> {
    of.iter().map(|&(set, rank)| (set.to_owned(), rank)).collect()
}

pub(crate) fn sharing_map(context: &mut Context<'_>) -> Result<Vec<Row>, ReproduceError> {
    let worlds = context.seeds;
    let mut rows = Vec::new();
    let truth =
        BTreeMap::from([("a+b+c", 2), ("a+b", 3), ("b+c", 1)].map(|(s, n)| (s.to_owned(), n)));
    let share = |yes: bool| Some(f64::from(u8::from(yes)));
    for (variance, count, rule) in [
        (0.1_f64, 1000, Rule::AtLeast(0.9)),
        (0.1, 8000, Rule::AtLeast(0.9)),
        (1.0, 8000, Rule::AtLeast(0.9)),
        (1.0, 2500, Rule::Shown),
        (1.0, 1000, Rule::Shown),
    ] {
        let generator = Generator::Hierarchy {
            dims: vec![28, 34, 41],
            ranks: ranks(&[("a+b+c", 2), ("a+b", 3), ("b+c", 1), ("a", 2), ("c", 3)]),
            noise: variance.sqrt(),
            rows: count,
        };
        let what = format!("hierarchy, noise variance {variance}, {count} rows");
        let value =
            over_worlds(context, &what, &generator, worlds, |map| share(shared(map) == truth))?;
        let row =
            Row::new(format!("worlds with every shared component found, {what}"), value, rule);
        rows.push(match rule {
            Rule::Shown => row,
            _ => row.beside("1 (2 worlds each)", Tag::Measured),
        });
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
    let value = over_worlds(context, "rus", &rus, worlds, |map| {
        // Four values of r are three dimensions.
        share(shared(map) == BTreeMap::from([("x1+x2".to_owned(), 3)]))
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
    let value = over_worlds(context, "nothing shared", &nothing, EMPTY_WORLDS, |map| {
        share(!shared(map).is_empty())
    })?;
    rows.push(Row::new(
        "worlds without sharing (400 rows) in which the map shows any",
        value,
        Rule::AtMost(0.05),
    ));
    Ok(rows)
}
