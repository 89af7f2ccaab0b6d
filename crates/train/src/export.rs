//! Files made of a run: losses and embeddings as CSV.

use crate::embed::{Weights, embed};
use crate::host::Host;
use crate::run::Run;
use crate::study::{joint, replica};
use crate::trained::Trained;
use crate::{Loaded, SessionError};
use trefoil_data::Dataset;
use trefoil_objectives::{Objective, Outputs};
use trefoil_plan::Executor;
use trefoil_protocol::{ObjectiveStart, Split, StepRecord, StopReason};

/// `losses.csv`: objective, seed, step, split, term, value.
pub(crate) fn losses<E: Executor>(run: &Run<E>) -> String {
    let header = ["objective", "seed", "step", "split", "term", "value"].map(str::to_owned);
    let starts: Vec<ObjectiveStart> = run.objectives.iter().map(Trained::start).collect();
    let mut records: Vec<&StepRecord> = run.records.iter().collect();
    // Deliveries come when there is time; files do not depend on it.
    records.sort_by_key(|r| (r.objective, r.step, r.split));
    let lines = records.into_iter().flat_map(|record| {
        let start = &starts[record.objective as usize];
        let values = start.terms.iter().zip(record.values.chunks(run.seeds.len()));
        values.flat_map(move |(term, values)| {
            let seeds = run.seeds.iter().zip(values).filter(|(_, v)| !v.is_nan());
            seeds.map(move |(seed, value)| {
                [
                    start.name.clone(),
                    seed.to_string(),
                    record.step.to_string(),
                    record.split.key().to_owned(),
                    term.clone(),
                    value.to_string(),
                ]
            })
        })
    });
    written(std::iter::once(header).chain(lines))
}

/// The embeddings of an objective, to be written seed by seed.
pub(crate) struct Embeddings<'a> {
    dataset: &'a Dataset,
    objective: &'a dyn Objective,
    folder: &'a str,
    seeds: &'a [u64],
    diverged: Vec<bool>,
    present: Vec<Vec<bool>>,
    outputs: Vec<Outputs>,
    rows: Option<Split>,
}

impl<'a> Embeddings<'a> {
    /// By the weights that validated best.
    pub(crate) async fn make<E: Executor, H: Host>(
        executor: &E,
        host: &H,
        run: &'a Run<E>,
        loaded: &'a Loaded,
        objective: u32,
        rows: Option<Split>,
    ) -> Result<Self, SessionError> {
        let trained = run.objectives.get(objective as usize).ok_or(SessionError::NoData)?;
        let (plan, count) = (&trained.plan, loaded.dataset.rows());
        let replicas = run.seeds.len();
        let outputs =
            embed(executor, host, plan, &trained.run, replicas, count, Weights::Best).await?;
        let diverged = |stopped: &Option<(StopReason, u32)>| {
            stopped.as_ref().is_some_and(|(reason, _)| *reason == StopReason::Diverged)
        };
        Ok(Self {
            dataset: &loaded.dataset,
            objective: trained.objective.as_ref(),
            folder: &trained.folder,
            seeds: &run.seeds,
            diverged: trained.stopped.iter().map(diverged).collect(),
            present: loaded.present(),
            outputs,
            rows,
        })
    }

    /// Name and content of the file of a seed, by its position; or of each that did not diverge.
    pub(crate) fn files(&self, seed: Option<u32>) -> impl Iterator<Item = (String, String)> {
        let wanted = move |at: usize| match seed {
            Some(seed) => at == seed as usize,
            None => !self.diverged[at],
        };
        let seeds = self.seeds.iter().zip(&self.outputs).enumerate();
        seeds.filter(move |(at, _)| wanted(*at)).map(|(_, (seed, outputs))| {
            (format!("embeddings/{}/{seed}.csv", self.folder), self.text(outputs))
        })
    }

    /// Id, split, modality (or `joint`), block, then the dimensions; every row that has what is
    /// written.
    fn text(&self, outputs: &Outputs) -> String {
        let replica = replica(self.objective, outputs, &self.present);
        let mut parts = self.objective.exports(outputs);
        // Behind these are blocks as one modality writes them, which the exports have.
        for block in replica.blocks.iter().take(self.objective.blocks().len()) {
            parts.push(("joint".to_owned(), block.name.clone(), block.part.values.clone()));
        }
        parts.push(("joint".to_owned(), "all".to_owned(), joint(&replica)));
        let widest = parts.iter().map(|p| p.2.ncols()).max().unwrap_or(0);
        let mut header = ["id", "split", "modality", "block"].map(str::to_owned).to_vec();
        header.extend((0..widest).map(|d| format!("d{d}")));
        let present = |modality: &str, row: usize| {
            let known = self.dataset.modalities().iter().find(|m| m.name() == modality);
            known.is_none_or(|m| m.present()[row])
        };
        let splits = self.dataset.splits();
        let mut split = vec![Split::Train; self.dataset.rows()];
        for which in [Split::Validation, Split::Test] {
            for &row in splits.rows(which) {
                split[row as usize] = which;
            }
        }
        let wanted = |row: usize| self.rows.is_none_or(|rows| rows == split[row]);
        let lines = parts.iter().flat_map(|(modality, block, values)| {
            let rows = values.rows().into_iter().enumerate();
            let split = &split;
            // What does not depend on the row has one line and no id.
            let one = values.nrows() == 1;
            let here = move |row: usize| one || (wanted(row) && present(modality, row));
            rows.filter(move |(row, _)| here(*row)).map(move |(row, values)| {
                let (id, split) = if one {
                    ("", "")
                } else {
                    (self.dataset.ids()[row].as_str(), split[row].key())
                };
                let mut line =
                    vec![id.to_owned(), split.to_owned(), modality.clone(), block.clone()];
                line.extend(values.iter().map(f32::to_string));
                line.resize(4 + widest, String::new());
                line
            })
        });
        written(std::iter::once(header).chain(lines))
    }
}

fn written<R: IntoIterator<Item = String>>(rows: impl Iterator<Item = R>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        let row: Vec<String> = row.into_iter().collect();
        // Writing to memory, rows of one length: neither can fail.
        let _written = writer.write_record(&row);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
