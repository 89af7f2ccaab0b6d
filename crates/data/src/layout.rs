//! Which files make a data set, and in which role: the same for a folder on disk, for a set that
//! comes with Trefoil and for files dropped on the page. Comes before everything: it says what to
//! read, and [`Layout::read`] takes the bytes.

use crate::Error;
use crate::align::{Aligned, RawModality, align};
use crate::bytes::check_sizes;
use crate::column::ColumnKind;
use crate::labels::labels;
use crate::notices::{list, notice};
use crate::parts::{MAX_MODALITIES, parts};
use crate::table::{Purpose, Table, read_table};
use crate::truth::{Truth, TruthFile};
use trefoil_protocol::{DatasetCard, FileRole, ImageShape, Notice};

/// The file that describes a folder.
pub const CARD_FILE: &str = "dataset.json";
/// The file of known factors.
pub const TRUTH_FILE: &str = "truth.json";

/// A file, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedBytes {
    /// The name by which messages call it: as the user gave it.
    pub name: String,
    /// Its content, packed or not.
    pub bytes: Vec<u8>,
}

/// Which files to read, and as what.
#[derive(Clone, Debug)]
pub struct Layout {
    card: Option<DatasetCard>,
    modalities: Vec<Planned>,
    labels: Option<String>,
    truth: Option<String>,
    group: Option<String>,
    notices: Vec<Notice>,
}

#[derive(Clone, Debug)]
struct Planned {
    name: String,
    file: String,
    image: Option<ImageShape>,
}

impl Layout {
    /// A set that comes with Trefoil: the modalities `chosen`, else those that its card has on.
    ///
    /// # Errors
    /// [`Error::NoSuchModality`] for a choice that the card does not have; more than 8 modalities.
    pub fn of_card(card: DatasetCard, chosen: Option<&[String]>) -> Result<Self, Error> {
        if let Some(unknown) = unknown(&card, chosen) {
            return Err(unknown);
        }
        let is_on = |name: &String, on| chosen.map_or(on, |chosen| chosen.contains(name));
        let modalities = card
            .modalities
            .iter()
            .filter(|modality| is_on(&modality.name, modality.on))
            .map(|modality| Planned {
                name: modality.name.clone(),
                file: modality.file.clone(),
                image: modality.image,
            })
            .collect();
        let layout = Self {
            modalities,
            labels: card.labels_file.clone(),
            truth: None,
            group: card.group.clone(),
            notices: Vec::new(),
            card: Some(card),
        };
        layout.checked()
    }

    /// A folder, by the names of its files and its card, if it has one: every table is a modality
    /// named by its file, in the order of the names, but for `labels.csv`. Where the card lists
    /// modalities, it says which and in which order; its names may lack or have `.gz`.
    ///
    /// # Errors
    /// As [`Layout::of_card`]; [`Error::NoSuchFile`] for a file that the card lists and the folder
    /// lacks; [`Error::DuplicateModality`] for two files of one name.
    pub fn of_directory(
        names: &[String],
        card: Option<DatasetCard>,
        chosen: Option<&[String]>,
    ) -> Result<Self, Error> {
        let mut tables: Vec<&String> = names.iter().filter(|name| is_table(name)).collect();
        tables.sort();
        let find = |file: &str| find_file(names, file);
        let labels = match card.as_ref().and_then(|card| card.labels_file.as_ref()) {
            Some(file) => Some(find(file)?),
            None => tables.iter().find(|n| is_labels(n)).map(|n| (*n).clone()),
        };
        let truth = find(TRUTH_FILE).ok();
        let group = card.as_ref().and_then(|card| card.group.clone());
        tables.retain(|name| Some(*name) != labels.as_ref());
        let Some(card) = card.filter(|card| !card.modalities.is_empty()) else {
            let files: Vec<_> = tables.into_iter().cloned().collect();
            let layout = Self::of_modalities(files)?;
            return Ok(Self { labels, truth, group, ..layout });
        };
        let mut layout = Self::of_card(card, chosen)?;
        for modality in &mut layout.modalities {
            modality.file = find(&modality.file)?;
        }
        let listed = layout.card.iter().flat_map(|card| &card.modalities);
        let listed: Vec<_> = listed.filter_map(|m| find(&m.file).ok()).collect();
        tables.retain(|name| !listed.contains(name));
        if !tables.is_empty() {
            let message = format!("not in {CARD_FILE} and not used: {}", list(&tables));
            layout.notices.push(notice("file_not_listed", None, None, message));
        }
        layout.labels = labels;
        layout.truth = truth;
        Ok(layout)
    }

    /// Files as a person chose them, modalities in the order of choice.
    ///
    /// # Errors
    /// [`Error::DuplicateModality`] for two files of one name; more than 8 modalities.
    pub fn of_files(files: &[(FileRole, String)], group: Option<String>) -> Result<Self, Error> {
        let of_role = |role| {
            let files = files.iter().filter(move |(r, _)| *r == role);
            files.map(|(_, name)| name.clone())
        };
        let mut layout = Self::of_modalities(of_role(FileRole::Modality).collect())?;
        layout.labels = of_role(FileRole::Labels).next();
        layout.group = group;
        Ok(layout)
    }

    /// With another labels file, if any.
    #[must_use]
    pub fn with_labels(mut self, file: Option<String>) -> Self {
        self.labels = file.or(self.labels);
        self
    }

    /// With another column of groups, if any.
    #[must_use]
    pub fn with_group(mut self, column: Option<String>) -> Self {
        self.group = column.or(self.group);
        self
    }

    /// The files that [`Layout::read`] needs, by the names that it expects.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let modalities = self.modalities.iter().map(|modality| &modality.file);
        let others = self.labels.iter().chain(&self.truth);
        modalities.chain(others).map(String::as_str)
    }

    fn of_modalities(files: Vec<String>) -> Result<Self, Error> {
        let modalities =
            files.into_iter().map(|file| Planned { name: modality_name(&file), file, image: None });
        let layout = Self {
            card: None,
            modalities: modalities.collect(),
            labels: None,
            truth: None,
            group: None,
            notices: Vec::new(),
        };
        layout.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        for (position, modality) in self.modalities.iter().enumerate() {
            let mut before = self.modalities[..position].iter();
            if let Some(other) = before.find(|other| other.name == modality.name) {
                return Err(Error::DuplicateModality {
                    file: modality.file.clone(),
                    other: other.file.clone(),
                    modality: modality.name.clone(),
                });
            }
        }
        let found = self.modalities.len();
        if let Some(extra) = self.modalities.get(MAX_MODALITIES) {
            return Err(Error::TooManyModalities {
                file: Some(extra.file.clone()),
                found,
                limit: MAX_MODALITIES,
            });
        }
        if found == 0 {
            return Err(Error::TooFewModalities { file: None, found });
        }
        Ok(self)
    }

    /// Reads the files and aligns their rows.
    ///
    /// # Errors
    /// The first thing that is wrong with any of them.
    pub fn read(self, files: &[NamedBytes]) -> Result<Aligned, Error> {
        check_sizes(files.iter().map(|f| (f.name.as_str(), f.bytes.len() as u64)))?;
        let bytes_of = |name: &str| match files.iter().find(|file| file.name == name) {
            Some(file) => Ok(file.bytes.as_slice()),
            None => Err(Error::NoSuchFile { file: name.to_owned() }),
        };
        let read = |file: &str, purpose| read_table(file, bytes_of(file)?, purpose);
        let mut notices = self.notices;
        let mut tables = Vec::with_capacity(self.modalities.len());
        for planned in &self.modalities {
            let mut table = read(&planned.file, Purpose::Features)?;
            notices.append(&mut table.notices);
            tables.push(table);
        }
        let names: Vec<_> = self.modalities.iter().map(|m| m.name.clone()).collect();
        let parts = parts(&names, &mut tables, &mut notices)?;
        let mut alignment = align(parts, &tables, &mut notices)?;
        drop(tables);
        for (modality, planned) in alignment.modalities.iter_mut().zip(&self.modalities) {
            set_image(modality, planned.image, &mut notices);
        }
        let (card, group) = (self.card, self.group);
        let (labels, groups) = match (&self.labels, &group) {
            (Some(file), _) => {
                let table: Table = read(file, Purpose::Labels)?;
                let ids = &alignment.ids;
                labels(table, ids, card.as_ref(), group.as_deref(), &mut notices)?
            }
            (None, Some(column)) => {
                let column = column.clone();
                return Err(Error::GroupWithoutLabels { column });
            }
            (None, None) => (Vec::new(), None),
        };
        let mut aligned = Aligned {
            card,
            ids: alignment.ids,
            distinct_ids: alignment.distinct_ids,
            modalities: alignment.modalities,
            labels,
            groups,
            truth: None,
            notices,
        };
        if let Some(file) = &self.truth {
            aligned.join_truth(file, bytes_of(file)?, files);
        }
        Ok(aligned)
    }
}

impl Aligned {
    /// Joins `truth.json`, and makes the card of generated data where there is no other.
    fn join_truth(&mut self, file: &str, bytes: &[u8], files: &[NamedBytes]) {
        let names: Vec<_> = self.modalities.iter().map(|m| m.name.as_str()).collect();
        let parsed = serde_json::from_slice::<TruthFile>(bytes).ok();
        let truth = parsed.as_ref().and_then(|file| Truth::join(file, &self.ids, &names));
        let Some((parsed, truth)) = parsed.zip(truth) else {
            let message = "does not describe these tables and is not used".to_owned();
            let notice = notice("truth_ignored", Some(file), None, message);
            self.notices.push(notice);
            return;
        };
        self.truth = Some(truth);
        if self.card.is_none() {
            let card = crate::generate::card(&parsed.generator, &self.modalities, files);
            self.card = Some(card);
        }
    }
}

fn set_image(modality: &mut RawModality, image: Option<ImageShape>, notices: &mut Vec<Notice>) {
    let Some(shape) = image else {
        return;
    };
    let cells = shape.width as usize * shape.height as usize * shape.channels as usize;
    let numeric = modality.columns.iter().all(|c| c.kind == ColumnKind::Number);
    if numeric && cells == modality.columns.len() {
        modality.image = image;
        return;
    }
    let message = format!(
        "{} columns are not a picture of {} \u{d7} {} \u{d7} {}: shown as numbers",
        modality.columns.len(),
        shape.width,
        shape.height,
        shape.channels
    );
    notices.push(notice("image_shape", Some(&modality.file), None, message));
}

fn unknown(card: &DatasetCard, chosen: Option<&[String]>) -> Option<Error> {
    let names: Vec<_> = card.modalities.iter().map(|m| &m.name).collect();
    let unknown = chosen?.iter().find(|name| !names.contains(name))?;
    Some(Error::NoSuchModality { name: unknown.clone(), known: list(&names) })
}

fn find_file(names: &[String], file: &str) -> Result<String, Error> {
    let plain = |name: &str| name.strip_suffix(".gz").unwrap_or(name).to_owned();
    let exact = names.iter().find(|name| *name == file);
    let found = exact.or_else(|| names.iter().find(|name| plain(name) == plain(file)));
    found.cloned().ok_or_else(|| Error::NoSuchFile { file: file.to_owned() })
}

/// Reads a `dataset.json`.
///
/// # Errors
/// [`Error::Card`] with the line.
pub fn parse_card(file: &str, bytes: &[u8]) -> Result<DatasetCard, Error> {
    serde_json::from_slice(bytes).map_err(|error| Error::Card {
        file: file.to_owned(),
        line: error.line() as u64,
        reason: error.to_string(),
    })
}

/// Whether a file is a table by its name: CSV or TSV, packed or not, not hidden.
pub fn is_table(name: &str) -> bool {
    let name = base_name(name);
    !name.starts_with(['.', '~']) && extensions(name) != (name, "")
}

/// Whether a file is a table of labels by its name.
pub fn is_labels(name: &str) -> bool {
    is_table(name) && modality_name(name).eq_ignore_ascii_case("labels")
}

/// The modality that a file is by its name: without folders and extension.
pub fn modality_name(file: &str) -> String {
    let name = base_name(file);
    let stem = match extensions(name) {
        (name, "") => name.rsplit_once('.').map_or(name, |(stem, _)| stem),
        (stem, _) => stem,
    };
    stem.trim().to_owned()
}

fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// The name before `.csv`, `.tsv` and these with `.gz`, and the rest; nothing else is a table.
fn extensions(name: &str) -> (&str, &str) {
    for extension in [".csv", ".tsv", ".csv.gz", ".tsv.gz"] {
        let cut = name.len().saturating_sub(extension.len());
        if let Some((stem, end)) = name.split_at_checked(cut)
            && end.eq_ignore_ascii_case(extension)
        {
            return (stem, end);
        }
    }
    (name, "")
}
