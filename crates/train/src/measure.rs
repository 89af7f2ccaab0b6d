//! Measures a column of the comparison, a little at a time.

use crate::SessionError;
use crate::host::Host;
use crate::study::{replica, scores};
use std::ops::ControlFlow;
use trefoil_insight::retrieval::Task;
use trefoil_insight::{Column, Findings, Replica, Retriever, Study};
use trefoil_objectives::{Objective, Outputs};

/// What is measured.
pub(crate) enum Subject<'a> {
    /// The raw features.
    Raw,
    /// An objective: the outputs of each seed, none for one that failed.
    Objective(&'a dyn Objective, &'a [Option<Outputs>]),
}

impl Subject<'_> {
    fn seeds(&self) -> usize {
        match self {
            Self::Raw => 1,
            Self::Objective(_, outputs) => outputs.len(),
        }
    }
}

/// Measures every seed of a column; says which had no finite embedding and so count as failed.
/// `watch` is told how far it is, from 0 to 1, and says whether to go on.
pub(crate) async fn column<H: Host>(
    host: &H,
    study: &mut Study,
    subject: &Subject<'_>,
    present: &[Vec<bool>],
    watch: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<(Findings, Vec<usize>), SessionError> {
    let mut failed = Vec::new();
    let mut column = Column::new();
    let seeds = subject.seeds();
    for seed in 0..seeds {
        let Some(made) = made(study, subject, seed, present) else {
            column.skip();
            continue;
        };
        if column.begin(study, &made).is_err() {
            failed.push(seed);
            continue;
        }
        loop {
            let over = step(&mut column, study, subject, seed, &made);
            host.breathe().await;
            let done = (seed as f64 + column.done()) / seeds as f64;
            if watch(done).is_break() {
                return Err(SessionError::Cancelled);
            }
            if over {
                break;
            }
        }
    }
    Ok((column.finish(study), failed))
}

fn made(
    study: &Study,
    subject: &Subject<'_>,
    seed: usize,
    present: &[Vec<bool>],
) -> Option<Replica> {
    match subject {
        Subject::Raw => Some((*study.raw()).clone()),
        Subject::Objective(objective, outputs) => {
            outputs[seed].as_ref().map(|o| replica(*objective, o, present))
        }
    }
}

fn step(
    column: &mut Column,
    study: &mut Study,
    subject: &Subject<'_>,
    seed: usize,
    made: &Replica,
) -> bool {
    match subject {
        Subject::Raw => column.step(study, made, &mut Retriever::Cca),
        Subject::Objective(objective, outputs) => {
            let Some(outputs) = &outputs[seed] else { return true };
            let mut answer = |task: &Task| scores(*objective, outputs, task);
            column.step(study, made, &mut Retriever::Objective(&mut answer))
        }
    }
}
