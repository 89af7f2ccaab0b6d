//! Which rows are views of one thing, as the lists that a device looks at.

use ndarray::Array2;
use std::collections::BTreeMap;
use trefoil_data::Dataset;
use trefoil_protocol::Split;

/// What `trefoil_plan::Tape::partner` draws from.
pub(crate) struct ViewLists {
    /// `(rows,3)`: where the run of a row begins in `members`, its length, the row's place in it.
    pub(crate) places: Array2<f32>,
    /// Positions of rows, run after run: those of one thing and one split.
    pub(crate) members: Vec<u32>,
}

/// None where no column says what rows are views of.
pub(crate) fn view_lists(dataset: &Dataset) -> Option<ViewLists> {
    let views = dataset.views()?;
    let mut split_of = vec![Split::Test; views.len()];
    for split in [Split::Train, Split::Validation] {
        for &row in dataset.splits().rows(split) {
            split_of[row as usize] = split;
        }
    }
    // A row that trains has no partner among those that test.
    let mut runs: BTreeMap<(u32, u8), Vec<u32>> = BTreeMap::new();
    for (row, (view, split)) in (0..).zip(views.iter().zip(&split_of)) {
        if let Some(view) = view {
            runs.entry((*view, *split as u8)).or_default().push(row);
        }
    }
    let mut places = Array2::zeros((views.len(), 3));
    let mut members = Vec::new();
    for run in runs.values() {
        for (at, &row) in run.iter().enumerate() {
            let place = [members.len(), run.len(), at].map(|x| x as f32);
            places.row_mut(row as usize).assign(&ndarray::arr1(&place));
        }
        members.extend_from_slice(run);
    }
    // A list is never empty; without any view nothing points into it.
    if members.is_empty() {
        members.push(0);
    }
    Some(ViewLists { places, members })
}
