//! Probes: how well a small model reads a label from an embedding.
//!
//! [`probes`] lists what is probed; a [`ProbeJob`] fits one (label, origin, kind) of one replica,
//! or the same on the raw features as the baseline; [`over_seeds`] makes the lines of the report.

mod design;
mod information;
mod linear;
mod mlp;
mod several;

use crate::metrics::{auroc, balanced_accuracy, r2};
use crate::origin::{Origin, origins};
use crate::stats::cell;
use crate::{Data, Depth, Label, LabelValues, Look, Replica};
use design::{Design, RowTarget, Rows};
use linear::LinearJob;
use mlp::MlpJob;
use ndarray::Array2;
use trefoil_protocol::{Metric, ProbeKind, ProbeResult};

pub use design::LEAST_ROWS;
pub(crate) use design::{Source, predictors};
pub(crate) use several::needs_several;

/// One probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Probe {
    /// Position of the label.
    pub label: usize,
    /// What it reads from.
    pub origin: Origin,
    /// Linear or MLP.
    pub kind: ProbeKind,
}

/// What is probed of a replica with these blocks: at the end each label from everything, in both
/// ways; while training only linearly and from the whole embedding.
pub fn probes(data: &Data, look: &Look, blocks: usize) -> Vec<Probe> {
    let live = look.depth == Depth::Live;
    let origins = if live { vec![Origin::All] } else { origins(data, blocks) };
    let kinds = if live { &[ProbeKind::Linear][..] } else { &[ProbeKind::Linear, ProbeKind::Mlp] };
    let labels = 0..data.labels.len();
    labels
        .flat_map(|label| {
            origins.iter().flat_map(move |origin| {
                kinds.iter().map(move |kind| Probe { label, origin: *origin, kind: *kind })
            })
        })
        .collect()
}

/// What a probe found, on held-out rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Rows that the model was fitted on.
    pub fit_rows: usize,
    /// Classes that were told apart; 0 for a number.
    pub classes: usize,
    /// Balanced accuracy of a class.
    pub accuracy: Option<f64>,
    /// Area under the ROC curve, where there are two classes.
    pub auroc: Option<f64>,
    /// R² of a number.
    pub r2: Option<f64>,
    /// Bits that the probe tells of a class beyond the training shares: cross-entropy of the shares
    /// minus that of the probe, its class weights undone. Below zero where it is worse than they.
    pub information: Option<f64>,
    /// The same on the rows that choose the strength: what may be compared without a look at the
    /// held-out rows.
    pub tuned: Option<f64>,
}

impl Outcome {
    fn get(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Accuracy => self.accuracy,
            Metric::Auroc => self.auroc,
            Metric::R2 => self.r2,
        }
    }
}

enum Model {
    Linear(LinearJob),
    Mlp(Box<MlpJob>),
}

/// Fits one probe; call [`ProbeJob::step`] until it says that it is done.
pub struct ProbeJob {
    design: Design,
    model: Model,
}

impl ProbeJob {
    /// A probe of a replica; none where there is nothing to probe (see [`LEAST_ROWS`]).
    pub fn new(data: &Data, look: &Look, replica: &Replica, probe: Probe) -> Option<Self> {
        let rows = probe.origin.rows(data, replica);
        let parts = probe.origin.parts(data, replica);
        Self::of(&Source { parts, rows: &rows }, &data.labels[probe.label], look, probe.kind)
    }

    /// The same probe of the raw features (imputed, with indicators) of `modalities`, on `rows`.
    pub fn baseline(
        data: &Data,
        look: &Look,
        modalities: &[usize],
        rows: &[bool],
        label: usize,
        kind: ProbeKind,
    ) -> Option<Self> {
        let part = |m: &usize| (&data.modalities[*m].raw, data.modalities[*m].present.as_slice());
        let parts = modalities.iter().map(part).collect();
        Self::of(&Source { parts, rows }, &data.labels[label], look, kind)
    }

    fn of(source: &Source, label: &Label, look: &Look, kind: ProbeKind) -> Option<Self> {
        let design = Design::new(source, label, look)?;
        let model = match kind {
            ProbeKind::Linear => Model::Linear(LinearJob::new(&design)),
            ProbeKind::Mlp => Model::Mlp(Box::new(MlpJob::new(&design))),
        };
        Some(Self { design, model })
    }

    /// A little of the work; true once all is done.
    pub fn step(&mut self) -> bool {
        match &mut self.model {
            Model::Linear(job) => job.step(&self.design),
            Model::Mlp(job) => job.step(&self.design),
        }
    }

    /// What it found; call it once [`ProbeJob::step`] has said that it is done.
    pub fn finish(self) -> Outcome {
        let predict = |rows: Rows| match &self.model {
            Model::Linear(job) => job.predict(&self.design, rows),
            Model::Mlp(job) => job.predict(rows),
        };
        let fitted = match &self.model {
            Model::Linear(_) => self.design.last().unwrap_or_else(|| self.design.trial()),
            Model::Mlp(_) => self.design.trial(),
        };
        let bits = |rows: Rows, outputs: &Array2<f32>| match rows.target {
            RowTarget::Class(truth, _) => {
                information::bits(outputs, truth, fitted, self.design.shares())
            }
            RowTarget::Number(_) => None,
        };
        let (held_out, tune) = (self.design.held_out(), self.design.tune());
        let outputs = predict(held_out);
        let found = match held_out.target {
            RowTarget::Class(truth, weights) => Outcome {
                information: bits(held_out, &outputs),
                tuned: bits(tune, &predict(tune)),
                ..outcome_of_classes(&outputs, truth, weights.len())
            },
            RowTarget::Number(truth) => {
                let predicted: Vec<f64> = outputs.iter().map(|v| f64::from(*v)).collect();
                Outcome { r2: r2(truth, &predicted), ..Outcome::default() }
            }
        };
        Outcome { fit_rows: fitted.len(), ..found }
    }
}

fn outcome_of_classes(outputs: &Array2<f32>, truth: &[usize], classes: usize) -> Outcome {
    let best = |row: ndarray::ArrayView1<f32>| {
        let pick = |best: usize, (i, v): (usize, &f32)| if *v > row[best] { i } else { best };
        row.iter().enumerate().fold(0, pick)
    };
    let predicted: Vec<usize> = outputs.rows().into_iter().map(best).collect();
    let second = |row: ndarray::ArrayView1<f32>| f64::from(row[1]) - f64::from(row[0]);
    let positive: Vec<bool> = truth.iter().map(|t| *t == 1).collect();
    let scores: Vec<f64> =
        if classes == 2 { outputs.rows().into_iter().map(second).collect() } else { Vec::new() };
    Outcome {
        classes,
        accuracy: balanced_accuracy(truth, &predicted, classes),
        auroc: if classes == 2 { auroc(&scores, &positive) } else { None },
        ..Outcome::default()
    }
}

/// The lines of the report for one probe: balanced accuracy and, for two classes, AUROC; or R².
/// Both lines of a class carry the same information. `per_seed` is in seed order, `None` for a seed that failed; no lines where no seed has a value.
pub fn over_seeds(
    data: &Data,
    blocks: &[String],
    probe: Probe,
    per_seed: &[Option<Outcome>],
    baseline: Option<Outcome>,
) -> Vec<ProbeResult> {
    let Some(any) = per_seed.iter().flatten().next() else {
        return Vec::new();
    };
    let label = &data.labels[probe.label];
    let metrics: &[Metric] = match (&label.values, any.classes) {
        (LabelValues::Number(_), _) => &[Metric::R2],
        (LabelValues::Class(_), 2) => &[Metric::Accuracy, Metric::Auroc],
        (LabelValues::Class(_), _) => &[Metric::Accuracy],
    };
    let block = probe.origin.name(data, blocks);
    let over = |of: &dyn Fn(&Outcome) -> Option<f64>| {
        cell(&per_seed.iter().map(|o| o.as_ref().and_then(of)).collect::<Vec<_>>())
    };
    let line = |metric: &Metric| ProbeResult {
        target: label.name.clone(),
        block: block.clone(),
        probe: probe.kind,
        metric: *metric,
        fit_rows: any.fit_rows as u32,
        chance: match metric {
            Metric::Accuracy => 1.0 / any.classes.max(1) as f64,
            Metric::Auroc => 0.5,
            Metric::R2 => 0.0,
        },
        baseline: baseline.and_then(|b| b.get(*metric)),
        value: over(&|o| o.get(*metric)),
        information: over(&|o| o.information),
    };
    metrics.iter().map(line).collect()
}
