//! The ndarray executor: replica by replica, each one's memory by itself, so that the replicas of
//! all runs at hand fill as many threads as there are (one in a browser) and a small model stays in
//! the cache.

use crate::executor::{Executor, ExecutorError, Tables, Work, check_tables};
use crate::kernel::{Access, Call, Place, Task};
use crate::plan::{Dispatch, Phase, Plan};
use crate::real::Real;
use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder};
use rayon::prelude::*;
use std::cell::RefCell;
use std::future::{Future, ready};
use std::sync::Arc;

/// Runs plans on the CPU, in `f32` or, to check gradients, in `f64`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpu<F> {
    numbers: std::marker::PhantomData<F>,
}

impl<F> Cpu<F> {
    /// An executor on all threads there are.
    pub fn new() -> Self {
        Self { numbers: std::marker::PhantomData }
    }
}

/// A plan and the memory of its replicas.
pub struct CpuRun<F> {
    plan: Arc<Plan>,
    tables: Tables,
    replicas: RefCell<Vec<Replica<F>>>,
}

/// The slots of one replica.
struct Replica<F> {
    slots: Vec<Vec<F>>,
}

impl<F: Real> Replica<F> {
    fn run(&mut self, dispatch: &Dispatch, tables: &Tables) {
        for task in &dispatch.tasks {
            self.task(task, tables);
        }
    }

    fn task(&mut self, task: &Task, tables: &Tables) {
        let reference = F::reference(task.kernel);
        let operands = || task.kernel.operands.iter().zip(&task.places);
        let written = operands()
            .filter(|(o, p)| matches!(o.access, Access::Write | Access::Update) && !p.is_empty());
        let written: Vec<Place> = written.map(|(_, p)| *p).collect();
        // Taken out, so that they can be written while the others are read.
        let mut taken: Vec<(u32, Vec<F>)> = Vec::new();
        for place in &written {
            if taken.iter().all(|(slot, _)| *slot != place.slot) {
                taken.push((place.slot, std::mem::take(&mut self.slots[place.slot as usize])));
            }
        }
        {
            let mut outs = matrices_mut(&mut taken, &written);
            let ins: Vec<ArrayView2<'_, F>> = operands()
                .filter(|(o, _)| o.access == Access::Read)
                .map(|(_, p)| matrix(&self.slots[p.slot as usize], p))
                .collect();
            let used: Vec<ArrayView2<'_, f32>> = operands()
                .filter(|(o, _)| o.access == Access::Table)
                .map(|(_, p)| tables.list[p.slot as usize].view())
                .collect();
            reference(&mut Call { ins: &ins, outs: &mut outs, tables: &used, attrs: &task.attrs });
        }
        for (slot, memory) in taken {
            self.slots[slot as usize] = memory;
        }
    }
}

fn shape(place: &Place) -> ndarray::StrideShape<ndarray::Ix2> {
    let rows = place.rows as usize;
    let cols = place.cols as usize;
    (rows, cols).strides((if rows > 1 { place.stride as usize } else { cols.max(1) }, 1))
}

fn matrix<'a, F: Real>(memory: &'a [F], place: &Place) -> ArrayView2<'a, F> {
    if place.is_empty() {
        return ArrayView2::from_shape((0, 0), &[]).unwrap_or_else(|_| unreachable!("no elements"));
    }
    let memory = &memory[place.offset as usize..];
    ArrayView2::from_shape(shape(place), memory)
        .unwrap_or_else(|e| unreachable!("the plan fits its memory: {place:?}: {e}"))
}

fn matrix_mut<'a, F: Real>(memory: &'a mut [F], place: &Place) -> ArrayViewMut2<'a, F> {
    ArrayViewMut2::from_shape(shape(place), memory)
        .unwrap_or_else(|e| unreachable!("the plan fits its memory: {place:?}: {e}"))
}

/// The places as matrices, in their order; several may lie in one slot, one after the other.
fn matrices_mut<'a, F: Real>(
    taken: &'a mut [(u32, Vec<F>)],
    places: &[Place],
) -> Vec<ArrayViewMut2<'a, F>> {
    let mut found: Vec<(usize, ArrayViewMut2<'a, F>)> = Vec::with_capacity(places.len());
    for (slot, memory) in taken {
        let mut inside: Vec<(usize, &Place)> =
            places.iter().enumerate().filter(|(_, p)| p.slot == *slot).collect();
        inside.sort_unstable_by_key(|(_, p)| p.offset);
        let mut rest = memory.as_mut_slice();
        let mut start = 0;
        for (at, place) in inside {
            let (_, tail) = rest.split_at_mut(place.offset as usize - start);
            let (mine, tail) = tail.split_at_mut(place.extent() as usize);
            found.push((at, matrix_mut(mine, place)));
            rest = tail;
            start = (place.offset + place.extent()) as usize;
        }
    }
    found.sort_unstable_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, matrix)| matrix).collect()
}

impl<F: Real> CpuRun<F> {
    /// Runs one dispatch of a phase alone: to compare executors buffer by buffer.
    pub fn run_dispatch(&self, phase: Phase, index: usize) {
        let dispatch = &self.plan.phase(phase)[index];
        for replica in self.replicas.borrow_mut().iter_mut() {
            replica.run(dispatch, &self.tables);
        }
    }

    /// The values of a place, replica after replica.
    pub fn get(&self, place: &Place) -> Vec<F> {
        let replicas = self.replicas.borrow();
        replicas
            .iter()
            .flat_map(|r| {
                matrix(&r.slots[place.slot as usize], place).iter().copied().collect::<Vec<_>>()
            })
            .collect()
    }

    /// Sets the values of a place: those of one replica for all, or of each, one after the other.
    pub fn set(&self, place: &Place, values: &[F]) {
        let len = place.len() as usize;
        for (number, replica) in self.replicas.borrow_mut().iter_mut().enumerate() {
            let own = values.get(number * len..(number + 1) * len).unwrap_or(values);
            let slot = &mut replica.slots[place.slot as usize][place.offset as usize..];
            for (x, &v) in matrix_mut(slot, place).iter_mut().zip(own) {
                *x = v;
            }
        }
    }
}

impl<F: Real> Executor for Cpu<F> {
    type Run = CpuRun<F>;

    async fn prepare(
        &self,
        plan: &Arc<Plan>,
        tables: &Tables,
        seeds: &[u64],
    ) -> Result<CpuRun<F>, ExecutorError> {
        check_tables(plan, tables)?;
        let replica = |seed: &u64| Replica {
            slots: plan
                .initial_slots(*seed)
                .into_iter()
                .map(|slot| slot.into_iter().map(F::of).collect())
                .collect(),
        };
        let mut replicas: Vec<_> = seeds.iter().map(replica).collect();
        for replica in &mut replicas {
            plan.phase(Phase::Begin).iter().for_each(|dispatch| replica.run(dispatch, tables));
        }
        let replicas = RefCell::new(replicas);
        Ok(CpuRun { plan: Arc::clone(plan), tables: tables.clone(), replicas })
    }

    /// Runs must not occur twice in one call.
    fn submit(&self, work: &[Work<'_, CpuRun<F>>]) -> Result<(), ExecutorError> {
        let mut replicas: Vec<_> = work.iter().map(|w| w.run.replicas.borrow_mut()).collect();
        let mut parts: Vec<_> = work
            .iter()
            .zip(&mut replicas)
            .flat_map(|(Work { run, phases }, replicas)| {
                let (plan, tables) = (&*run.plan, &run.tables);
                replicas.iter_mut().map(move |replica| (plan, tables, *phases, replica))
            })
            .collect();
        // One by one, as whoever is done takes the next: three of five must not wait for each other.
        parts.par_iter_mut().with_max_len(1).for_each(|(plan, tables, phases, replica)| {
            for dispatch in phases.iter().flat_map(|&phase| plan.phase(phase)) {
                replica.run(dispatch, tables);
            }
        });
        Ok(())
    }

    fn is_parallel(&self) -> bool {
        rayon::current_num_threads() > 1
    }

    fn finish(&self) -> impl Future<Output = Result<(), ExecutorError>> {
        ready(Ok(()))
    }

    fn read<'a>(
        &'a self,
        run: &CpuRun<F>,
        places: &[Place],
    ) -> impl Future<Output = Result<Vec<Vec<f32>>, ExecutorError>> + use<'a, F> {
        let narrow = |place| run.get(place).into_iter().map(|x| x.wide() as f32).collect();
        ready(Ok(places.iter().map(narrow).collect()))
    }

    fn write(&self, run: &CpuRun<F>, place: Place, values: &[f32]) -> Result<(), ExecutorError> {
        let values: Vec<F> = values.iter().map(|&v| F::of(f64::from(v))).collect();
        run.set(&place, &values);
        Ok(())
    }
}
