//! The contract of an op: operands, attributes, sizes, the reference and the WGSL.

use crate::View;
use ndarray::{ArrayView2, ArrayViewMut2};
use std::fmt;

/// What a kernel does with an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reads it.
    Read,
    /// Writes every element, reads none.
    Write,
    /// Reads and writes it.
    Update,
    /// Reads a table of the data set, the same for every replica.
    Table,
}

/// An operand of a kernel.
#[derive(Clone, Copy, Debug)]
pub struct Operand {
    /// Its name, in the printed plan and as a constant of the shader.
    pub name: &'static str,
    /// What happens to it.
    pub access: Access,
}

/// One op: what it computes is said where the kernel is defined, in `ops`.
pub struct Kernel {
    /// Also the stem of the two files that hold it.
    pub name: &'static str,
    /// In the order of a task's places.
    pub operands: &'static [Operand],
    /// Names of the attribute words.
    pub attrs: &'static [&'static str],
    /// The shader, without the header that [`crate::shader`] writes before it.
    pub wgsl: &'static str,
    /// Workgroups along x and y for one task of one replica.
    pub grid: fn(&Task) -> [u32; 2],
    /// Floating-point operations of one task of one replica.
    pub flops: fn(&Task) -> f64,
    /// The reference.
    pub f32: fn(&mut Call<'_, f32>),
    /// The reference, for gradient checks.
    pub f64: fn(&mut Call<'_, f64>),
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Kernel {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// Where an operand lies once memory is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Slot of the arena, or number of the table.
    pub slot: u32,
    /// First element.
    pub offset: u32,
    /// Rows.
    pub rows: u32,
    /// Columns.
    pub cols: u32,
    /// Elements from one row to the next.
    pub stride: u32,
}

impl Place {
    /// An operand that is left out.
    pub const NONE: Self = Self { slot: 0, offset: 0, rows: 0, cols: 0, stride: 0 };

    pub(crate) fn new(slot: u32, view: &View) -> Self {
        let &View { offset, rows, cols, stride, .. } = view;
        Self { slot, offset, rows, cols, stride }
    }

    /// Elements of the matrix.
    pub fn len(&self) -> u32 {
        self.rows * self.cols
    }

    /// Elements of the slot from the first to one past the last of the matrix.
    pub fn extent(&self) -> u32 {
        if self.is_empty() { 0 } else { (self.rows - 1) * self.stride + self.cols }
    }

    /// Whether it is left out.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One application of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// What it does.
    pub kernel: &'static Kernel,
    /// What it makes, for people.
    pub label: String,
    /// Name of the buffer or table behind each place.
    pub names: Vec<String>,
    /// One place an operand.
    pub places: Vec<Place>,
    /// One word an attribute; floats by their bits.
    pub attrs: Vec<u32>,
    /// Where it stands in a chain, if it does.
    pub link: Option<Link>,
}

/// A place in a chain: tasks that a workgroup does one after the other for a block of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Which chain of the dispatch.
    pub chain: u32,
    /// How many links must be done before.
    pub depth: u32,
    /// Samples of the chain.
    pub samples: u32,
    /// Rows of each operand that belong to a sample; 0 for one that is the same for all.
    pub shares: Vec<u32>,
}

impl Link {
    /// Samples of a block.
    pub const BLOCK: u32 = 32;

    /// Blocks of the chain.
    pub fn blocks(&self) -> u32 {
        self.samples.div_ceil(Self::BLOCK)
    }
}

impl Task {
    /// How many links of its dispatch must be done before.
    pub fn depth(&self) -> u32 {
        self.link.as_ref().map_or(0, |link| link.depth)
    }

    /// Workgroups along x and y for one replica, or for a block of it where the task is in a chain.
    pub fn grid(&self) -> [u32; 2] {
        let Some(link) = &self.link else { return (self.kernel.grid)(self) };
        let mut block = self.clone();
        for (place, share) in block.places.iter_mut().zip(&link.shares).filter(|(_, s)| **s > 0) {
            place.rows = place.rows.min(share * Link::BLOCK);
        }
        (self.kernel.grid)(&block)
    }
}

/// What a reference gets: one task, one replica.
pub struct Call<'a, F> {
    /// Operands that are read, in order; tables and updated operands are not among them.
    pub ins: &'a [ArrayView2<'a, F>],
    /// Operands that are written or updated, in order.
    pub outs: &'a mut [ArrayViewMut2<'a, F>],
    /// Tables, in order.
    pub tables: &'a [ArrayView2<'a, f32>],
    /// Attribute words.
    pub attrs: &'a [u32],
}

impl<F> Call<'_, F> {
    /// An attribute that is a float.
    pub fn float(&self, index: usize) -> f64 {
        f64::from(f32::from_bits(self.attrs[index]))
    }

    /// An attribute that is a count.
    pub fn count(&self, index: usize) -> usize {
        self.attrs[index] as usize
    }
}

/// A float as an attribute word.
pub(crate) fn word(x: f64) -> u32 {
    (x as f32).to_bits()
}

pub(crate) const fn read(name: &'static str) -> Operand {
    Operand { name, access: Access::Read }
}

pub(crate) const fn write(name: &'static str) -> Operand {
    Operand { name, access: Access::Write }
}

pub(crate) const fn update(name: &'static str) -> Operand {
    Operand { name, access: Access::Update }
}

pub(crate) const fn table(name: &'static str) -> Operand {
    Operand { name, access: Access::Table }
}

/// Grids that many kernels share.
pub(crate) mod grid {
    use super::Task;

    /// Threads of a workgroup in kernels that give each thread an element or a row.
    pub(crate) const LANES: u32 = 64;
    /// Most workgroups along x before y is used.
    const MAX_X: u32 = 32_768;

    /// Enough workgroups of [`LANES`] threads for `n` threads, folded into two dimensions.
    pub(crate) fn threads(n: u32) -> [u32; 2] {
        let groups = n.div_ceil(LANES).max(1);
        if groups <= MAX_X { [groups, 1] } else { [MAX_X, groups.div_ceil(MAX_X)] }
    }

    /// A thread an element of operand 0.
    pub(crate) fn elements_of_first(task: &Task) -> [u32; 2] {
        threads(task.places[0].len())
    }

    /// A thread a row of operand 0.
    pub(crate) fn rows_of_first(task: &Task) -> [u32; 2] {
        threads(task.places[0].rows)
    }

    /// One workgroup.
    pub(crate) fn one(_: &Task) -> [u32; 2] {
        [1, 1]
    }
}
