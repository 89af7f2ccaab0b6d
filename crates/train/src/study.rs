//! From an objective's outputs to what the yardstick measures.

use crate::Loaded;
use ndarray::{Array2, Axis, concatenate};
use trefoil_insight::retrieval::{Scores, Task};
use trefoil_insight::{Block, Part, Replica};
use trefoil_objectives::{Objective, Outputs};

/// The replica that the yardstick measures.
pub(crate) fn replica(
    objective: &dyn Objective,
    outputs: &Outputs,
    present: &[Vec<bool>],
) -> Replica {
    let readout = objective.readout(outputs, present);
    let rows = present[0].len();
    let block = |(block, values): (trefoil_objectives::Block, Array2<f32>)| {
        let any = |i: usize| block.subset.iter().any(|&m| present[m][i]);
        let part = Part { values, present: (0..rows).map(any).collect() };
        Block { name: block.name, subset: block.subset, part }
    };
    let mut blocks: Vec<Block> =
        objective.blocks().into_iter().zip(readout.blocks).map(block).collect();
    let all = if blocks.is_empty() {
        let parts = readout.modalities.iter().zip(present);
        parts.map(|(v, p)| Part { values: v.clone(), present: p.clone() }).collect()
    } else {
        blocks.iter().map(|b| b.part.clone()).collect()
    };
    blocks.extend(readout.alone.into_iter().map(block));
    Replica { modality: readout.modalities, all, blocks }
}

/// Everything that a replica makes of a row, side by side; 0 where a part is absent.
pub(crate) fn joint(replica: &Replica) -> Array2<f32> {
    let parts: Vec<Array2<f32>> = replica
        .all
        .iter()
        .map(|part| {
            let mut values = part.values.clone();
            for (mut row, _) in
                values.rows_mut().into_iter().zip(&part.present).filter(|(_, here)| !**here)
            {
                row.fill(0.0);
            }
            values
        })
        .collect();
    let views: Vec<_> = parts.iter().map(|p| p.view()).collect();
    concatenate(Axis(1), &views).unwrap_or_else(|_| unreachable!("as many rows"))
}

/// An objective's answer to a retrieval task.
pub(crate) fn scores(objective: &dyn Objective, outputs: &Outputs, task: &Task) -> Scores {
    let score = objective.score(outputs, task.target, &task.given);
    Scores {
        queries: score.queries.select(Axis(0), &task.queries),
        candidates: score.candidates.select(Axis(0), &task.candidates),
        filled: score.filled,
    }
}

/// Rows of a split as positions.
pub(crate) fn positions(rows: &[u32]) -> Vec<usize> {
    rows.iter().map(|&r| r as usize).collect()
}

/// Train, validation and test rows.
pub(crate) fn splits(loaded: &Loaded) -> [Vec<usize>; 3] {
    let splits = loaded.dataset.splits();
    [splits.train(), splits.validation(), splits.test()].map(positions)
}
