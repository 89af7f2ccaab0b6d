//! Steps that go row by row need not wait for each other's last row: a chain of them runs in one
//! dispatch, block of rows by block of rows, each block in one workgroup.
//!
//! A step belongs to a chain where a row of what it writes hangs on the same row of what it reads, and
//! on things that are the same for every row (weights). Several rows may belong to one sample: tokens.

use crate::kernel::Kernel;
use crate::ops::{
    activation, attention, gather, hadamard, layer_norm, matmul, normalize, products, sum,
};
use crate::step::{Arg, Step};
use crate::view::View;

/// Most floating-point operations of a sample in a step of a chain, about: beyond, the step fills a
/// device better by itself than it costs to launch it. Derived (ours); not measured on a hardware GPU.
const MOST: u32 = 1 << 17;

/// Whether each operand goes row by row; none where the step does not.
fn by_row(step: &Step) -> Option<Vec<bool>> {
    let of = |wanted: &[usize]| (0..step.args.len()).map(|i| wanted.contains(&i)).collect();
    let rows = |operand: usize| step.view(operand).map_or(0, |view| view.rows);
    let is = |kernel: &Kernel| step.kernel == kernel;
    if is(&matmul::MATMUL) {
        return (step.attrs[0] == 0).then(|| of(&[0, matmul::GATE, matmul::C, matmul::BEFORE]));
    }
    if is(&sum::SUM) {
        // An input of one row is added to every row.
        let alike = |i: usize| rows(i) == rows(0);
        return Some((0..step.args.len()).map(alike).collect());
    }
    if is(&hadamard::FORWARD) {
        // Not where a factor comes in another order; the output stands last, the order first.
        let plain = step.attrs.iter().all(|&p| p == hadamard::IDENTITY);
        return plain.then(|| of(&(1..step.args.len()).collect::<Vec<_>>()));
    }
    if is(&hadamard::BACKWARD) {
        let plain = step.attrs[..8].iter().all(|&p| p == hadamard::IDENTITY);
        return plain.then(|| of(&(1..step.args.len()).collect::<Vec<_>>()));
    }
    let all: Vec<usize> = (0..step.args.len()).collect();
    let elementwise = [
        &activation::FORWARD,
        &activation::BACKWARD,
        &normalize::FORWARD,
        &normalize::BACKWARD,
        &products::ROW_DOT,
        &products::SCALE_ROWS,
    ];
    if elementwise.into_iter().any(is) {
        return Some(of(&all));
    }
    let some: [(&Kernel, &[usize]); 6] = [
        (&matmul::ROWS, &[1, 4, 5]),
        (&gather::GATHER, &[1, 2]),
        (&layer_norm::FORWARD, &[0, 3, 4]),
        (&layer_norm::BACKWARD, &[0, 2, 3, 4, 5]),
        (&attention::FORWARD, &[0, 1, 3, 4]),
        (&attention::BACKWARD, &[0, 1, 3, 4, 5, 6, 7]),
    ];
    some.into_iter().find(|(kernel, _)| is(kernel)).map(|(_, wanted)| of(wanted))
}

/// A step that goes row by row.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    by_row: Vec<bool>,
    /// Rows of the operands that have the fewest.
    pub(crate) samples: u32,
}

impl Rows {
    /// None where the step does not go row by row, or has too much to do.
    pub(crate) fn of(step: &Step, flops: f64) -> Option<Self> {
        let mut by_row = by_row(step)?;
        for (by_row, arg) in by_row.iter_mut().zip(&step.args) {
            *by_row &= matches!(arg, Arg::View(view) if !view.is_empty());
        }
        let rows = || views(step).filter(|(i, _)| by_row[*i]).map(|(_, view)| view.rows);
        let samples = rows().min()?;
        let fits = rows().all(|rows| rows.is_multiple_of(samples));
        let small = flops <= f64::from(MOST) * f64::from(samples);
        (fits && small && samples > 1).then_some(Self { by_row, samples })
    }

    /// Whether an operand goes row by row.
    pub(crate) fn is_by_row(&self, operand: usize) -> bool {
        self.by_row[operand]
    }

    /// Rows of each operand that belong to a sample; 0 for one that is the same for all.
    pub(crate) fn shares(&self, step: &Step, samples: u32) -> Vec<u32> {
        let rows = |i: usize| step.view(i).map_or(0, |view| view.rows);
        (0..step.args.len()).map(|i| if self.by_row[i] { rows(i) / samples } else { 0 }).collect()
    }
}

/// The matrices of a step, by operand.
pub(crate) fn views(step: &Step) -> impl Iterator<Item = (usize, View)> {
    (0..step.args.len()).filter_map(|i| Some((i, step.view(i)?)))
}

/// Whether two matrices that share elements do so sample by sample: each sample of one overlaps the
/// same sample of the other, and no other.
pub(crate) fn aligned(a: &View, b: &View, samples: u32) -> bool {
    if !a.rows.is_multiple_of(samples) || !b.rows.is_multiple_of(samples) {
        return false;
    }
    let apart = |v: &View| v.rows / samples * v.stride;
    let (of_a, of_b) = (apart(a), apart(b));
    let within = |v: &View| v.offset % of_a + (v.rows / samples - 1) * v.stride + v.cols <= of_a;
    of_a == of_b && of_a > 0 && a.offset / of_a == b.offset / of_a && within(a) && within(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::BufferId;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Elements of one sample.
    fn elements(view: &View, sample: u32, samples: u32) -> BTreeSet<u32> {
        let share = view.rows / samples;
        (sample * share..(sample + 1) * share)
            .flat_map(|r| (0..view.cols).map(move |c| view.offset + r * view.stride + c))
            .collect()
    }

    proptest! {
        /// Saying so where it is not would let a block read what another has not written yet.
        #[test]
        fn aligned_matrices_share_elements_of_the_same_sample_only(
            a in (0u32..30, 1u32..4, 1u32..6, 0u32..6),
            b in (0u32..30, 1u32..4, 1u32..6, 0u32..6),
            samples in 2u32..5,
        ) {
            let view = |(offset, share, cols, gap): (u32, u32, u32, u32)| View {
                buffer: BufferId(0), offset, rows: share * samples, cols, stride: cols + gap,
            };
            let (a, b) = (view(a), view(b));
            if aligned(&a, &b, samples) {
                for i in 0..samples {
                    for j in (0..samples).filter(|&j| j != i) {
                        let [a, b] = [elements(&a, i, samples), elements(&b, j, samples)];
                        prop_assert!(a.is_disjoint(&b));
                    }
                }
            }
        }
    }

    #[test]
    fn rows_and_tokens_of_one_matrix_are_aligned() {
        let rows = View { buffer: BufferId(0), offset: 0, rows: 4, cols: 6, stride: 6 };
        let tokens = View { rows: 12, cols: 2, stride: 2, ..rows };
        assert!(aligned(&rows, &rows, 4) && aligned(&rows, &tokens, 4));
        assert!(aligned(&rows.columns(2, 2), &tokens, 4));
        assert!(!aligned(&rows, &View { rows: 8, cols: 2, stride: 2, ..rows }, 4));
        // The second half of the rows is not the first.
        assert!(!aligned(&rows, &View { offset: 24, ..rows }, 4));
    }
}
