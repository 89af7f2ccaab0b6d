//! Slots for buffers: those that live on have their own; those of one phase share, as long as their
//! lives do not touch.

use crate::kernel::Access;
use crate::schedule::Group;
use crate::step::{Arg, Step};
use crate::tape::Buffer;

/// Which slot each buffer has, and how long each slot is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Slot of each buffer; none for a buffer that nothing uses.
    pub(crate) slots: Vec<Option<u32>>,
    /// Length of each slot, in floats.
    pub(crate) lengths: Vec<u32>,
    /// How many slots are never shared; they come first.
    pub(crate) persistent: usize,
}

/// First and last dispatch that touches each buffer.
fn lives(buffers: usize, steps: &[Step], order: &[Group]) -> Vec<Option<(usize, usize)>> {
    let mut lives = vec![None; buffers];
    for (at, group) in order.iter().enumerate() {
        for &step in group {
            for arg in &steps[step].args {
                if let Arg::View(view) = arg {
                    let life = lives[view.buffer.0 as usize].get_or_insert((at, at));
                    life.1 = at;
                }
            }
        }
    }
    lives
}

impl Memory {
    /// A slot of its own for each buffer that survives its phase.
    pub(crate) fn new(buffers: &[Buffer]) -> Self {
        let mut memory = Self { slots: vec![None; buffers.len()], ..Self::default() };
        for (slot, buffer) in memory.slots.iter_mut().zip(buffers) {
            if buffer.persistent && buffer.len > 0 {
                *slot = Some(memory.lengths.len() as u32);
                memory.lengths.push(buffer.len);
            }
        }
        memory.persistent = memory.lengths.len();
        memory
    }

    /// Shared slots for the buffers of one phase. Phases never run at the same time, so that each
    /// one may use them all.
    pub(crate) fn place(&mut self, buffers: &[Buffer], steps: &[Step], order: &[Group]) {
        let lives = lives(buffers.len(), steps, order);
        let mut by_start: Vec<(usize, usize, usize)> = lives
            .iter()
            .enumerate()
            .filter(|(id, _)| !buffers[*id].persistent)
            .filter_map(|(id, life)| life.map(|(start, end)| (start, end, id)))
            .collect();
        by_start.sort_unstable();
        // Last dispatch that uses each shared slot; none while it is free in this phase.
        let mut busy: Vec<Option<usize>> = vec![None; self.lengths.len()];
        for (start, end, id) in by_start {
            let len = buffers[id].len;
            let free = (self.persistent..self.lengths.len())
                .filter(|&slot| busy[slot].is_none_or(|last| last < start));
            // The smallest that is large enough, or the largest, which then grows.
            let slot = free
                .min_by_key(|&slot| {
                    let have = self.lengths[slot];
                    if have >= len { (0, have - len) } else { (1, len - have) }
                })
                .unwrap_or_else(|| {
                    self.lengths.push(0);
                    busy.push(None);
                    self.lengths.len() - 1
                });
            self.lengths[slot] = self.lengths[slot].max(len);
            busy[slot] = Some(end);
            self.slots[id] = Some(slot as u32);
        }
    }

    /// Whether a dispatch of these steps reads a slot that another of its tasks writes.
    pub(crate) fn collides(&self, steps: &[Step], group: &Group) -> bool {
        let slot = |buffer: u32| self.slots[buffer as usize];
        let mut read = Vec::new();
        let mut written = Vec::new();
        for &step in group {
            for (operand, arg) in steps[step].kernel.operands.iter().zip(&steps[step].args) {
                if let Arg::View(view) = arg {
                    let entry = (slot(view.buffer.0), view.buffer);
                    match operand.access {
                        Access::Read => read.push(entry),
                        Access::Write => written.push(entry),
                        Access::Update | Access::Table => {}
                    }
                }
            }
        }
        read.iter().any(|r| written.iter().any(|w| w.0 == r.0 && w.1 != r.1))
    }
}
