//! Where everything lies in the arena, and the words that tell the kernels.

use trefoil_plan::shader::HEAD_WORDS;
use trefoil_plan::{Access, Dispatch, Place, Plan};

/// The arena of a run: slot after slot, within a slot replica after replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arena {
    /// First float of each slot.
    bases: Vec<u64>,
    /// Floats of each slot for one replica.
    lengths: Vec<u32>,
    /// Floats of all.
    pub(crate) floats: u64,
    pub(crate) replicas: u32,
}

/// Slots start at multiples of this many floats, so that copies are aligned.
const ALIGN: u64 = 4;

impl Arena {
    pub(crate) fn new(plan: &Plan, replicas: u32) -> Self {
        let mut bases = Vec::with_capacity(plan.slots.len());
        let mut floats = 0;
        for &len in &plan.slots {
            bases.push(floats);
            floats += (u64::from(len) * u64::from(replicas)).next_multiple_of(ALIGN);
        }
        Self { bases, lengths: plan.slots.clone(), floats: floats.max(ALIGN), replicas }
    }

    /// First float of a place for one replica.
    pub(crate) fn start(&self, place: &Place, replica: u32) -> u64 {
        let slot = place.slot as usize;
        self.bases[slot]
            + u64::from(replica) * u64::from(self.lengths[slot])
            + u64::from(place.offset)
    }

    /// Whether the replicas of a place follow each other without a gap.
    pub(crate) fn is_whole_slot(&self, place: &Place) -> bool {
        place.offset == 0
            && place.extent() == self.lengths[place.slot as usize]
            && place.stride == place.cols
    }

    /// The words of a dispatch's tasks, the heads of all before them, from word `first` of the table;
    /// and how many workgroups there are. `tables` has the first float of each table.
    pub(crate) fn words(
        &self,
        dispatch: &Dispatch,
        tables: &[u64],
        first: usize,
    ) -> (Vec<u32>, u32) {
        let kernels = dispatch.kernels();
        let mut heads = Vec::new();
        let mut words = Vec::new();
        let mut groups = 0;
        for task in &dispatch.tasks {
            let number =
                kernels.iter().position(|kernel| *kernel == task.kernel).unwrap_or_default();
            let at = first + HEAD_WORDS * dispatch.tasks.len() + words.len();
            let [width, height] = (task.kernel.grid)(task);
            heads.extend([number as u32, at as u32, groups, width, width * height]);
            groups += width * height * self.replicas;
            for (operand, place) in task.kernel.operands.iter().zip(&task.places) {
                let Place { rows, cols, stride, slot, .. } = *place;
                let (base, apart) = if place.is_empty() {
                    (0, 0)
                } else if operand.access == Access::Table {
                    (tables[slot as usize], 0)
                } else {
                    (self.start(place, 0), self.lengths[slot as usize])
                };
                words.extend([base as u32, apart, rows, cols, stride]);
            }
            words.extend(&task.attrs);
        }
        heads.extend(words);
        (heads, groups)
    }
}
