//! Records a forward pass and derives the backward pass.
//!
//! An objective calls the ops as methods of a [`Tape`]; each one emits the kernels of its forward
//! pass and leaves a rule that emits those of its backward pass. What comes out is a flat list of
//! [`Step`]s for each [`Phase`](crate::Phase); `fold` and `fuse` make it shorter, `schedule` turns it into
//! dispatches and `memory` gives it slots.

use crate::step::{Arg, Step};
use crate::{BufferId, Kernel, View, state};

/// A matrix `(rows, cols)` of every replica, made by a step or given from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Var(u32);

/// Which weights of AdamW's treatment a parameter gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Weight matrices: decayed.
    Matrix,
    /// Biases, norms, tokens: not decayed.
    Vector,
    /// The logit scale: its own learning rate, not decayed.
    Scale,
    /// Running statistics: no gradient.
    Statistic,
}

impl Group {
    /// All groups, in the order of their buffers.
    pub const ALL: [Self; 4] = [Self::Matrix, Self::Vector, Self::Scale, Self::Statistic];
}

/// How a parameter starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Uniform in ±1/√`fan_in`, as `PyTorch`'s `Linear` has it.
    Uniform {
        /// Inputs of the unit.
        fan_in: u32,
    },
    /// Standard normal.
    Normal,
    /// The same value everywhere.
    Constant(f64),
}

/// A named parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// `encoder.image.0.weight`
    pub name: String,
    /// Where it lies in the buffer of its group.
    pub view: View,
    /// Its group.
    pub group: Group,
    /// How it starts.
    pub init: Init,
    /// Name that its starting values are drawn by: parameters of one name start alike, in every
    /// objective.
    pub drawn_as: String,
    var: Var,
}

#[derive(Clone, Debug)]
pub(crate) struct Buffer {
    pub(crate) name: String,
    pub(crate) len: u32,
    /// Survives the phase; its memory is never shared.
    pub(crate) persistent: bool,
    /// Starting values, where it has any that are not zero.
    pub(crate) init: Option<Vec<f64>>,
}

#[derive(Clone, Copy)]
struct VarInfo {
    view: View,
    needs_grad: bool,
}

/// From the gradients of an op's outputs to contributions to the gradients of its inputs.
pub(crate) type Rule = Box<dyn Fn(&mut Tape, &[Option<Var>]) -> Vec<(Var, Var)>>;

struct Record {
    outputs: Vec<Var>,
    rule: Rule,
}

/// Records ops; see the module.
pub struct Tape {
    pub(crate) buffers: Vec<Buffer>,
    pub(crate) steps: Vec<Step>,
    pub(crate) params: Vec<Param>,
    vars: Vec<VarInfo>,
    records: Vec<Record>,
    groups: [BufferId; 4],
    grads: [BufferId; 4],
    best: [BufferId; 4],
    /// Whether parameters are read from their best copies.
    reads_best: bool,
    state: Var,
    streams: u32,
    scope: String,
}

impl Default for Tape {
    fn default() -> Self {
        let mut tape = Self {
            buffers: Vec::new(),
            steps: Vec::new(),
            params: Vec::new(),
            vars: Vec::new(),
            records: Vec::new(),
            groups: [BufferId(0); 4],
            grads: [BufferId(0); 4],
            best: [BufferId(0); 4],
            reads_best: false,
            state: Var(0),
            streams: 0,
            scope: String::new(),
        };
        for (i, group) in Group::ALL.iter().enumerate() {
            tape.groups[i] = tape.persistent(&format!("params.{group:?}"), 0, None);
            tape.grads[i] = tape.persistent(&format!("grads.{group:?}"), 0, None);
            tape.best[i] = tape.persistent(&format!("best.{group:?}"), 0, None);
        }
        let cols = state::LEN as u32;
        let buffer = tape.persistent("state", cols, None);
        let view = View { buffer, offset: 0, rows: 1, cols, stride: cols };
        tape.state = tape.var_of(view, false);
        tape
    }
}

impl Tape {
    /// Memory that survives the phase, with starting values or zero.
    pub(crate) fn persistent(&mut self, name: &str, len: u32, init: Option<Vec<f64>>) -> BufferId {
        let id = BufferId(self.buffers.len() as u32);
        self.buffers.push(Buffer { name: name.to_owned(), len, persistent: true, init });
        id
    }

    /// Names what is recorded by `body`, for the printed plan.
    pub fn scope<T>(&mut self, name: &str, body: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.scope.clone();
        self.scope = if outer.is_empty() { name.to_owned() } else { format!("{outer}.{name}") };
        let result = body(self);
        self.scope = outer;
        result
    }

    pub(crate) fn var_of(&mut self, view: View, needs_grad: bool) -> Var {
        self.vars.push(VarInfo { view, needs_grad });
        Var(self.vars.len() as u32 - 1)
    }

    /// A matrix that an op of this phase is going to write.
    pub(crate) fn fresh(&mut self, name: &str, rows: u32, cols: u32, needs_grad: bool) -> Var {
        let buffer = BufferId(self.buffers.len() as u32);
        let name =
            if self.scope.is_empty() { name.to_owned() } else { format!("{}.{name}", self.scope) };
        self.buffers.push(Buffer { name, len: rows * cols, persistent: false, init: None });
        self.var_of(View { buffer, offset: 0, rows, cols, stride: cols }, needs_grad)
    }

    /// Constant values, the same for every replica; row-major.
    ///
    /// # Panics
    /// Where the number of values is not `rows · cols`.
    pub fn constant(&mut self, name: &str, rows: u32, cols: u32, values: Vec<f64>) -> Var {
        assert_eq!(values.len() as u32, rows * cols, "values of constant {name}");
        let buffer = self.persistent(name, rows * cols, Some(values));
        self.var_of(View { buffer, offset: 0, rows, cols, stride: cols }, false)
    }

    /// The parameter called `name`; registered on first use, the same one in every phase.
    ///
    /// # Panics
    /// Where it is asked for again with another shape.
    pub fn param(&mut self, name: &str, rows: u32, cols: u32, group: Group, init: Init) -> Var {
        self.param_like(name, name, (rows, cols), group, init)
    }

    /// As [`Tape::param`], starting at the values of the parameter called `like`.
    ///
    /// # Panics
    /// Where it is asked for again with another shape.
    pub fn param_like(
        &mut self,
        name: &str,
        like: &str,
        (rows, cols): (u32, u32),
        group: Group,
        init: Init,
    ) -> Var {
        if let Some(known) = self.params.iter().find(|p| p.name == name) {
            assert_eq!((known.view.rows, known.view.cols), (rows, cols), "shape of {name}");
            let (var, view) = (known.var, known.view);
            if self.reads_best {
                let buffer = self.best_of(group);
                return self.var_of(View { buffer, ..view }, false);
            }
            return var;
        }
        let buffer = self.groups[group as usize];
        let offset = self.buffers[buffer.0 as usize].len;
        for id in [self.groups, self.grads, self.best].map(|ids| ids[group as usize]) {
            self.buffers[id.0 as usize].len += rows * cols;
        }
        let view = View { buffer, offset, rows, cols, stride: cols };
        let var = self.var_of(view, group != Group::Statistic);
        let (name, drawn_as) = (name.to_owned(), like.to_owned());
        self.params.push(Param { name, view, group, init, drawn_as, var });
        var
    }

    /// The whole of a group's parameters as one row; then their gradients.
    pub(crate) fn group_rows(&self, group: Group) -> [View; 2] {
        [self.groups[group as usize], self.grads[group as usize]].map(|buffer| {
            let len = self.buffers[buffer.0 as usize].len;
            View { buffer, offset: 0, rows: 1, cols: len, stride: len }
        })
    }

    /// Where the best copies of a group lie.
    pub(crate) fn best_of(&self, group: Group) -> BufferId {
        self.best[group as usize]
    }

    /// Where the gradients of a group lie.
    pub(crate) fn grads_of(&self, group: Group) -> BufferId {
        self.grads[group as usize]
    }

    /// From now on parameters are read from their best copies, or no longer.
    pub(crate) fn read_best(&mut self, best: bool) {
        self.reads_best = best;
    }

    /// The state row of the replica.
    pub(crate) fn state(&self) -> Var {
        self.state
    }

    /// A number of its own for an op that draws at random; as many as 64 after it are free too.
    pub(crate) fn stream(&mut self) -> u32 {
        self.streams += 64;
        self.streams
    }

    /// Where a matrix lies.
    pub fn view(&self, var: Var) -> View {
        self.vars[var.0 as usize].view
    }

    /// Rows of a matrix.
    pub fn rows(&self, var: Var) -> u32 {
        self.view(var).rows
    }

    /// Columns of a matrix.
    pub fn cols(&self, var: Var) -> u32 {
        self.view(var).cols
    }

    /// Whether a gradient flows into it.
    pub fn needs_grad(&self, var: Var) -> bool {
        self.vars[var.0 as usize].needs_grad
    }

    pub(crate) fn any_needs_grad(&self, vars: &[Var]) -> bool {
        vars.iter().any(|&v| self.needs_grad(v))
    }

    pub(crate) fn arg(&self, var: Var) -> Arg {
        Arg::View(self.view(var))
    }

    /// Emits one application of a kernel.
    pub(crate) fn emit(
        &mut self,
        kernel: &'static Kernel,
        label: &str,
        args: Vec<Arg>,
        attrs: Vec<u32>,
    ) {
        debug_assert_eq!(args.len(), kernel.operands.len(), "operands of {}", kernel.name);
        debug_assert_eq!(attrs.len(), kernel.attrs.len(), "attributes of {}", kernel.name);
        let label = if self.scope.is_empty() {
            label.to_owned()
        } else {
            format!("{}.{label}", self.scope)
        };
        self.steps.push(Step { kernel, args, attrs, label });
    }

    /// Leaves a rule for the backward pass.
    pub(crate) fn rule(
        &mut self,
        outputs: &[Var],
        rule: impl Fn(&mut Self, &[Option<Var>]) -> Vec<(Var, Var)> + 'static,
    ) {
        if self.any_needs_grad(outputs) {
            self.records.push(Record { outputs: outputs.to_vec(), rule: Box::new(rule) });
        }
    }

    /// As [`Tape::rule`] for an op with one output.
    pub(crate) fn rule1(
        &mut self,
        output: Var,
        rule: impl Fn(&mut Self, Var) -> Vec<(Var, Var)> + 'static,
    ) {
        self.rule(&[output], move |tape, grads| {
            grads[0].map_or_else(Vec::new, |grad| rule(tape, grad))
        });
    }

    /// Takes the recorded steps; what was recorded of this phase for a backward pass is forgotten.
    pub(crate) fn take_steps(&mut self) -> Vec<Step> {
        self.records.clear();
        std::mem::take(&mut self.steps)
    }

    /// Emits the backward pass of `loss`, a `(1, 1)` matrix, into the gradients of all parameters
    /// that it depends on.
    ///
    /// # Panics
    /// Where a parameter with a gradient is not reached: it would never be trained.
    pub(crate) fn backward(&mut self, loss: Var) {
        assert_eq!(self.view(loss).len(), 1, "a loss is one number");
        let one = self.constant("one", 1, 1, vec![1.0]);
        let mut contributions: Vec<Vec<Var>> = vec![Vec::new(); self.vars.len()];
        contributions[loss.0 as usize].push(one);
        let records = std::mem::take(&mut self.records);
        for record in records.iter().rev() {
            let grads: Vec<Option<Var>> = record
                .outputs
                .iter()
                .map(|&output| self.accumulate(output, &contributions[output.0 as usize]))
                .collect();
            if grads.iter().all(Option::is_none) {
                continue;
            }
            for (input, contribution) in (record.rule)(self, &grads) {
                if self.needs_grad(input) {
                    contributions[input.0 as usize].push(contribution);
                }
            }
        }
        for param in self.params.clone() {
            if param.group == Group::Statistic {
                continue;
            }
            let found = &contributions[param.var.0 as usize];
            assert!(!found.is_empty(), "no gradient reaches {}", param.name);
            self.land(&param, found);
        }
    }

    /// One gradient from its contributions.
    fn accumulate(&mut self, output: Var, contributions: &[Var]) -> Option<Var> {
        match contributions {
            [] => None,
            [one] => Some(*one),
            many => {
                let (rows, cols) = (self.rows(output), self.cols(output));
                let sum = self.fresh("grad", rows, cols, false);
                self.emit_sum(many, sum);
                Some(sum)
            }
        }
    }

    /// Brings a parameter's gradient to its place among the gradients.
    fn land(&mut self, param: &Param, contributions: &[Var]) {
        let target = View { buffer: self.grads[param.group as usize], ..param.view };
        if let [one] = contributions {
            let source = self.view(*one);
            let buffer = &self.buffers[source.buffer.0 as usize];
            if !buffer.persistent && source.fills(buffer.len) {
                // Its own buffer: let the step that makes it write to the right place at once.
                self.redirect(source.buffer, target.buffer, target.offset);
                return;
            }
        }
        let target = self.var_of(target, false);
        self.emit_sum(contributions, target);
    }

    fn redirect(&mut self, from: BufferId, to: BufferId, offset: u32) {
        for var in self.vars.iter_mut().filter(|v| v.view.buffer == from) {
            var.view = View { buffer: to, offset: var.view.offset + offset, ..var.view };
        }
        for step in &mut self.steps {
            for arg in &mut step.args {
                if let Arg::View(view) = arg
                    && view.buffer == from
                {
                    view.buffer = to;
                    view.offset += offset;
                }
            }
        }
    }
}
