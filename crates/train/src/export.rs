//! Files made of a run: losses and embeddings as CSV.

use crate::embed::{Weights, embed};
use crate::host::Host;
use crate::run::Run;
use crate::study::{joint, replica};
use crate::trained::Trained;
use crate::{Loaded, SessionError};
use trefoil_data::Dataset;
use trefoil_insight::Replica;
use trefoil_objectives::{Objective, Outputs};
use trefoil_plan::Executor;
use trefoil_protocol::{ObjectiveStart, Split, StepRecord};

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

/// One seed of one objective: name and content of its file, with the weights that validated best.
pub(crate) async fn embeddings<E: Executor, H: Host>(
    executor: &E,
    host: &H,
    run: &Run<E>,
    loaded: &Loaded,
    objective: u32,
    seed: u32,
) -> Result<(String, String), SessionError> {
    let trained = run.objectives.get(objective as usize).ok_or(SessionError::NoData)?;
    let (plan, rows) = (&trained.plan, loaded.dataset.rows());
    let count = run.seeds.len();
    let made = embed(executor, host, plan, &trained.run, count, rows, Weights::Best).await?;
    let outputs = made.get(seed as usize).ok_or(SessionError::NoData)?;
    let replica = replica(trained.objective.as_ref(), outputs, &loaded.present());
    let text = embeddings_csv(&loaded.dataset, trained.objective.as_ref(), outputs, &replica);
    let name = format!("embeddings/{}/{}.csv", trained.folder, run.seeds[seed as usize]);
    Ok((name, text))
}

/// `embeddings/<objective>/<seed>.csv`: id, split, modality (or `joint`), block, then the
/// dimensions; every row that has what is written.
fn embeddings_csv(
    dataset: &Dataset,
    objective: &dyn Objective,
    outputs: &Outputs,
    replica: &Replica,
) -> String {
    let mut parts = objective.exports(outputs);
    // Behind these are blocks as one modality writes them, which the exports have.
    for block in replica.blocks.iter().take(objective.blocks().len()) {
        parts.push(("joint".to_owned(), block.name.clone(), block.part.values.clone()));
    }
    parts.push(("joint".to_owned(), "all".to_owned(), joint(replica)));
    let widest = parts.iter().map(|p| p.2.ncols()).max().unwrap_or(0);
    let mut header = ["id", "split", "modality", "block"].map(str::to_owned).to_vec();
    header.extend((0..widest).map(|d| format!("d{d}")));
    let present = |modality: &str, row: usize| {
        let known = dataset.modalities().iter().find(|m| m.name() == modality);
        known.is_none_or(|m| m.present()[row])
    };
    let mut split = vec![Split::Train; dataset.rows()];
    for which in [Split::Validation, Split::Test] {
        for &row in dataset.splits().rows(which) {
            split[row as usize] = which;
        }
    }
    let lines = parts.iter().flat_map(|(modality, block, values)| {
        let rows = values.rows().into_iter().enumerate();
        let split = &split;
        // What does not depend on the row has one line and no id.
        let one = values.nrows() == 1;
        rows.filter(move |(row, _)| one || present(modality, *row)).map(move |(row, values)| {
            let (id, split) =
                if one { ("", "") } else { (dataset.ids()[row].as_str(), split[row].key()) };
            let mut line = vec![id.to_owned(), split.to_owned(), modality.clone(), block.clone()];
            line.extend(values.iter().map(f32::to_string));
            line.resize(4 + widest, String::new());
            line
        })
    });
    written(std::iter::once(header).chain(lines))
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
