//! The six sets that come with Trefoil: cards that say what the files hold, and files that load.
//!
//! `TREFOIL_UPDATE_CARDS=1 cargo test -p trefoil-data --test assets` writes the counts of the
//! cards and `index.json` anew after a change of either.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use flate2::read::GzDecoder;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trefoil_data::{Dataset, Layout, NamedBytes, parse_card};
use trefoil_protocol::{DatasetCard, DatasetIndex, LabelKind};

/// In the order in which they are offered.
const NAMES: [&str; 6] =
    ["emoji", "digits_mfeat", "support2_ehr", "penguins", "tcga_acc", "countries"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/datasets")
}

fn read(set: &str, file: &str) -> Vec<u8> {
    let path = folder().join(set).join(file);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn card(set: &str) -> DatasetCard {
    parse_card("dataset.json", &read(set, "dataset.json")).unwrap()
}

fn load(set: &str, chosen: Option<&[&str]>) -> Dataset {
    let chosen: Option<Vec<String>> = chosen.map(|c| c.iter().map(|&m| m.to_owned()).collect());
    let layout = Layout::of_card(card(set), chosen.as_deref()).unwrap();
    let files: Vec<_> = layout
        .files()
        .map(|name| NamedBytes { name: name.to_owned(), bytes: read(set, name) })
        .collect();
    Arc::new(layout.read(&files).unwrap()).prepare(0)
}

fn update() -> bool {
    std::env::var_os("TREFOIL_UPDATE_CARDS").is_some()
}

/// Compares a file with what it should be, or writes it.
fn hold(path: &Path, expected: &str) {
    if update() {
        fs::write(path, expected).unwrap();
    }
    let found = fs::read_to_string(path).unwrap();
    assert!(found == expected, "{} is out of date", path.display());
}

fn header_and_rows(packed: &[u8]) -> (Vec<String>, u32) {
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    (header, reader.records().count() as u32)
}

#[test]
fn cards_say_what_the_files_hold() {
    for set in NAMES {
        let mut expected = card(set);
        assert_eq!(expected.name, set);
        for modality in &mut expected.modalities {
            let bytes = read(set, &modality.file);
            let (header, rows) = header_and_rows(&bytes);
            modality.rows = rows;
            modality.columns = header.len() as u32 - 1;
            modality.bytes = bytes.len() as u64;
            if let Some(image) = modality.image {
                let cells = image.width * image.height * image.channels;
                assert_eq!(cells, modality.columns, "{set} {}", modality.name);
            }
        }
        let text = serde_json::to_string_pretty(&expected).unwrap() + "\n";
        hold(&folder().join(set).join("dataset.json"), &text);
    }
}

#[test]
fn cards_name_every_label_and_no_other() {
    for set in NAMES {
        let card = card(set);
        let (header, _) = header_and_rows(&read(set, card.labels_file.as_ref().unwrap()));
        let named: Vec<_> = card.labels.iter().map(|label| label.name.clone()).collect();
        assert_eq!(named, header[1..], "{set}");
        let groups = card.labels.iter().filter(|l| l.kind == LabelKind::Group);
        let groups: Vec<_> = groups.map(|label| &label.name).collect();
        assert_eq!(groups, card.group.iter().collect::<Vec<_>>(), "{set}");
    }
}

#[test]
fn the_index_is_the_cards() {
    let datasets = NAMES.map(card).to_vec();
    let text = serde_json::to_string_pretty(&DatasetIndex { datasets }).unwrap() + "\n";
    hold(&folder().join("index.json"), &text);
}

#[test]
fn folders_hold_what_the_cards_list_and_no_more() {
    for set in NAMES {
        let card = card(set);
        let mut listed: Vec<_> = card.modalities.iter().map(|m| m.file.clone()).collect();
        listed.extend(card.labels_file);
        listed.push("dataset.json".to_owned());
        listed.sort();
        let mut found: Vec<_> = fs::read_dir(folder().join(set))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        found.sort();
        assert_eq!(found, listed, "{set}");
    }
}

#[test]
fn files_are_packed_without_a_date() {
    for set in NAMES {
        for modality in card(set).modalities {
            // RFC 1952: flags (a file name would be one) and time.
            let bytes = read(set, &modality.file);
            assert_eq!(bytes[3..8], [0; 5], "{set} {}", modality.file);
        }
    }
}

/// Kept rows, complete rows; then rows, columns and missing cells of each modality: counted from
/// the original tables with pandas.
type Counts = (u32, u32, &'static [(&'static str, u32, u32, u64)]);

fn assert_counts(set: &str, data: &Dataset, (rows, complete, modalities): Counts) {
    let summary = data.summary();
    assert_eq!((summary.rows, summary.complete_rows), (rows, complete), "{set}");
    let found: Vec<_> = summary
        .modalities
        .iter()
        .map(|m| (m.name.as_str(), m.rows, m.columns, m.missing_cells))
        .collect();
    assert_eq!(found, modalities, "{set}");
    let split = summary.split;
    assert_eq!(split.train + split.validation + split.test, rows, "{set}");
    for modality in data.modalities() {
        assert!(modality.inputs().iter().all(|x| x.is_finite()), "{set}");
    }
}

#[test]
fn emoji_loads() {
    let data = load("emoji", None);
    let modalities = &[
        ("image", 1372, 768, 0),
        ("glyph", 1372, 256, 0),
        ("text_en", 1179, 394, 0),
        ("text_de", 1057, 344, 0),
    ];
    assert_counts("emoji", &data, (1372, 989, modalities));
    let image = &data.raw().modalities()[0];
    assert_eq!(image.image().map(|shape| shape.channels), Some(3));
    // The corner of the first picture is white.
    assert_eq!(image.columns()[0].value(0).to_bits(), 255_f32.to_bits());
    let group = data.labels().iter().find(|l| l.name() == "group").unwrap();
    assert_eq!(group.target().unwrap().classes().len(), 8);
    let char = data.labels().iter().find(|l| l.name() == "char").unwrap();
    assert_eq!((char.text(0), char.target()), (Some("\u{1f600}"), None));
}

#[test]
fn digits_load_with_three_of_six() {
    let data = load("digits_mfeat", None);
    let modalities =
        &[("pixels", 2000, 240, 0), ("fourier", 2000, 76, 0), ("morphology", 2000, 6, 0)];
    assert_counts("digits_mfeat", &data, (2000, 2000, modalities));
    assert!(data.raw().modalities()[0].image().is_some());
    assert_eq!(data.labels()[0].target().unwrap().classes().len(), 10);
    let all = ["pixels", "fourier", "morphology", "profile", "karhunen", "zernike"];
    let all = load("digits_mfeat", Some(&all));
    let inputs: usize = all.modalities().iter().map(|m| m.columns().len()).sum();
    assert_eq!(inputs, 649);
}

#[test]
fn support2_loads() {
    let card = card("support2_ehr");
    let off = card.modalities.iter().find(|m| m.name == "resource_use").unwrap();
    assert!(!off.on, "it leaks the outcome");
    let names: Vec<_> = card.modalities.iter().map(|m| m.name.as_str()).collect();
    let data = load("support2_ehr", Some(&names));
    let modalities = &[
        ("diagnosis", 9105, 12, 0),
        ("vitals", 9105, 5, 5),
        // One row of labs is empty: absent, its ten cells not missing.
        ("labs", 9104, 10, 24_566),
        ("demographics", 9105, 9, 4616),
        ("function", 7040, 2, 4378),
        ("physician", 7472, 2, 16),
        ("resource_use", 9104, 3, 1156),
    ];
    assert_counts("support2_ehr", &data, (9105, 6048, modalities));
}

#[test]
fn penguins_load_with_nests_whole() {
    let data = load("penguins", None);
    let modalities = &[
        ("bill", 342, 2, 0),
        ("body", 342, 2, 0),
        ("isotopes", 331, 2, 1),
        ("context", 342, 6, 0),
    ];
    assert_counts("penguins", &data, (342, 331, modalities));
    let nest = data.labels().iter().find(|l| l.name() == "nest").unwrap();
    assert_eq!((nest.kind(), nest.target()), (LabelKind::Group, None));
    let splits = data.splits();
    for row in splits.train() {
        let shared = |other: &&u32| nest.text(**other as usize) == nest.text(*row as usize);
        assert!(!splits.test().iter().any(|other| shared(&other)));
    }
    // Birds of one nest share their context row, and so does many another pair.
    let distinct: std::collections::BTreeSet<_> = data.modalities()[3].keys().iter().collect();
    assert_eq!(distinct.len(), 83);
}

#[test]
fn tcga_loads_with_blocks_missing() {
    let data = load("tcga_acc", None);
    let modalities = &[
        ("mrna", 79, 198, 0),
        ("mirna", 80, 190, 0),
        ("copynumber", 90, 198, 0),
        ("protein", 46, 33, 0),
        ("clinical", 92, 7, 18),
    ];
    assert_counts("tcga_acc", &data, (92, 45, modalities));
    let absent = data.modalities()[3].columns().last().unwrap();
    assert_eq!(absent.name, "(absent)");
}

#[test]
fn countries_load() {
    let data = load("countries", None);
    let modalities = &[
        ("flag", 256, 648, 0),
        ("language", 256, 50, 0),
        ("geography", 247, 6, 13),
        ("economy", 256, 4, 44),
        ("demography", 224, 7, 50),
    ];
    assert_counts("countries", &data, (256, 224, modalities));
    assert!(data.ids().iter().any(|id| id == "cc_NA"));
    let flag = data.raw().modalities()[0].image().unwrap();
    assert_eq!((flag.width, flag.height), (18, 12));
}

#[test]
fn sources_name_every_set_and_licence() {
    let text = fs::read_to_string(folder().join("SOURCES.md")).unwrap();
    for set in NAMES {
        let card = card(set);
        for part in [&card.title, &card.source, &card.licence, &card.credit] {
            assert!(text.contains(part.as_str()), "{set}: {part}");
        }
        assert!(text.contains(&format!("`{set}`")));
    }
}
