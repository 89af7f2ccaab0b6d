//! Which rows are views of one thing, as the lists that a device looks at.

use ndarray::Array2;
use std::collections::BTreeMap;
use trefoil_protocol::Split;

/// What `trefoil_plan::Tape::partner` draws from.
pub(crate) struct ViewLists {
    /// `(rows,3)`: where the run of a row begins in `members`, its length, the row's place in it.
    pub(crate) places: Array2<f32>,
    /// Positions of rows, run after run: those of one thing and one split.
    pub(crate) members: Vec<u32>,
}

/// Lists of `views`, which has for each row the thing that it is a view of. A row of one split has
/// no partner in another: one that trains must not see one that tests.
pub(crate) fn view_lists(views: &[Option<u32>], split_of: &[Split]) -> ViewLists {
    let mut runs: BTreeMap<(u32, u8), Vec<u32>> = BTreeMap::new();
    for (row, (view, split)) in (0..).zip(views.iter().zip(split_of)) {
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
    ViewLists { places, members }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Split::{Test, Train, Validation};

    /// The rows that row `row` may be paired with, itself among them.
    fn run(lists: &ViewLists, row: usize) -> Vec<u32> {
        let [start, len] = [0, 1].map(|at| lists.places[[row, at]] as usize);
        lists.members[start..start + len].to_vec()
    }

    #[test]
    fn partners_are_of_one_thing_and_one_split() {
        // Thing 7 has rows 0, 2, 3 (train) and 4 (test); thing 9 has rows 1 (train), 5 and 6 (val).
        let views = [7, 9, 7, 7, 7, 9, 9].map(Some);
        let lists = view_lists(&views, &[Train, Train, Train, Train, Test, Validation, Validation]);
        for (row, partners) in
            [(0, vec![0, 2, 3]), (2, vec![0, 2, 3]), (4, vec![4]), (1, vec![1]), (6, vec![5, 6])]
        {
            assert_eq!(run(&lists, row), partners, "row {row}");
            let at = lists.places[[row, 2]] as usize;
            assert_eq!(partners[at], row as u32, "its own place");
        }
    }

    #[test]
    fn a_row_of_no_thing_has_an_empty_run() {
        let views = [Some(1), None, Some(1)];
        let lists = view_lists(&views, &[Train; 3]);
        assert_eq!(run(&lists, 1), Vec::<u32>::new());
        assert_eq!(run(&lists, 2), vec![0, 2]);
    }

    #[test]
    fn without_any_thing_the_list_is_not_empty() {
        let lists = view_lists(&[None, None], &[Train, Test]);
        assert_eq!(lists.members, vec![0]);
    }
}
