//! A data set that was read: what objectives train on, and what the yardstick measures against.

use crate::view_lists::{ViewLists, view_lists};
use ndarray::Array2;
use std::cell::OnceCell;
use std::sync::Arc;
use trefoil_data::{Aligned, Dataset, InputKind};
use trefoil_insight as insight;
use trefoil_objectives::{ModalityShape, Shape, Sizes};
use trefoil_plan::Tables;
use trefoil_protocol::{
    DataReport, DataSource, FactorCounts, ModalityReport, PatternReport, Split,
};

/// A data set that was read and split.
pub struct Loaded {
    /// Where it came from; files by their hashes.
    pub source: DataSource,
    /// Rows, inputs, splits, labels.
    pub dataset: Dataset,
    /// What executors get.
    pub tables: Tables,
    /// What the yardstick gets.
    pub measured: Arc<insight::Data>,
    /// How many factors the modalities share, once they were counted.
    pub(crate) factors: OnceCell<FactorCounts>,
    /// Rows of the list of partners; none where no column says what rows are views of.
    partners: Option<u32>,
}

impl Loaded {
    /// Splits `aligned` by `seed`.
    pub fn new(source: DataSource, aligned: &Arc<Aligned>, seed: u64) -> Self {
        let dataset = aligned.prepare(seed);
        let lists = dataset.views().map(|views| view_lists(views, &split_of(&dataset)));
        let partners = lists.as_ref().map(|lists| lists.members.len() as u32);
        let tables = tables(&dataset, lists);
        let measured = Arc::new(measured(&dataset));
        Self { source, dataset, tables, measured, factors: OnceCell::new(), partners }
    }

    /// The same rows, split by another seed.
    #[must_use]
    pub fn split_by(&self, seed: u64) -> Self {
        Self::new(self.source.clone(), self.dataset.raw(), seed)
    }

    /// What objectives need to know, for batches of `batch` rows.
    pub fn shape(&self, batch: u32) -> Shape {
        let modality = |m: &trefoil_data::Modality| ModalityShape {
            name: m.name().to_owned(),
            inputs: m.inputs().ncols() as u32,
            absent_input: m
                .columns()
                .iter()
                .position(|c| c.kind == InputKind::Absent)
                .map(|at| at as u32),
        };
        Shape { modalities: self.dataset.modalities().iter().map(modality).collect(), batch }
    }

    /// Sizes of a plan on this data.
    pub fn sizes(&self, steps: u32) -> Sizes {
        let splits = self.dataset.splits();
        Sizes {
            rows: self.dataset.rows() as u32,
            train: splits.train().len() as u32,
            validation: splits.validation().len() as u32,
            views: self.partners,
            steps,
        }
    }

    /// Which rows have which modality.
    pub fn present(&self) -> Vec<Vec<bool>> {
        self.dataset.modalities().iter().map(|m| m.present().to_vec()).collect()
    }

    /// Names of the modalities.
    pub fn names(&self) -> Vec<String> {
        self.dataset.modalities().iter().map(|m| m.name().to_owned()).collect()
    }

    /// Its part of the report.
    pub fn report(&self) -> DataReport {
        let summary = self.dataset.summary();
        let names = self.names();
        let split = summary.split;
        DataReport {
            rows: summary.rows,
            split: [split.train, split.validation, split.test],
            modalities: summary
                .modalities
                .iter()
                .map(|m| ModalityReport {
                    name: m.name.clone(),
                    columns: m.columns,
                    rows: m.rows,
                    missing_cells: m.missing_cells,
                })
                .collect(),
            patterns: summary
                .patterns
                .iter()
                .map(|p| PatternReport {
                    present: (names.iter().zip(&p.present))
                        .filter(|(_, here)| **here)
                        .map(|(name, _)| name.clone())
                        .collect(),
                    rows: p.rows,
                })
                .collect(),
            warnings: summary.notices,
        }
    }
}

/// The split of each row.
fn split_of(dataset: &Dataset) -> Vec<Split> {
    let mut of = vec![Split::Test; dataset.rows()];
    for split in [Split::Train, Split::Validation] {
        for &row in dataset.splits().rows(split) {
            of[row as usize] = split;
        }
    }
    of
}

/// In the order that `trefoil_plan::Training` says.
fn tables(dataset: &Dataset, lists: Option<ViewLists>) -> Tables {
    let modalities = dataset.modalities();
    let mut list: Vec<Arc<Array2<f32>>> =
        modalities.iter().map(|m| Arc::new(m.inputs().clone())).collect();
    let presence = Array2::from_shape_fn((dataset.rows(), modalities.len()), |(row, m)| {
        f32::from(u8::from(modalities[m].present()[row]))
    });
    list.push(Arc::new(presence));
    let column = |rows: &[u32]| {
        let values: Vec<f32> = rows.iter().map(|&r| r as f32).collect();
        Array2::from_shape_fn((values.len(), 1), |(i, _)| values[i])
    };
    let all: Vec<u32> = (0..dataset.rows() as u32).collect();
    for rows in [dataset.splits().train(), dataset.splits().validation(), &all] {
        list.push(Arc::new(column(rows)));
    }
    if let Some(lists) = lists {
        list.extend([Arc::new(lists.places), Arc::new(column(&lists.members))]);
    }
    Tables { list }
}

fn measured(dataset: &Dataset) -> insight::Data {
    let modalities = dataset.modalities().iter().map(|m| insight::Modality {
        name: m.name().to_owned(),
        present: m.present().to_vec(),
        raw: m.inputs().clone(),
        real: m
            .columns()
            .iter()
            .map(|c| !matches!(c.kind, InputKind::CellMissing | InputKind::Absent))
            .collect(),
        key: m.keys().to_vec(),
    });
    let labels = dataset.labels().iter().filter_map(|label| {
        let target = label.target()?;
        let some = |v: f32| (!v.is_nan()).then_some(v);
        let values = if target.classes().is_empty() {
            insight::LabelValues::Number(
                target.values().iter().map(|&v| some(v).map(f64::from)).collect(),
            )
        } else {
            insight::LabelValues::Class(
                target.values().iter().map(|&v| some(v).map(|v| v as u32)).collect(),
            )
        };
        Some(insight::Label { name: label.name().to_owned(), values })
    });
    let factors = dataset.truth().into_iter().flat_map(|truth| {
        truth.factors().iter().zip(truth.values().columns()).map(|(factor, values)| {
            insight::Factor {
                name: factor.name.clone(),
                values: values.to_owned().insert_axis(ndarray::Axis(1)),
            }
        })
    });
    insight::Data {
        modalities: modalities.collect(),
        labels: labels.collect(),
        factors: factors.collect(),
    }
}
