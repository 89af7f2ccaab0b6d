/// Memory that every replica has its own copy of: `len` numbers in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BufferId(pub(crate) u32);

/// A matrix in a buffer, rows apart by `stride`; at the same place for every replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Where it lies.
    pub buffer: BufferId,
    /// First element.
    pub offset: u32,
    /// Rows.
    pub rows: u32,
    /// Columns.
    pub cols: u32,
    /// Elements from one row to the next.
    pub stride: u32,
}

impl View {
    /// Elements of the matrix.
    pub fn len(&self) -> u32 {
        self.rows * self.cols
    }

    /// Whether it has no elements (an operand that is left out).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Elements of the buffer from the first to one past the last of the matrix.
    pub fn extent(&self) -> u32 {
        if self.is_empty() { 0 } else { (self.rows - 1) * self.stride + self.cols }
    }

    /// Whether rows follow each other without a gap.
    pub fn is_contiguous(&self) -> bool {
        self.stride == self.cols || self.rows <= 1
    }

    /// Whether it is all of a buffer of `len` elements, in order.
    pub(crate) fn fills(&self, len: u32) -> bool {
        self.offset == 0 && self.is_contiguous() && self.extent() == len
    }

    /// `count` columns from `first`.
    #[must_use]
    pub fn columns(&self, first: u32, count: u32) -> Self {
        debug_assert!(first + count <= self.cols, "columns beyond the matrix");
        Self { offset: self.offset + first, cols: count, ..*self }
    }

    /// Whether the two share an element.
    pub fn overlaps(&self, other: &Self) -> bool {
        if self.buffer != other.buffer || self.is_empty() || other.is_empty() {
            return false;
        }
        let (a, b) = (self.offset, other.offset);
        if a + self.extent() <= b || b + other.extent() <= a {
            return false;
        }
        // Column ranges of one matrix interleave without touching.
        if self.stride == other.stride && self.stride > 0 {
            let (i, j) = (a % self.stride, b % other.stride);
            let whole = i + self.cols <= self.stride && j + other.cols <= other.stride;
            if whole && (i + self.cols <= j || j + other.cols <= i) {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn elements(view: &View) -> BTreeSet<u32> {
        (0..view.rows)
            .flat_map(|r| (0..view.cols).map(move |c| view.offset + r * view.stride + c))
            .collect()
    }

    proptest! {
        /// Saying "overlaps" too often costs speed; saying it too rarely costs correctness.
        #[test]
        fn views_that_share_an_element_overlap(
            a in (0u32..20, 1u32..5, 1u32..6, 0u32..4),
            b in (0u32..20, 1u32..5, 1u32..6, 0u32..4),
        ) {
            let view = |(offset, rows, cols, gap)| View {
                buffer: BufferId(0), offset, rows, cols, stride: cols + gap,
            };
            let (a, b) = (view(a), view(b));
            if elements(&a).intersection(&elements(&b)).next().is_some() {
                prop_assert!(a.overlaps(&b));
            }
        }
    }

    #[test]
    fn columns_of_one_matrix_do_not_overlap() {
        let whole = View { buffer: BufferId(0), offset: 12, rows: 3, cols: 6, stride: 6 };
        assert!(!whole.columns(0, 2).overlaps(&whole.columns(2, 4)));
        assert!(whole.columns(0, 3).overlaps(&whole.columns(2, 4)));
        assert!(!whole.columns(0, 6).overlaps(&View { buffer: BufferId(1), ..whole }));
    }
}
