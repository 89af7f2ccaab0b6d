//! What was read, in the words of `protocol`: what the page shows before anything trains and
//! `trefoil inspect` prints. Comes after `dataset`.

use crate::align::RawModality;
use crate::column::{Column, ColumnKind, ColumnUse};
use crate::dataset::{Dataset, Modality};
use std::collections::BTreeMap;
use trefoil_protocol::{
    DataSummary, LabelKind, LabelSummary, ModalitySummary, Pattern, SplitSizes,
};

impl Dataset {
    /// Rows, columns, types, missing cells, patterns of presence, labels, and what was changed.
    pub fn summary(&self) -> DataSummary {
        let complete = (0..self.rows()).filter(|&row| self.is_complete(row));
        let factors = self.truth().map(|truth| truth.factors().iter());
        let splits = self.splits();
        let modalities = self.raw().modalities().iter().zip(self.modalities());
        DataSummary {
            card: self.raw().card().cloned(),
            rows: self.rows() as u32,
            complete_rows: complete.count() as u32,
            distinct_ids: self.raw().distinct_ids as u32,
            modalities: modalities.map(|(raw, m)| modality(raw, m)).collect(),
            patterns: self.patterns(),
            labels: self.label_summaries(),
            split: SplitSizes {
                train: splits.train().len() as u32,
                validation: splits.validation().len() as u32,
                test: splits.test().len() as u32,
            },
            notices: self.notices().to_vec(),
            factors: factors.into_iter().flatten().map(|f| f.name.clone()).collect(),
        }
    }

    /// Most frequent first, then those with more of the first modalities.
    fn patterns(&self) -> Vec<Pattern> {
        let mut counts: BTreeMap<Vec<bool>, u32> = BTreeMap::new();
        for row in 0..self.rows() {
            let present = self.modalities().iter().map(|m| m.present()[row]).collect();
            *counts.entry(present).or_default() += 1;
        }
        let mut patterns: Vec<_> =
            counts.into_iter().rev().map(|(present, rows)| Pattern { present, rows }).collect();
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.rows));
        patterns
    }

    fn label_summaries(&self) -> Vec<LabelSummary> {
        let labels = self.labels().iter();
        labels
            .map(|label| LabelSummary {
                name: label.name().to_owned(),
                kind: label.kind(),
                classes: (label.kind() == LabelKind::Class).then_some(label.classes().len() as u32),
                missing: label.values().iter().filter(|v| v.is_nan()).count() as u32,
                skipped: label.skipped().map(str::to_owned),
            })
            .collect()
    }
}

fn modality(raw: &RawModality, modality: &Modality) -> ModalitySummary {
    let used = || raw.columns().iter().filter(|c| c.used() != ColumnUse::Dropped);
    let of_kind = |kind| used().filter(|column| column.kind() == kind).count() as u32;
    let missing = |column: &Column| {
        let cells = column.cells.iter().zip(raw.present());
        cells.filter(|(cell, present)| **present && cell.is_nan()).count() as u64
    };
    ModalitySummary {
        name: raw.name.clone(),
        file: raw.file.clone(),
        id_column: raw.id_column.clone(),
        id_by_name: raw.id_by_name,
        delimiter: char::from(raw.dialect.delimiter),
        decimal_comma: raw.dialect.decimal_comma,
        rows: raw.present().iter().filter(|present| **present).count() as u32,
        columns: raw.width as u32,
        numeric: of_kind(ColumnKind::Number),
        boolean: of_kind(ColumnKind::Boolean),
        categorical: of_kind(ColumnKind::Category),
        inputs: modality.columns().len() as u32,
        missing_cells: used().map(missing).sum(),
        features: used().map(|column| column.name().to_owned()).collect(),
        dropped: raw.dropped.clone(),
    }
}
