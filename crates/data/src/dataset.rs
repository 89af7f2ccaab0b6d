//! The data set of one seed: what objectives train on and `insight` measures. Comes last in this
//! crate, out of `Aligned::prepare` and nowhere else.

use crate::Error;
use crate::align::{Aligned, RawModality};
use crate::column::Column;
use crate::encode::{InputColumn, encode};
use crate::notices::{condense, list};
use crate::split::Splits;
use crate::targets::{Label, target};
use crate::truth::Truth;
use ndarray::Array2;
use std::sync::Arc;
use trefoil_protocol::{Colour, ColourValues, Notice};

/// A validated, aligned, split data set. Rows are kept rows everywhere, in one order.
#[derive(Clone, Debug)]
pub struct Dataset {
    raw: Arc<Aligned>,
    seed: u64,
    splits: Splits,
    modalities: Vec<Modality>,
    labels: Vec<Label>,
    notices: Vec<Notice>,
}

/// One modality as encoders get it.
#[derive(Clone, Debug)]
pub struct Modality {
    name: String,
    inputs: Array2<f32>,
    columns: Vec<InputColumn>,
    present: Vec<bool>,
    keys: Vec<u32>,
}

impl Aligned {
    /// Splits by `seed`, imputes and standardises on the training rows, and settles what labels
    /// are probed.
    ///
    /// Which inputs there are depends on all kept rows (levels of a category, whether a column has
    /// missing cells); their values depend on training rows and on the row itself.
    pub fn prepare(self: &Arc<Self>, seed: u64) -> Dataset {
        let splits = match &self.roles.split {
            Some(split) => Splits::given(split),
            None => Splits::draw(&self.ids, self.roles.groups.as_ref(), seed),
        };
        let mut notices = self.notices.clone();
        let modalities = self
            .modalities
            .iter()
            .map(|raw| {
                let (inputs, columns) = encode(raw, splits.train(), &mut notices);
                Modality {
                    name: raw.name.clone(),
                    inputs,
                    columns,
                    present: raw.present.clone(),
                    keys: raw.keys.clone(),
                }
            })
            .collect();
        let labels = self.labels.iter();
        let labels = labels.map(|raw| target(raw, splits.train(), &mut notices));
        Dataset {
            raw: Arc::clone(self),
            seed,
            modalities,
            labels: labels.collect(),
            splits,
            notices: condense(notices),
        }
    }
}

impl Modality {
    /// Name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `[rows, inputs]`, all finite.
    pub fn inputs(&self) -> &Array2<f32> {
        &self.inputs
    }

    /// What each input is.
    pub fn columns(&self) -> &[InputColumn] {
        &self.columns
    }

    /// Whether each row has it.
    pub fn present(&self) -> &[bool] {
        &self.present
    }

    /// A number for each row, equal exactly where the raw rows are identical;
    /// [`crate::ABSENT`] where it is absent.
    pub fn keys(&self) -> &[u32] {
        &self.keys
    }
}

impl Dataset {
    /// What each kept row is a view of; none where no column of the labels says.
    pub fn views(&self) -> Option<&[Option<u32>]> {
        self.raw.roles.views.as_deref()
    }

    /// What was read, before split and standardisation.
    pub fn raw(&self) -> &Arc<Aligned> {
        &self.raw
    }

    /// The seed of the split.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Kept rows.
    pub fn rows(&self) -> usize {
        self.raw.ids.len()
    }

    /// Id of each row.
    pub fn ids(&self) -> &[String] {
        &self.raw.ids
    }

    /// From 2 to 8, in the order in which they are trained and shown.
    pub fn modalities(&self) -> &[Modality] {
        &self.modalities
    }

    /// Which rows train, choose and test.
    pub fn splits(&self) -> &Splits {
        &self.splits
    }

    /// Columns of the labels file.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The known factors, where the data was generated.
    pub fn truth(&self) -> Option<&Truth> {
        self.raw.truth.as_ref()
    }

    /// What was dropped or changed, and why.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Whether a row has every modality.
    pub fn is_complete(&self, row: usize) -> bool {
        self.modalities.iter().all(|modality| modality.present[row])
    }

    /// Values of a label or a column, one a row, to colour points by.
    ///
    /// # Errors
    /// [`Error::NoSuchModality`], [`Error::NoSuchColumn`].
    pub fn colour(&self, by: &Colour) -> Result<ColourValues, Error> {
        let (classes, values) = match by {
            Colour::Label { column } => {
                let found = self.labels.iter().find(|label| label.name() == column);
                let label = found.ok_or_else(|| {
                    let known: Vec<_> = self.labels.iter().map(Label::name).collect();
                    no_such_column(None, column, &known)
                })?;
                (label.classes().to_vec(), label.values().to_vec())
            }
            Colour::Feature { modality, column } => {
                let raw = self.raw_modality(modality)?;
                let found = raw.columns.iter().find(|c| c.name() == column);
                let found = found.ok_or_else(|| {
                    let known: Vec<_> = raw.columns.iter().map(Column::name).collect();
                    no_such_column(Some(&raw.file), column, &known)
                })?;
                (found.levels().to_vec(), found.values())
            }
        };
        Ok(ColourValues { by: by.clone(), classes, values })
    }

    fn raw_modality(&self, name: &str) -> Result<&RawModality, Error> {
        let modalities = &self.raw.modalities;
        let found = modalities.iter().find(|modality| modality.name == name);
        found.ok_or_else(|| {
            let known: Vec<_> = modalities.iter().map(RawModality::name).collect();
            Error::NoSuchModality { name: name.to_owned(), known: list(&known) }
        })
    }
}

fn no_such_column(file: Option<&str>, column: &str, known: &[&str]) -> Error {
    Error::NoSuchColumn {
        file: file.map(str::to_owned),
        column: column.to_owned(),
        known: list(known),
    }
}
