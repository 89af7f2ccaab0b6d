//! Where everything lies in the arena, and the words that tell the kernels.

use trefoil_plan::shader::{JOB_WORDS, LINK_WORDS};
use trefoil_plan::{Access, Dispatch, Link, Place, Plan, Task};

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

    /// The words of a dispatch's jobs, links and tasks, from word `first` of the table; and how many
    /// workgroups there are. `tables` has the first float of each table.
    pub(crate) fn words(
        &self,
        dispatch: &Dispatch,
        tables: &[u64],
        first: usize,
    ) -> (Vec<u32>, u32) {
        let kernels = dispatch.kernels();
        let jobs = dispatch.jobs();
        let links_at = first + JOB_WORDS * jobs.len();
        let tasks_at = links_at + LINK_WORDS * dispatch.tasks.len();
        let (mut heads, mut links, mut words) = (Vec::new(), Vec::new(), Vec::new());
        let mut groups = 0;
        for job in &jobs {
            let link_at = (links_at + links.len()) as u32;
            for (n, task) in job.iter().enumerate() {
                let kernel = kernels.iter().position(|kernel| *kernel == task.kernel);
                let at = (tasks_at + words.len()) as u32;
                let [width, height] = task.grid();
                let waits = job.get(n + 1).is_some_and(|next| next.depth() > task.depth());
                let kernel = kernel.unwrap_or_default() as u32;
                links.extend([kernel, at, width, width * height, u32::from(waits)]);
                words.extend(self.task(task, tables));
            }
            let [width, height] = job[0].grid();
            let of_replica = job[0].link.as_ref().map_or(width * height, Link::blocks);
            heads.extend([groups, of_replica, link_at, job.len() as u32]);
            groups += of_replica * self.replicas;
        }
        ([heads, links, words].concat(), groups)
    }

    /// Where the operands of a task lie, and its attributes.
    fn task(&self, task: &Task, tables: &[u64]) -> Vec<u32> {
        let mut words = Vec::new();
        for (i, (operand, place)) in task.kernel.operands.iter().zip(&task.places).enumerate() {
            let Place { rows, cols, stride, slot, .. } = *place;
            let (base, apart) = if place.is_empty() {
                (0, 0)
            } else if operand.access == Access::Table {
                (tables[slot as usize], 0)
            } else {
                (self.start(place, 0), self.lengths[slot as usize])
            };
            let share = task.link.as_ref().map_or(0, |link| link.shares[i] * Link::BLOCK);
            words.extend([base as u32, apart, rows, cols, stride, share]);
        }
        words.extend(&task.attrs);
        words
    }
}
