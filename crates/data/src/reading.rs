//! Files to [`Aligned`], one after the other. Comes after `layout`, and takes `table`, `parts`,
//! `align`, `labels` and `truth` in turn.

use crate::Error;
use crate::align::{Aligned, RawModality, align};
use crate::bytes::check_sizes;
use crate::column::ColumnKind;
use crate::labels::labels;
use crate::layout::Layout;
use crate::notices::notice;
use crate::parts::parts;
use crate::roles::Roles;
use crate::table::{Purpose, Table, read_table};
use crate::truth::{Truth, TruthFile};
use trefoil_protocol::{ImageShape, Notice};

/// A data set of which some files have been read.
#[derive(Debug)]
pub struct Reading {
    layout: Layout,
    /// One a modality of the layout.
    tables: Vec<Option<Table>>,
    labels: Option<Table>,
    /// What `truth.json` says, if it can be understood.
    truth: Option<TruthFile>,
    sizes: Vec<(String, u64)>,
}

impl Reading {
    pub(crate) fn new(layout: Layout) -> Self {
        Self {
            tables: layout.modalities.iter().map(|_| None).collect(),
            labels: None,
            truth: None,
            sizes: Vec::new(),
            layout,
        }
    }

    /// Reads one file; its bytes are not needed after that. A file that the layout does not know
    /// is passed over.
    ///
    /// # Errors
    /// What is wrong with it; nothing is lost of the others.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.sizes.retain(|(known, _)| known != name);
        self.sizes.push((name.to_owned(), bytes.len() as u64));
        check_sizes(self.sizes.iter().map(|(name, bytes)| (name.as_str(), *bytes)))?;
        let planned = self.layout.modalities.iter().zip(&mut self.tables);
        for (_, table) in planned.filter(|(planned, _)| planned.file == name) {
            *table = Some(read_table(name, bytes, Purpose::Features)?);
        }
        if self.layout.labels.as_deref() == Some(name) {
            self.labels = Some(read_table(name, bytes, Purpose::Labels)?);
        }
        if self.layout.truth.as_deref() == Some(name) {
            self.truth = serde_json::from_slice(bytes).ok();
        }
        Ok(())
    }

    /// Aligns what was read.
    ///
    /// # Errors
    /// [`Error::NoSuchFile`] for a file that was not read; what is wrong with the tables together.
    pub fn finish(self) -> Result<Aligned, Error> {
        let layout = self.layout;
        let not_read = |file: &str| Error::NoSuchFile { file: file.to_owned() };
        let mut notices = layout.notices;
        let mut tables = Vec::with_capacity(self.tables.len());
        for (planned, table) in layout.modalities.iter().zip(self.tables) {
            let mut table = table.ok_or_else(|| not_read(&planned.file))?;
            notices.append(&mut table.notices);
            tables.push(table);
        }
        let names: Vec<_> = layout.modalities.iter().map(|m| m.name.clone()).collect();
        let parts = parts(&names, &mut tables, &mut notices)?;
        let mut alignment = align(parts, &tables, &mut notices)?;
        for (modality, planned) in alignment.modalities.iter_mut().zip(&layout.modalities) {
            set_image(modality, planned.image, &mut notices);
        }
        let (labels, roles) = match (layout.labels, layout.wanted.without_labels()) {
            (Some(file), _) => {
                let table = self.labels.ok_or_else(|| not_read(&file))?;
                let (ids, card) = (&alignment.ids, layout.card.as_ref());
                labels(table, ids, card, &layout.wanted, &mut notices)?
            }
            (None, Some(error)) => return Err(error),
            (None, None) => (Vec::new(), Roles::default()),
        };
        let mut aligned = Aligned {
            card: layout.card,
            ids: alignment.ids,
            distinct_ids: alignment.distinct_ids,
            modalities: alignment.modalities,
            labels,
            roles,
            truth: None,
            notices,
        };
        if let Some(file) = layout.truth {
            aligned.join_truth(&file, self.truth, &self.sizes);
        }
        Ok(aligned)
    }
}

impl Aligned {
    /// Joins `truth.json`, and makes the card of generated data where there is no other.
    fn join_truth(&mut self, file: &str, parsed: Option<TruthFile>, sizes: &[(String, u64)]) {
        let names: Vec<_> = self.modalities.iter().map(|m| m.name.as_str()).collect();
        let truth = parsed.as_ref().and_then(|parsed| Truth::join(parsed, &self.ids, &names));
        let Some((parsed, truth)) = parsed.zip(truth) else {
            let message = "does not describe these tables and is not used".to_owned();
            let notice = notice("truth_ignored", Some(file), None, message);
            self.notices.push(notice);
            return;
        };
        self.truth = Some(truth);
        if self.card.is_none() {
            let card = crate::generate::card(&parsed.generator, &self.modalities, sizes);
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
