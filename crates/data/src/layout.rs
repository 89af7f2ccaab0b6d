//! Which files make a data set, and in which role: the same for a folder on disk, for a set that
//! comes with Trefoil and for files dropped on the page. Comes before everything: it says what to
//! read; `reading` takes the bytes.

use crate::Error;
use crate::align::Aligned;
use crate::notices::{list, notice};
use crate::parts::MAX_MODALITIES;
use crate::reading::Reading;
use crate::roles::Wanted;
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
    pub(crate) card: Option<DatasetCard>,
    pub(crate) modalities: Vec<Planned>,
    pub(crate) labels: Option<String>,
    pub(crate) truth: Option<String>,
    pub(crate) wanted: Wanted,
    pub(crate) notices: Vec<Notice>,
}

#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) image: Option<ImageShape>,
}

fn wanted(card: &DatasetCard) -> Wanted {
    Wanted { group: card.group.clone(), views: card.views.clone() }
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
            wanted: wanted(&card),
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
        let wanted = card.as_ref().map(wanted).unwrap_or_default();
        tables.retain(|name| Some(*name) != labels.as_ref());
        let Some(card) = card.filter(|card| !card.modalities.is_empty()) else {
            let files: Vec<_> = tables.into_iter().cloned().collect();
            let layout = Self::of_modalities(files)?;
            return Ok(Self { labels, truth, wanted, ..layout });
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
        layout.wanted.group = group;
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
        self.wanted.group = column.or(self.wanted.group);
        self
    }

    /// With another column of views, if any.
    #[must_use]
    pub fn with_views(mut self, column: Option<String>) -> Self {
        self.wanted.views = column.or(self.wanted.views);
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
            wanted: Wanted::default(),
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

    /// Reads the files and aligns their rows; [`Layout::reading`] does it file by file.
    ///
    /// # Errors
    /// The first thing that is wrong with any of them.
    pub fn read(self, files: &[NamedBytes]) -> Result<Aligned, Error> {
        let mut reading = self.reading();
        for file in files {
            reading.add(&file.name, &file.bytes)?;
        }
        reading.finish()
    }

    /// Begins to read file by file, so that a page can show how far it is, give up in between,
    /// and let go of the bytes of each file as soon as it is read.
    pub fn reading(self) -> Reading {
        Reading::new(self)
    }
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
