//! Losses of given numbers, in `f64`: to hold them against golden values.

use pollster::block_on;
use std::collections::BTreeMap;
use std::sync::Arc;
use trefoil_plan::{
    Batch, Cpu, Executor, Group, Init, Losses, Model, Phase, Place, Tape, Var, Work, record,
};

/// A forward pass over given matrices.
pub type Forward<'a> = dyn Fn(&mut Tape) -> Losses + 'a;

struct Fixed<'a>(&'a Forward<'a>);

impl Model for Fixed<'_> {
    fn losses(&self, tape: &mut Tape, _batch: &Batch<'_>) -> Losses {
        (self.0)(tape)
    }

    fn embed(&self, _tape: &mut Tape, _batch: &Batch<'_>) -> Vec<(String, Var)> {
        Vec::new()
    }
}

/// A matrix that the gradient is wanted of.
pub fn given(tape: &mut Tape, name: &str, rows: u32, cols: u32) -> Var {
    tape.param(name, rows, cols, Group::Matrix, Init::Constant(0.0))
}

/// Total, terms and gradients of a loss.
pub struct Found {
    /// The total, then the terms.
    pub losses: Vec<f64>,
    /// Gradient of each parameter, row-major.
    pub gradients: BTreeMap<String, Vec<f64>>,
}

/// Evaluates a loss at these values of its parameters; row-major.
///
/// # Panics
/// Where a parameter has no value, or too many or too few.
pub fn evaluate(forward: &Forward<'_>, values: &BTreeMap<String, Vec<f64>>) -> Found {
    let plan = Arc::new(record(&Fixed(forward), &crate::cases::training(4)));
    let executor = Cpu::<f64>::new();
    let tables = crate::cases::tables();
    let run = block_on(executor.prepare(&plan, &tables, &[0])).expect("tables fit the plan");
    for param in plan.params.iter().filter(|p| p.group != Group::Statistic) {
        let values =
            values.get(&param.name).unwrap_or_else(|| panic!("no value for {}", param.name));
        assert_eq!(values.len() as u32, param.weights.len(), "values of {}", param.name);
        run.set(&param.weights, values);
    }
    let work = Work { run: &run, phases: &[Phase::Train] };
    executor.submit(&[work]).expect("the CPU takes work");
    let terms = plan.terms.len() as u32;
    let losses = run.get(&Place { rows: 1, cols: terms, ..plan.ring });
    let trained = plan.params.iter().filter(|p| p.group != Group::Statistic);
    let gradients = trained.map(|p| (p.name.clone(), run.get(&p.grad))).collect();
    Found { losses, gradients }
}
