//! Probes of exported embeddings on rows that nothing was trained on.

use crate::ReproduceError;
use ndarray::Array2;
use std::collections::BTreeMap;
use trefoil_insight::probes::{Probe, ProbeJob};
use trefoil_insight::{Block, Data, Label, LabelValues, Look, Modality, Origin, Part, Replica};
use trefoil_protocol::ProbeKind;

/// The embeddings of one replica: `(rows, d)` by modality (or `joint`) and block.
pub(crate) type Parts = BTreeMap<(String, String), Array2<f32>>;

/// Reads an export; only the test rows, in the order of the file.
pub(crate) fn test_rows(export: &str) -> Result<Parts, ReproduceError> {
    let mut reader = csv::Reader::from_reader(export.as_bytes());
    let mut rows: BTreeMap<(String, String), Vec<Vec<f32>>> = BTreeMap::new();
    for record in reader.records() {
        let record = record?;
        if &record[1] != "test" {
            continue;
        }
        let values = record.iter().skip(4).take_while(|cell| !cell.is_empty());
        let values = values.map(|cell| cell.parse().unwrap_or(f32::NAN)).collect();
        rows.entry((record[2].to_owned(), record[3].to_owned())).or_default().push(values);
    }
    let matrix = |rows: Vec<Vec<f32>>| {
        let width = rows.first().map_or(0, Vec::len);
        Array2::from_shape_fn((rows.len(), width), |(i, j)| rows[i].get(j).copied().unwrap_or(0.0))
    };
    Ok(rows.into_iter().map(|(key, rows)| (key, matrix(rows))).collect())
}

/// Balanced accuracy of a linear probe of a class in these matrices, side by side; fitted on the
/// first half of the rows (a tenth of it to choose its strength on), measured on the second.
pub(crate) fn accuracy(parts: &[&Array2<f32>], label: &[u32], kind: ProbeKind) -> Option<f64> {
    let rows = label.len();
    let present = vec![true; rows];
    let all: Vec<Part> = parts
        .iter()
        .map(|values| Part { values: (*values).clone(), present: present.clone() })
        .collect();
    let modality = |name: &str| Modality {
        name: name.to_owned(),
        present: present.clone(),
        raw: Array2::zeros((rows, 1)),
        real: vec![true],
        key: (0..rows as u32).collect(),
    };
    let values = LabelValues::Class(label.iter().map(|&class| Some(class)).collect());
    let data = Data {
        modalities: vec![modality("a"), modality("b")],
        labels: vec![Label { name: "label".to_owned(), values }],
        factors: Vec::new(),
    };
    let blocks: Vec<Block> = Vec::new();
    let replica = Replica { modality: vec![Array2::zeros((rows, 1)); 2], all, blocks };
    let half = rows / 2;
    let cut = half - half / 10;
    let range = |from: usize, to: usize| (from..to).collect::<Vec<usize>>();
    let look = Look::report(&range(0, cut), &range(cut, half), &range(half, rows));
    let probe = Probe { label: 0, origin: Origin::All, kind };
    let mut job = ProbeJob::new(&data, &look, &replica, probe)?;
    while !job.step() {}
    job.finish().accuracy
}
