//! The known factors of generated data: `truth.json` beside its tables, and the same in the order
//! of the kept rows. `generate` writes it, `layout` reads it, recovery is measured against it.

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use trefoil_protocol::Generator;

/// `truth.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TruthFile {
    /// What made the data.
    pub generator: Generator,
    /// With which seed.
    pub seed: u64,
    /// The factors, in the order of `values`.
    pub factors: Vec<Factor>,
    /// Id of each row.
    pub ids: Vec<String>,
    /// `values[row][factor]`.
    pub values: Vec<Vec<f32>>,
}

/// One known factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// Name.
    pub name: String,
    /// The modalities that it enters.
    pub modalities: Vec<String>,
}

/// The known factors of the kept rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    pub(crate) factors: Vec<Factor>,
    pub(crate) values: Array2<f32>,
}

impl Truth {
    /// The factors, in the order of the columns of [`Truth::values`].
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// `[rows, factors]`; NaN for a row that `truth.json` does not know.
    pub fn values(&self) -> &Array2<f32> {
        &self.values
    }

    /// Joins a file with the kept rows and the modalities in use; none if it is about others.
    pub(crate) fn join(file: &TruthFile, ids: &[String], modalities: &[&str]) -> Option<Self> {
        let width = file.factors.len();
        let even = file.values.len() == file.ids.len()
            && file.values.iter().all(|values| values.len() == width);
        let mut factors = file.factors.clone();
        for factor in &mut factors {
            let names = &mut factor.modalities;
            names.retain(|name| modalities.contains(&name.as_str()));
        }
        if !even || factors.iter().all(|factor| factor.modalities.is_empty()) {
            return None;
        }
        let rows: HashMap<&str, &[f32]> = file
            .ids
            .iter()
            .map(String::as_str)
            .zip(file.values.iter().map(Vec::as_slice))
            .collect();
        let mut values = Array2::from_elem((ids.len(), width), f32::NAN);
        let mut found = false;
        for (id, mut row) in ids.iter().zip(values.rows_mut()) {
            if let Some(known) = rows.get(id.as_str()) {
                found = true;
                row.iter_mut().zip(*known).for_each(|(to, from)| *to = *from);
            }
        }
        found.then_some(Self { factors, values })
    }
}
