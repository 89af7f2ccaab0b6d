//! Records everything that training an objective needs: its step, its validation, its read-out.

use crate::fold::{fold, forget};
use crate::fuse::fuse;
use crate::kernel::word;
use crate::ops::draw::Order;
use crate::ops::{adamw, judge, products, watch};
use crate::plan::{Named, Plan, Recorded, TableId, place, plan_param, slot_of};
use crate::random::Clock;
use crate::state;
use crate::step::Arg;
use crate::tape::{Group, Tape, Var};
use crate::view::View;

/// Sizes and settings of a training run. Tables are expected in this order: the inputs of each
/// modality `(rows, d_m)`, the presence `(rows, modalities)`, the positions of the training rows
/// `(n,1)`, of the validation rows `(n,1)`, and of all rows `(rows,1)`; where rows are views of things, then
/// the places `(rows,3)` and members `(n,1)` that [`Tape::partner`] looks at.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// Kept rows of the data set.
    pub rows: u32,
    /// Encoder inputs of each modality.
    pub inputs: Vec<u32>,
    /// Whether every row has every modality.
    pub complete: bool,
    /// Training rows.
    pub train_rows: u32,
    /// Validation rows.
    pub validation_rows: u32,
    /// Rows of a training batch.
    pub batch: u32,
    /// Rows of a validation batch.
    pub validation_batch: u32,
    /// Whether training rows are drawn as they stand, without shuffling.
    pub contiguous: bool,
    /// How many rows are views of something, where a column says what rows are views of.
    pub views: Option<u32>,
    /// Rows of a batch of embeddings.
    pub embed_rows: u32,
    /// AdamW.
    pub optimiser: Optimiser,
    /// Validations without improvement after which a replica stops; 0: never.
    pub patience: u32,
    /// Steps that the ring of records holds.
    pub ring: u32,
}

/// Settings of AdamW.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimiser {
    /// Learning rate.
    pub rate: f64,
    /// Factor on it for the logit scale.
    pub scale_factor: f64,
    /// Steps over which it rises.
    pub warmup: u32,
    /// Steps of the whole run.
    pub steps: u32,
    /// Whether it falls along a cosine.
    pub cosine: bool,
    /// Decay of weight matrices.
    pub decay: f64,
}

impl Training {
    /// Modalities.
    pub fn modalities(&self) -> u32 {
        self.inputs.len() as u32
    }

    fn presence(&self) -> TableId {
        TableId(self.modalities())
    }

    pub(crate) fn train_list(&self) -> TableId {
        TableId(self.modalities() + 1)
    }

    fn validation_list(&self) -> TableId {
        TableId(self.modalities() + 2)
    }

    fn all_rows(&self) -> TableId {
        TableId(self.modalities() + 3)
    }

    pub(crate) fn view_places(&self) -> TableId {
        TableId(self.modalities() + 4)
    }

    pub(crate) fn view_members(&self) -> TableId {
        TableId(self.modalities() + 5)
    }

    /// Validation batches: enough to see every row.
    pub fn validation_batches(&self) -> u32 {
        self.validation_rows.div_ceil(self.validation_batch.max(1)).max(1)
    }

    fn tables(&self) -> Vec<(u32, u32)> {
        let mut tables: Vec<(u32, u32)> = self.inputs.iter().map(|&d| (self.rows, d)).collect();
        tables.push((self.rows, self.modalities()));
        tables.push((self.train_rows, 1));
        tables.push((self.validation_rows, 1));
        tables.push((self.rows, 1));
        if let Some(members) = self.views {
            tables.extend([(self.rows, 3), (members, 1)]);
        }
        tables
    }
}

/// What a forward pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A training step.
    Train,
    /// A validation batch: the same graph, random draws that do not change from one validation to
    /// the next.
    Validate,
    /// Embeddings: no random draws, running statistics.
    Embed,
}

/// The rows of one forward pass.
pub struct Batch<'a> {
    /// What it is for.
    pub mode: Mode,
    /// Rows.
    pub rows: u32,
    pub(crate) index: Var,
    pub(crate) training: &'a Training,
}

impl Batch<'_> {
    /// Sizes and settings.
    pub fn training(&self) -> &Training {
        self.training
    }

    /// Counter that random draws follow.
    pub fn clock(&self) -> Clock {
        if self.mode == Mode::Train { Clock::Step } else { Clock::Validation }
    }

    /// Inputs of a modality: `(rows, d_m)`, 0 where it is absent.
    pub fn inputs(&self, tape: &mut Tape, modality: u32) -> Var {
        let shape = (self.training.rows, self.training.inputs[modality as usize]);
        tape.gather(TableId(modality), shape, self.index)
    }

    /// 1 where a row has a modality, else 0: `(rows, modalities)`. None where every row has all.
    pub fn presence(&self, tape: &mut Tape) -> Option<Var> {
        self.presence_of(tape, self.index)
    }

    pub(crate) fn presence_of(&self, tape: &mut Tape, index: Var) -> Option<Var> {
        (!self.training.complete).then(|| {
            let shape = (self.training.rows, self.training.modalities());
            tape.gather(self.training.presence(), shape, index)
        })
    }
}

/// A part of a loss.
#[derive(Clone, Debug)]
pub struct Term {
    /// Name, for curves.
    pub name: String,
    /// Its value, `(1,1)`.
    pub value: Var,
    /// Its weight in the total.
    pub weight: f64,
}

/// What an objective minimises.
#[derive(Clone, Debug)]
pub struct Losses {
    /// Its parts; the total is their weighted sum.
    pub terms: Vec<Term>,
    /// Logarithm of the logit scale, `(1,1)`, where the objective has one.
    pub log_scale: Option<Var>,
}

/// An objective: its forward pass. The rest is derived.
pub trait Model {
    /// The loss of a batch.
    fn losses(&self, tape: &mut Tape, batch: &Batch<'_>) -> Losses;

    /// Whether the logit scale decays as weight matrices do.
    fn decays_scale(&self) -> bool {
        false
    }

    /// Named embeddings of a batch, each `(rows, d)`.
    fn embed(&self, tape: &mut Tape, batch: &Batch<'_>) -> Vec<(String, Var)>;
}

/// Derives the plan of a model.
///
/// # Panics
/// Where a parameter gets no gradient, shapes do not fit, or there are more than seven loss terms:
/// mistakes of the model.
pub fn record(model: &dyn Model, training: &Training) -> Plan {
    let mut tape = Tape::default();
    let batch = |tape: &mut Tape, mode, rows, list: (TableId, u32), order| {
        let index = tape.draw(list.0, list.1, rows, order);
        Batch { mode, rows, index, training }
    };

    let order = if training.contiguous { Order::Contiguous } else { Order::Shuffled };
    let train_list = (training.train_list(), training.train_rows);
    // Drawn by the step before, beside its last dispatch, so that none waits for it.
    let index = named(&mut tape, "rows", training.batch, 1);
    let state = tape.state();
    let seen = tape.view(state).columns(0, state::DRAW_FIELDS);
    tape.emit_draw(seen, train_list, order, index);
    let begin = tape.take_steps();
    let now = Batch { mode: Mode::Train, rows: training.batch, index, training };
    let losses = model.losses(&mut tape, &now);
    let total = total(&mut tape, &losses);
    let ring = finish_step(&mut tape, training, &losses, total, model.decays_scale());
    tape.emit_draw(seen, train_list, order, index);
    let train = tape.take_steps();
    let terms: Vec<String> = std::iter::once("loss".to_owned())
        .chain(losses.terms.iter().map(|t| t.name.clone()))
        .collect();

    let batches = training.validation_batches();
    let list = (training.validation_list(), training.validation_rows);
    let rows = training.validation_batch;
    let now = batch(&mut tape, Mode::Validate, rows, list, Order::Validation { batches });
    let losses = model.losses(&mut tape, &now);
    let tally = tally(&mut tape, &losses);
    let validate = tape.take_steps();
    let validation_ring = finish_validation(&mut tape, training, tally);
    let judge = tape.take_steps();

    let list = (training.all_rows(), training.rows);
    let now = batch(&mut tape, Mode::Embed, training.embed_rows, list, Order::Cursor);
    let made = model.embed(&mut tape, &now);
    let outputs = outputs(&mut tape, &made);
    finish_embed(&mut tape, training, &made, &outputs);
    let embed = tape.take_steps();
    tape.read_best(true);
    let now = batch(&mut tape, Mode::Embed, training.embed_rows, list, Order::Cursor);
    let made = model.embed(&mut tape, &now);
    finish_embed(&mut tape, training, &made, &outputs);
    let embed_best = tape.take_steps();
    tape.read_best(false);

    let mut phases = vec![begin, train, validate, judge, embed, embed_best];
    fold(&mut tape.buffers, &mut phases);
    for steps in &mut phases {
        fuse(&tape.buffers, steps);
    }
    forget(&mut tape.buffers, &phases);
    let recorded = Recorded { tape, phases };
    let (phases, memory) = recorded.compile();
    let tape = &recorded.tape;
    let constants = tape.buffers.iter().enumerate().filter_map(|(id, buffer)| {
        let values = buffer.init.clone()?;
        Some((slot_of(crate::BufferId(id as u32), &memory)?, values))
    });
    Plan {
        slots: memory.lengths.clone(),
        constants: constants.collect(),
        tables: training.tables(),
        phases,
        params: tape
            .params
            .iter()
            .map(|p| plan_param(p, tape.best_of(p.group), tape.grads_of(p.group), &memory))
            .collect(),
        state: place(&tape.view(tape.state()), &memory),
        ring: place(&tape.view(ring), &memory),
        validation_ring: place(&tape.view(validation_ring), &memory),
        terms,
        validation_batches: batches,
        outputs: outputs
            .iter()
            .map(|(name, var)| Named {
                name: name.clone(),
                place: place(&tape.view(*var), &memory),
            })
            .collect(),
        embed_rows: training.embed_rows,
    }
}

fn total(tape: &mut Tape, losses: &Losses) -> Var {
    let weighted: Vec<(Var, f64)> = losses.terms.iter().map(|t| (t.value, t.weight)).collect();
    tape.sum(&weighted)
}

fn named(tape: &mut Tape, name: &str, rows: u32, cols: u32) -> Var {
    let buffer = tape.persistent(name, rows * cols, None);
    tape.var_of(View { buffer, offset: 0, rows, cols, stride: cols }, false)
}

/// The total and the terms as operands of `watch` and `tally`.
fn term_args(tape: &Tape, losses: &Losses, total: Var) -> Vec<Arg> {
    assert!(losses.terms.len() < watch::MOST_TERMS, "at most seven loss terms");
    let mut args = vec![tape.arg(total)];
    args.extend(losses.terms.iter().map(|t| tape.arg(t.value)));
    args.resize(watch::MOST_TERMS, Arg::None);
    args
}

fn finish_step(
    tape: &mut Tape,
    training: &Training,
    losses: &Losses,
    total: Var,
    decays_scale: bool,
) -> Var {
    tape.backward(total);
    let trained: Vec<Group> = [Group::Matrix, Group::Vector, Group::Scale]
        .into_iter()
        .filter(|&g| !tape.group_rows(g)[0].is_empty())
        .collect();
    let mut norms = Vec::new();
    for &group in &trained {
        let grads = tape.group_rows(group)[1];
        let grads = tape.var_of(grads, false);
        let square = products::emit_dot(tape, grads, grads);
        norms.push(tape.arg(square));
    }
    norms.resize(3, Arg::None);
    let state = tape.state();
    let terms = losses.terms.len() as u32 + 1;
    let ring = named(tape, "ring", training.ring, terms + watch::EXTRAS);
    let clock = named(tape, "clock", 1, watch::CLOCK);
    let log_scale = losses.log_scale.map_or(Arg::None, |s| tape.arg(s));
    let ticked = vec![log_scale, tape.arg(state), tape.arg(clock)];
    tape.emit(&watch::TICK, "clock", ticked, vec![f32::NAN.to_bits()]);
    let mut args = term_args(tape, losses, total);
    args.extend(norms.iter().copied());
    let stop = tape.view(state).columns(state::STATUS as u32, 2);
    args.extend([tape.arg(clock), Arg::View(stop), tape.arg(ring)]);
    tape.emit(&watch::WATCH, "record", args, vec![terms, f32::NAN.to_bits()]);
    let mut checked = vec![tape.arg(clock), tape.arg(total)];
    checked.extend(norms);
    for group in trained {
        let decays = group == Group::Matrix || (group == Group::Scale && decays_scale);
        adam(tape, training.optimiser, group, decays, &checked);
    }
    ring
}

/// `checked` are the clock and what must be finite.
fn adam(tape: &mut Tape, optimiser: Optimiser, group: Group, decays: bool, checked: &[Arg]) {
    let Optimiser { rate, scale_factor, warmup, steps, cosine, decay } = optimiser;
    let rate = if group == Group::Scale { rate * scale_factor } else { rate };
    let decay = if decays { decay } else { 0.0 };
    let [weights, grads] = tape.group_rows(group);
    let len = weights.cols;
    let first = named(tape, &format!("first.{group:?}"), 1, len);
    let second = named(tape, &format!("second.{group:?}"), 1, len);
    let mut args = checked.to_vec();
    args.extend([Arg::View(grads), Arg::View(weights), tape.arg(first), tape.arg(second)]);
    let attrs = vec![word(rate), warmup, steps, u32::from(cosine), word(decay)];
    tape.emit(&adamw::ADAMW, &format!("{group:?}"), args, attrs);
}

fn tally(tape: &mut Tape, losses: &Losses) -> Var {
    let total = total(tape, losses);
    let terms = losses.terms.len() as u32 + 1;
    let tally = named(tape, "tally", 1, terms);
    let mut args = term_args(tape, losses, total);
    let state = tape.state();
    args.extend([state, tally].map(|v| tape.arg(v)));
    tape.emit(&judge::TALLY, "tally", args, vec![terms]);
    tally
}

fn finish_validation(tape: &mut Tape, training: &Training, tally: Var) -> Var {
    let ring = named(tape, "validation_ring", training.ring, tape.cols(tally));
    let state = tape.state();
    let args = [state, tally, ring].map(|v| tape.arg(v)).to_vec();
    let attrs = vec![training.validation_batches(), training.patience, f32::NAN.to_bits()];
    tape.emit(&judge::JUDGE, "judge", args, attrs);
    for group in Group::ALL {
        let weights = tape.group_rows(group)[0];
        if !weights.is_empty() {
            let best = View { buffer: tape.best_of(group), ..weights };
            let args = vec![tape.arg(state), Arg::View(weights), Arg::View(best)];
            tape.emit(&adamw::KEEP_BEST, &format!("{group:?}"), args, Vec::new());
        }
    }
    ring
}

fn outputs(tape: &mut Tape, made: &[(String, Var)]) -> Vec<(String, Var)> {
    made.iter()
        .map(|(name, var)| {
            let out = named(tape, &format!("out.{name}"), tape.rows(*var), tape.cols(*var));
            (name.clone(), out)
        })
        .collect()
}

fn finish_embed(
    tape: &mut Tape,
    training: &Training,
    made: &[(String, Var)],
    outputs: &[(String, Var)],
) {
    for ((_, from), (_, to)) in made.iter().zip(outputs) {
        tape.emit_sum(&[*from], *to);
    }
    let state = tape.state();
    let args = vec![tape.arg(state)];
    tape.emit(&watch::ADVANCE, "advance", args, vec![training.embed_rows]);
}

/// The statistics that a replica's status stands for.
pub fn stopped(status: f32) -> Option<Stopped> {
    if status == state::PATIENCE {
        Some(Stopped::Patience)
    } else if status == state::DIVERGED {
        Some(Stopped::Diverged)
    } else {
        None
    }
}

/// Why a replica stopped by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Validation had not improved for the set patience.
    Patience,
    /// A loss or a gradient was not finite.
    Diverged,
}
