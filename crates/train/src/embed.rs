//! Embeddings of every kept row, read back batch by batch.

use crate::SessionError;
use crate::host::Host;
use ndarray::Array2;
use trefoil_objectives::Outputs;
use trefoil_plan::{Executor, Phase, Place, Plan, Work, state};

/// Which weights embed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weights {
    /// Those of the last step.
    Current,
    /// Those that validated best.
    Best,
}

/// The outputs of every replica, `rows` rows each (or one, for what does not depend on the row).
pub(crate) async fn embed<E: Executor, H: Host>(
    executor: &E,
    host: &H,
    plan: &Plan,
    run: &E::Run,
    replicas: usize,
    rows: usize,
    weights: Weights,
) -> Result<Vec<Outputs>, SessionError> {
    let phase = if weights == Weights::Best { Phase::EmbedBest } else { Phase::Embed };
    let cursor = Place { offset: plan.state.offset + state::CURSOR as u32, cols: 1, ..plan.state };
    executor.write(run, cursor, &[0.0])?;
    let places: Vec<Place> = plan.outputs.iter().map(|o| o.place).collect();
    let mut made: Vec<Vec<Array2<f32>>> = (0..replicas)
        .map(|_| {
            let rows_of = |p: &Place| if p.rows == 1 { 1 } else { rows };
            places.iter().map(|p| Array2::zeros((rows_of(p), p.cols as usize))).collect()
        })
        .collect();
    let batch = plan.embed_rows as usize;
    for first in (0..rows).step_by(batch) {
        executor.submit(&[Work { run, phases: &[phase] }])?;
        let values = executor.read(run, &places).await?;
        for ((o, place), values) in places.iter().enumerate().zip(&values) {
            let (count, cols) = (place.rows as usize, place.cols as usize);
            for (replica, values) in values.chunks(count * cols).enumerate() {
                let target = &mut made[replica][o];
                // The last batch repeats the last row to its end.
                let first = if count == 1 { 0 } else { first };
                for (i, row) in values.chunks(cols).enumerate().take(target.nrows() - first) {
                    for (to, &from) in target.row_mut(first + i).iter_mut().zip(row) {
                        *to = from;
                    }
                }
            }
        }
        host.breathe().await;
    }
    let named = |matrices: Vec<Array2<f32>>| {
        plan.outputs.iter().map(|o| o.name.clone()).zip(matrices).collect()
    };
    Ok(made.into_iter().map(named).collect())
}
