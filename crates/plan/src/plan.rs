//! The plan: everything an executor needs to train one objective, as data.

use crate::kernel::{Kernel, Link, Place, Task};
use crate::memory::Memory;
use crate::schedule::{Schedule, schedule};
use crate::state;
use crate::step::{Arg, Step};
use crate::tape::{Buffer, Group, Init, Param, Tape};
use crate::view::{BufferId, View};
use std::collections::BTreeMap;
use std::fmt;

/// A table of the data set, the same for every replica: its position in the list that the executor
/// is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableId(pub u32);

/// A list of dispatches that is run as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Once, before the first step: draws its batch. Executors run it when they prepare a run.
    Begin,
    /// One step: forward, backward, record, AdamW; and the next batch is drawn.
    Train,
    /// The loss terms of one validation batch, added up.
    Validate,
    /// After the last validation batch: record, remember the best weights, patience.
    Judge,
    /// Embeddings of the next rows from the cursor, with the current weights.
    Embed,
    /// The same with the best weights.
    EmbedBest,
}

impl Phase {
    /// All phases.
    pub const ALL: [Self; 6] =
        [Self::Begin, Self::Train, Self::Validate, Self::Judge, Self::Embed, Self::EmbedBest];
}

/// Tasks that run at once, of one kernel or of several.
#[derive(Clone, Debug, PartialEq)]
pub struct Dispatch {
    /// The tasks, in an order in which they can be done one after the other.
    pub tasks: Vec<Task>,
}

impl Dispatch {
    /// Its kernels, each once, by name.
    pub fn kernels(&self) -> Vec<&'static Kernel> {
        let mut kernels: Vec<&'static Kernel> = self.tasks.iter().map(|t| t.kernel).collect();
        kernels.sort_by_key(|kernel| kernel.name);
        kernels.dedup();
        kernels
    }

    /// The tasks of each kernel by themselves, chains cut into their links: to be done in this order.
    #[must_use]
    pub fn by_kernel(&self) -> Vec<Self> {
        let parts = self.tasks.chunk_by(|a, b| a.kernel == b.kernel && a.depth() == b.depth());
        let alone = |task: &Task| Task { link: None, ..task.clone() };
        parts.map(|tasks| Self { tasks: tasks.iter().map(alone).collect() }).collect()
    }

    /// Whether some of its tasks follow each other.
    pub fn is_chained(&self) -> bool {
        self.tasks.iter().any(|task| task.link.is_some())
    }

    /// What a workgroup does: a task, or the links of a chain one after the other.
    pub fn jobs(&self) -> Vec<Vec<&Task>> {
        let mut jobs: Vec<Vec<&Task>> = Vec::new();
        let mut chains: BTreeMap<u32, usize> = BTreeMap::new();
        for task in &self.tasks {
            let next = jobs.len();
            let job = match &task.link {
                Some(link) => *chains.entry(link.chain).or_insert(next),
                None => next,
            };
            if job == next {
                jobs.push(Vec::new());
            }
            jobs[job].push(task);
        }
        jobs
    }

    /// The names of its kernels.
    pub fn name(&self) -> String {
        self.kernels().iter().map(|k| k.name).collect::<Vec<_>>().join(" + ")
    }

    /// Floating-point operations of all tasks of one replica.
    pub fn flops(&self) -> f64 {
        self.tasks.iter().map(|t| (t.kernel.flops)(t)).sum()
    }
}

/// A named place that survives phases and can be read and written from outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// Name.
    pub name: String,
    /// Place of each replica.
    pub place: Place,
}

/// A parameter of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanParam {
    /// `encoder.image.0.weight`
    pub name: String,
    /// Group.
    pub group: Group,
    /// How it starts.
    pub init: Init,
    /// Name that its starting values are drawn by.
    pub drawn_as: String,
    /// Where it is trained.
    pub weights: Place,
    /// Where the best one is kept.
    pub best: Place,
    /// Where its gradient is; left out for statistics.
    pub grad: Place,
}

/// Everything an executor needs to train one objective.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Length of each slot in floats, for one replica.
    pub slots: Vec<u32>,
    /// Starting values of slots that do not start at zero (constants).
    pub constants: Vec<(u32, Vec<f64>)>,
    /// Rows and columns of each table that is expected.
    pub tables: Vec<(u32, u32)>,
    /// The dispatches of each phase, in the order of [`Phase::ALL`].
    pub phases: Vec<Vec<Dispatch>>,
    /// Parameters.
    pub params: Vec<PlanParam>,
    /// The state row.
    pub state: Place,
    /// Ring of training records: a row a step.
    pub ring: Place,
    /// Ring of validation records: a row a validation.
    pub validation_ring: Place,
    /// Names of the loss terms, the total first.
    pub terms: Vec<String>,
    /// Validation batches of one validation.
    pub validation_batches: u32,
    /// What [`Phase::Embed`] and [`Phase::EmbedBest`] make, by name.
    pub outputs: Vec<Named>,
    /// Rows that one embedding phase makes.
    pub embed_rows: u32,
}

impl Plan {
    /// The dispatches of a phase.
    pub fn phase(&self, phase: Phase) -> &[Dispatch] {
        &self.phases[phase as usize]
    }

    /// Floats of one replica.
    pub fn floats(&self) -> u64 {
        self.slots.iter().map(|&len| u64::from(len)).sum()
    }

    /// Numbers that are trained.
    pub fn weights(&self) -> u64 {
        let trained = self.params.iter().filter(|p| p.group != Group::Statistic);
        trained.map(|p| u64::from(p.weights.len())).sum()
    }

    /// Floating-point operations of a phase for one replica.
    pub fn flops(&self, phase: Phase) -> f64 {
        self.phase(phase).iter().map(Dispatch::flops).sum()
    }

    /// The starting values of a slot for the replica with this seed, where it does not start at
    /// zero.
    pub fn initial(&self, seed: u64) -> Vec<(Place, Vec<f64>)> {
        let mut found: Vec<(Place, Vec<f64>)> = self
            .constants
            .iter()
            .map(|(slot, values)| {
                let cols = values.len() as u32;
                (Place { slot: *slot, offset: 0, rows: 1, cols, stride: cols }, values.clone())
            })
            .collect();
        let key = crate::random::key_of_seed(seed);
        found.push((self.state, state::initial(key)));
        for param in &self.params {
            let values = crate::init::values(param.init, param.weights.len(), key, &param.drawn_as);
            found.push((param.best, values.clone()));
            found.push((param.weights, values));
        }
        found
    }

    /// The starting values of every slot of one replica, slot after slot.
    pub fn initial_slots(&self, seed: u64) -> Vec<Vec<f64>> {
        let mut slots: Vec<Vec<f64>> = self.slots.iter().map(|&n| vec![0.0; n as usize]).collect();
        for (place, values) in self.initial(seed) {
            let slot = &mut slots[place.slot as usize];
            for (row, values) in values.chunks(place.cols.max(1) as usize).enumerate() {
                let at = place.offset as usize + row * place.stride as usize;
                slot[at..at + values.len()].copy_from_slice(values);
            }
        }
        slots
    }
}

impl fmt::Display for Plan {
    /// A line a dispatch, a line a task below it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for phase in Phase::ALL {
            let list = self.phase(phase);
            writeln!(f, "{phase:?}: {} dispatches", list.len())?;
            for dispatch in list {
                writeln!(f, "  {}", dispatch.name())?;
                for task in &dispatch.tasks {
                    let chain = task.link.as_ref().map(|l| format!("{}.{} ", l.chain, l.depth));
                    let chain = chain.unwrap_or_default();
                    write!(f, "    {chain}{} {}:", task.kernel.name, task.label)?;
                    let operands = task.kernel.operands.iter().zip(&task.names);
                    for ((operand, name), place) in operands.zip(&task.places) {
                        if !place.is_empty() {
                            let Place { slot, offset, rows, cols, .. } = place;
                            write!(
                                f,
                                " {}={name}@{slot}+{offset}({rows}\u{d7}{cols})",
                                operand.name
                            )?;
                        }
                    }
                    writeln!(f)?;
                }
            }
        }
        Ok(())
    }
}

/// Phases as they were recorded, before memory is planned.
pub(crate) struct Recorded {
    pub(crate) tape: Tape,
    pub(crate) phases: Vec<Vec<Step>>,
}

impl Recorded {
    /// Plans order and memory.
    pub(crate) fn compile(&self) -> (Vec<Vec<Dispatch>>, Memory) {
        let buffers = &self.tape.buffers;
        let mut memory = Memory::new(buffers);
        let mut lists = Vec::new();
        for steps in &self.phases {
            // Sizes do not hang on where things lie.
            let nowhere = Memory { slots: vec![Some(0); buffers.len()], ..Memory::default() };
            let flops: Vec<f64> = (0..steps.len())
                .map(|at| {
                    let task = task(steps, at, None, buffers, &nowhere);
                    (task.kernel.flops)(&task)
                })
                .collect();
            let Schedule { order, links } = schedule(buffers, steps, &flops);
            memory.place(buffers, steps, &order);
            debug_assert!(order.iter().all(|g| !memory.collides(steps, g)), "memory collides");
            let dispatch = |group: &Vec<usize>| Dispatch {
                tasks: group
                    .iter()
                    .map(|&at| task(steps, at, links[at].clone(), buffers, &memory))
                    .collect(),
            };
            lists.push(order.iter().map(dispatch).collect());
        }
        (lists, memory)
    }
}

fn task(
    steps: &[Step],
    at: usize,
    link: Option<Link>,
    buffers: &[Buffer],
    memory: &Memory,
) -> Task {
    let step = &steps[at];
    let (names, places) = step
        .args
        .iter()
        .map(|arg| match arg {
            Arg::View(view) => (buffers[view.buffer.0 as usize].name.clone(), place(view, memory)),
            Arg::Table { table, rows, cols } => {
                let (rows, cols) = (*rows, *cols);
                let place = Place { slot: table.0, offset: 0, rows, cols, stride: cols };
                (format!("table {}", table.0), place)
            }
            Arg::None => (String::new(), Place::NONE),
        })
        .unzip();
    let (kernel, label) = (step.kernel, step.label.clone());
    Task { kernel, label, names, places, attrs: step.attrs.clone(), link }
}

pub(crate) fn place(view: &View, memory: &Memory) -> Place {
    slot_of(view.buffer, memory).map_or(Place::NONE, |slot| Place::new(slot, view))
}

pub(crate) fn slot_of(buffer: BufferId, memory: &Memory) -> Option<u32> {
    memory.slots[buffer.0 as usize]
}

/// Where a parameter, its best copy and its gradient lie.
pub(crate) fn plan_param(
    param: &Param,
    best: BufferId,
    grad: BufferId,
    memory: &Memory,
) -> PlanParam {
    let moved = |buffer| place(&View { buffer, ..param.view }, memory);
    PlanParam {
        name: param.name.clone(),
        group: param.group,
        init: param.init,
        drawn_as: param.drawn_as.clone(),
        weights: place(&param.view, memory),
        best: moved(best),
        grad: if param.group == Group::Statistic { Place::NONE } else { moved(grad) },
    }
}
