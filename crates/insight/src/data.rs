//! What is known of the rows: raw features, presence, labels, known factors, and which rows are
//! fitted and which held out.
//!
//! `train` fills these from the data set and the splits; a row is a position among the kept rows.

use crate::random::{Purpose, generator, permutation};
use crate::{InsightError, Replica};
use ndarray::{Array2, Axis};

/// The data of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// In the order in which everything is shown; two to eight.
    pub modalities: Vec<Modality>,
    /// What probes try to read.
    pub labels: Vec<Label>,
    /// The truth, where the data was generated.
    pub factors: Vec<Factor>,
}

/// One modality.
#[derive(Clone, Debug, PartialEq)]
pub struct Modality {
    /// Name.
    pub name: String,
    /// Whether each row has it.
    pub present: Vec<bool>,
    /// rows × columns: standardised features and missing-cell indicators, missing cells filled.
    /// Rows without the modality are ignored.
    pub raw: Array2<f32>,
    /// For each column of `raw`: a feature (true), or only the indicator of a missing cell.
    pub real: Vec<bool>,
    /// Equal exactly where the raw rows are identical; ignored where the modality is absent.
    pub key: Vec<u32>,
}

/// A label column.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Name.
    pub name: String,
    /// One value a row.
    pub values: LabelValues,
}

/// Values of a label; `None` where a row has none.
#[derive(Clone, Debug, PartialEq)]
pub enum LabelValues {
    /// Index of a class.
    Class(Vec<Option<u32>>),
    /// A number.
    Number(Vec<Option<f64>>),
}

impl LabelValues {
    fn len(&self) -> usize {
        match self {
            Self::Class(v) => v.len(),
            Self::Number(v) => v.len(),
        }
    }
}

/// A known factor of generated data.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// Name.
    pub name: String,
    /// rows × dimensions. A bit or a number is one column, a class is one-hot, a vector of
    /// latents has a column for each. Rows with NaN are ignored.
    pub values: Array2<f32>,
}

impl Data {
    /// Number of kept rows.
    pub fn rows(&self) -> usize {
        self.modalities.first().map_or(0, |m| m.present.len())
    }

    /// Rows of `rows` that have every modality of `modalities`.
    pub fn complete(&self, rows: &[usize], modalities: &[usize]) -> Vec<usize> {
        let has = |r: &usize| modalities.iter().all(|m| self.modalities[*m].present[*r]);
        rows.iter().copied().filter(has).collect()
    }

    /// Names of `modalities`.
    pub fn names(&self, modalities: &[usize]) -> Vec<String> {
        modalities.iter().map(|m| self.modalities[*m].name.clone()).collect()
    }

    /// Checks that lengths agree and that present rows are finite.
    ///
    /// # Errors
    /// [`InsightError::Shape`] or [`InsightError::NotFinite`], naming the part.
    pub fn check(&self) -> Result<(), InsightError> {
        let rows = self.rows();
        if self.modalities.len() < 2 {
            return Err(shape("modalities", 2, self.modalities.len()));
        }
        for m in &self.modalities {
            same(&format!("presence of {}", m.name), rows, m.present.len())?;
            same(&format!("rows of {}", m.name), rows, m.raw.nrows())?;
            same(&format!("keys of {}", m.name), rows, m.key.len())?;
            same(&format!("column kinds of {}", m.name), m.raw.ncols(), m.real.len())?;
            finite(&format!("modality {}", m.name), &m.raw, &m.present)?;
        }
        for l in &self.labels {
            same(&format!("label {}", l.name), rows, l.values.len())?;
        }
        for f in &self.factors {
            same(&format!("factor {}", f.name), rows, f.values.nrows())?;
        }
        Ok(())
    }

    /// Checks that `replica` belongs to this data and is finite where it must be.
    ///
    /// # Errors
    /// [`InsightError::Shape`] or [`InsightError::NotFinite`], naming the part.
    pub fn check_replica(&self, replica: &Replica) -> Result<(), InsightError> {
        let rows = self.rows();
        same("modality embeddings", self.modalities.len(), replica.modality.len())?;
        for (m, h) in self.modalities.iter().zip(&replica.modality) {
            same(&format!("embedding of {}", m.name), rows, h.nrows())?;
            finite(&format!("embedding of {}", m.name), h, &m.present)?;
        }
        for (i, part) in replica.all.iter().enumerate() {
            let what = format!("part {i} of the whole embedding");
            same(&what, rows, part.values.nrows())?;
            same(&what, rows, part.present.len())?;
            finite(&what, &part.values, &part.present)?;
        }
        for block in &replica.blocks {
            let what = format!("block {}", block.name);
            same(&what, rows, block.part.values.nrows())?;
            same(&what, rows, block.part.present.len())?;
            finite(&what, &block.part.values, &block.part.present)?;
        }
        Ok(())
    }
}

fn shape(what: &str, expected: usize, found: usize) -> InsightError {
    InsightError::Shape { what: what.to_owned(), expected, found }
}

fn same(what: &str, expected: usize, found: usize) -> Result<(), InsightError> {
    if expected == found { Ok(()) } else { Err(shape(what, expected, found)) }
}

fn finite(what: &str, values: &Array2<f32>, present: &[bool]) -> Result<(), InsightError> {
    let bad = values
        .axis_iter(Axis(0))
        .zip(present)
        .any(|(row, here)| *here && row.iter().any(|v| !v.is_finite()));
    if bad { Err(InsightError::NotFinite { what: what.to_owned() }) } else { Ok(()) }
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// While training: the sharing map, linear probes of the whole embedding, retrieval.
    Live,
    /// Once, at the end: everything.
    Report,
}

/// Which rows are fitted, which choose a strength, and on which every shown number is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Models are fitted on these.
    pub fit: Vec<usize>,
    /// The strength of a regulariser is chosen on these.
    pub tune: Vec<usize>,
    /// Every number that is shown is computed on these.
    pub held_out: Vec<usize>,
    /// Whether `tune` was cut out of the training rows, so that the final fit has it back.
    pub refit: bool,
    /// How much is measured.
    pub depth: Depth,
}

impl Look {
    /// The report: fitted on train, chosen on validation, computed on test.
    pub fn report(train: &[usize], validation: &[usize], test: &[usize]) -> Self {
        Self {
            fit: train.to_vec(),
            tune: validation.to_vec(),
            held_out: test.to_vec(),
            refit: false,
            depth: Depth::Report,
        }
    }

    /// A look during training: test rows are not touched. Numbers are computed on validation, so
    /// strengths are chosen on a fixed fifth of the training rows.
    pub fn live(train: &[usize], validation: &[usize]) -> Self {
        let order = permutation(&mut generator(Purpose::Inner, 0), train.len());
        let cut = train.len() - train.len() / 5;
        let pick = |part: &[usize]| {
            let mut rows: Vec<usize> = part.iter().map(|i| train[*i]).collect();
            rows.sort_unstable();
            rows
        };
        Self {
            fit: pick(&order[..cut]),
            tune: pick(&order[cut..]),
            held_out: validation.to_vec(),
            refit: true,
            depth: Depth::Live,
        }
    }

    /// All training rows: those on which directions and the final models are fitted.
    pub fn training(&self) -> Vec<usize> {
        let mut rows = self.fit.clone();
        if self.refit {
            rows.extend(&self.tune);
        }
        rows
    }
}
