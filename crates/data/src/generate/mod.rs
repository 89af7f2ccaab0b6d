//! Data with known truth, as files: what `trefoil generate` writes is what the page loads, through
//! the same reader, so that both are the same to the last bit. Goes into `layout`.

mod hierarchy;
mod rus;
mod world;
mod xor;

use crate::Error;
use crate::align::{Aligned, MIN_ROWS, RawModality};
use crate::layout::{Layout, NamedBytes, TRUTH_FILE};
use crate::truth::TruthFile;
use trefoil_protocol::{DatasetCard, Generator, ModalityCard};
use world::World;

/// Most rows that are generated.
pub const MAX_GENERATED_ROWS: u32 = 200_000;
/// Most numbers that are generated.
const MAX_CELLS: u64 = 20_000_000;
const LABELS_FILE: &str = "labels.csv";

/// The files of a generated set: a table a modality, `labels.csv` and `truth.json`.
///
/// # Errors
/// [`Error::Generator`] for a parameter that cannot be.
pub fn generate(generator: &Generator, seed: u64) -> Result<Vec<NamedBytes>, Error> {
    let world = match generator {
        Generator::Xor { bits, p, rows } => xor::world(*bits, *p, *rows, seed)?,
        Generator::Hierarchy { dims, ranks, noise, rows } => {
            hierarchy::world(dims, ranks, *noise, *rows, seed)?
        }
        Generator::Rus { flips, noise, rows } => rus::world(*flips, *noise, *rows, seed)?,
    };
    files(generator, seed, world)
}

/// The same data in memory.
///
/// # Errors
/// As [`generate`].
pub fn generated(generator: &Generator, seed: u64) -> Result<Aligned, Error> {
    let files = generate(generator, seed)?;
    let names: Vec<_> = files.iter().map(|file| file.name.clone()).collect();
    Layout::of_directory(&names, None, None)?.read(&files)
}

fn files(generator: &Generator, seed: u64, world: World) -> Result<Vec<NamedBytes>, Error> {
    let rows = world.truth.nrows();
    // The same id for the same row, however many rows there are.
    let ids: Vec<String> = (0..rows).map(|row| format!("r{row:06}")).collect();
    let failed = |reason: String| Error::Generator {
        parameter: "the table".to_owned(),
        value: reason,
        expected: "fewer rows".to_owned(),
    };
    let mut files = Vec::with_capacity(world.tables.len() + 2);
    for table in world.tables.iter().chain([&world.labels]) {
        files.push(NamedBytes {
            name: format!("{}.csv", table.name),
            bytes: table.csv(&ids).map_err(|error| failed(error.to_string()))?,
        });
    }
    let truth = TruthFile {
        generator: generator.clone(),
        seed,
        factors: world.factors,
        ids,
        values: world.truth.rows().into_iter().map(|row| row.to_vec()).collect(),
    };
    files.push(NamedBytes {
        name: TRUTH_FILE.to_owned(),
        bytes: serde_json::to_vec(&truth).map_err(|error| failed(error.to_string()))?,
    });
    Ok(files)
}

/// The card of a generated set.
pub(crate) fn card(
    generator: &Generator,
    modalities: &[RawModality],
    sizes: &[(String, u64)],
) -> DatasetCard {
    let (name, title, about) = match generator {
        Generator::Xor { p, .. } => (
            "xor",
            "Exclusive or",
            format!(
                "With probability {p} each bit of c is a \u{2295} b, else it is a. No two modalities tell the third apart where p is 1; all three together do."
            ),
        ),
        Generator::Hierarchy { dims, .. } => (
            "hierarchy",
            "Hierarchy of factors",
            format!(
                "{} modalities, each a linear mixture of factors of its own and of factors that it shares with some or all of the others, with noise.",
                dims.len()
            ),
        ),
        Generator::Rus { .. } => (
            "rus",
            "Redundant, unique, synergistic",
            "Label r can be read from either modality, u1 and u2 from one only, and s only from both together.".to_owned(),
        ),
    };
    let modality = |raw: &RawModality| ModalityCard {
        name: raw.name.clone(),
        file: raw.file.clone(),
        on: true,
        rows: raw.present.iter().filter(|present| **present).count() as u32,
        columns: raw.width as u32,
        bytes: sizes.iter().find(|(name, _)| *name == raw.file).map_or(0, |(_, bytes)| *bytes),
        about: String::new(),
        image: None,
    };
    DatasetCard {
        name: name.to_owned(),
        title: title.to_owned(),
        about,
        source: "Made by Trefoil from a seed".to_owned(),
        licence: "None needed".to_owned(),
        credit: String::new(),
        modalities: modalities.iter().map(modality).collect(),
        labels_file: Some(LABELS_FILE.to_owned()),
        ..DatasetCard::default()
    }
}

fn refuse(parameter: &str, value: impl ToString, expected: impl Into<String>) -> Error {
    Error::Generator {
        parameter: parameter.to_owned(),
        value: value.to_string(),
        expected: expected.into(),
    }
}

fn check_size(rows: u32, width: u64) -> Result<(), Error> {
    let most = u64::from(MAX_GENERATED_ROWS).min(MAX_CELLS / width.max(1));
    if (MIN_ROWS as u64..=most).contains(&u64::from(rows)) {
        return Ok(());
    }
    let expected = format!("a whole number from {MIN_ROWS} to {most}");
    Err(refuse("rows", rows, expected))
}

fn check_noise(noise: f64) -> Result<(), Error> {
    if (0.0..=1000.0).contains(&noise) {
        return Ok(());
    }
    Err(refuse("noise", noise, "a number from 0 to 1000"))
}
