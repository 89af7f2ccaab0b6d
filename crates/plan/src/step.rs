//! What a tape records: applications of kernels, before memory is planned.

use crate::kernel::Access;
use crate::{Kernel, TableId, View};

/// An operand of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Arg {
    View(View),
    Table { table: TableId, rows: u32, cols: u32 },
    None,
}

/// One application of a kernel, before memory is planned.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) kernel: &'static Kernel,
    pub(crate) args: Vec<Arg>,
    pub(crate) attrs: Vec<u32>,
    pub(crate) label: String,
}

impl Step {
    /// What it reads, and what it reads and writes.
    pub(crate) fn reads(&self) -> impl Iterator<Item = &View> {
        self.views().filter(|(access, _)| *access != Access::Write).map(|(_, view)| view)
    }

    /// What it writes.
    pub(crate) fn writes(&self) -> impl Iterator<Item = &View> {
        self.views()
            .filter(|(access, _)| matches!(access, Access::Write | Access::Update))
            .map(|(_, view)| view)
    }

    /// The matrix at an operand.
    pub(crate) fn view(&self, operand: usize) -> Option<View> {
        match self.args[operand] {
            Arg::View(view) => Some(view),
            Arg::Table { .. } | Arg::None => None,
        }
    }

    fn views(&self) -> impl Iterator<Item = (Access, &View)> {
        self.kernel.operands.iter().zip(&self.args).filter_map(|(operand, arg)| match arg {
            Arg::View(view) => Some((operand.access, view)),
            Arg::Table { .. } | Arg::None => None,
        })
    }
}
