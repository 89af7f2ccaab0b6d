//! The blocks of HCL: which sets of modalities have one, of which size, and where its columns lie.
//! What all forms of HCL have in common.

use crate::BuildError;
use crate::readout::{Block, Objective, Outputs, Readout, Score, beside, output};
use crate::shape::Shape;
use crate::subsets;
use ndarray::Array2;
use std::collections::BTreeMap;
use std::ops::Range;
use trefoil_plan::{Model, Tape, Var};
use trefoil_protocol::{BlockRanks, HclForm, HclStructure, Settings};

/// The blocks of HCL on some modalities, and how the columns of all encoders lie side by side:
/// modality after modality, in each one its blocks.
#[derive(Clone, Debug)]
pub(crate) struct Blocks {
    pub(crate) shape: Shape,
    pub(crate) subsets: Vec<Vec<usize>>,
    /// `r_S`, one a block.
    pub(crate) ranks: Vec<u32>,
    /// All columns, run after run.
    pub(crate) runs: Vec<Run>,
}

/// The columns that one modality writes into one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) modality: usize,
    pub(crate) block: usize,
    /// `r_S` columns.
    pub(crate) rank: u32,
    /// Its first one among those of all modalities.
    start: u32,
    /// And among those of its own.
    inside: u32,
}

impl Run {
    pub(crate) fn columns(&self) -> Range<u32> {
        self.start..self.start + self.rank
    }
}

/// Columns of all encoders together: a few square constants of as many rows and columns are held
/// for every replica, which is what limits many modalities.
const WIDEST: u32 = 2048;

impl Blocks {
    /// Blocks of the sizes that are given; else every set of the structure with `rank` columns, or
    /// with as many as fit below [`WIDEST`]: eight modalities have 1024 runs of columns, so that
    /// two is most.
    ///
    /// # Errors
    /// Given sizes that name no set of modalities, leave a modality without a block, or are too
    /// wide together.
    pub(crate) fn new(shape: &Shape, settings: &Settings) -> Result<Self, BuildError> {
        let count = shape.modalities.len();
        let sized = match &settings.ranks {
            BlockRanks::Given(sizes) => given(shape, sizes, settings.structure)?,
            BlockRanks::Equal | BlockRanks::Found => {
                // Every modality writes into half of all sets.
                let most = WIDEST / ((count as u32) << (count - 1));
                let rank = settings.rank.min(most).max(1);
                let every =
                    if settings.form == HclForm::Linear { subsets::LINEAR } else { subsets::DEEP };
                let sets = subsets::blocks(count, settings.structure, every).into_iter();
                sets.map(|subset| (subset, rank)).collect()
            }
        };
        let (subsets, ranks): (Vec<Vec<usize>>, Vec<u32>) = sized.into_iter().unzip();
        let mut runs = Vec::new();
        let mut start = 0;
        for modality in 0..count {
            let mut inside = 0;
            for (block, &rank) in ranks.iter().enumerate() {
                if subsets[block].contains(&modality) {
                    runs.push(Run { modality, block, rank, start, inside });
                    (start, inside) = (start + rank, inside + rank);
                }
            }
        }
        if start > WIDEST {
            return Err(BuildError::BlocksTooWide { columns: start, most: WIDEST });
        }
        Ok(Self { shape: shape.clone(), subsets, ranks, runs })
    }

    /// Columns of all modalities together.
    pub(crate) fn width(&self) -> u32 {
        self.runs.iter().map(|run| run.rank).sum()
    }

    /// What a modality writes.
    pub(crate) fn of(&self, modality: usize) -> impl Iterator<Item = &Run> + '_ {
        self.runs.iter().filter(move |run| run.modality == modality)
    }

    /// Where each block begins if blocks lie side by side, once each.
    pub(crate) fn starts(&self) -> Vec<u32> {
        let mut next = 0;
        let start = |rank: &u32| {
            next += rank;
            next - rank
        };
        self.ranks.iter().map(start).collect()
    }

    /// Name and values of each block in `part`, which has those of one modality side by side.
    pub(crate) fn parts(&self, tape: &mut Tape, modality: usize, part: Var) -> Vec<(String, Var)> {
        self.of(modality)
            .map(|run| (self.output_name(run), tape.read_columns(part, run.inside, run.rank)))
            .collect()
    }

    /// `a+b`
    pub(crate) fn name(&self, block: usize) -> String {
        let names: Vec<&str> = self.subsets[block].iter().map(|&m| self.shape.name(m)).collect();
        names.join("+")
    }

    /// A square constant over all columns, from the runs of both columns and whether they have the
    /// same position inside them.
    pub(crate) fn square(
        &self,
        tape: &mut Tape,
        name: &str,
        value: impl Fn(&Run, &Run, bool) -> f64,
    ) -> Var {
        let width = self.width();
        let at = |run: &Run, column: u32| column - run.start;
        let mut values = Vec::with_capacity(width as usize * width as usize);
        for left in &self.runs {
            for i in left.columns() {
                for right in &self.runs {
                    for j in right.columns() {
                        values.push(value(left, right, at(left, i) == at(right, j)));
                    }
                }
            }
        }
        tape.constant(name, width, width, values)
    }

    /// Output name of modality m's part of block S.
    pub(crate) fn output_name(&self, run: &Run) -> String {
        self.part_name(run.modality, run.block)
    }

    fn part_name(&self, modality: usize, block: usize) -> String {
        format!("{} in {}", self.shape.name(modality), self.name(block))
    }

    pub(crate) fn list(&self) -> Vec<Block> {
        let one = |(s, subset): (usize, &Vec<usize>)| Block {
            name: self.name(s),
            subset: subset.clone(),
            rank: self.ranks[s],
        };
        self.subsets.iter().enumerate().map(one).collect()
    }

    /// All blocks of each modality side by side; each block as the mean over the modalities that a
    /// row has (the official code's fusion).
    pub(crate) fn readout(&self, outputs: &Outputs, present: &[Vec<bool>]) -> Readout {
        let of = |m: usize, s: usize| output(outputs, &self.part_name(m, s));
        let modalities = (0..present.len())
            .map(|m| beside(&self.of(m).map(|run| of(m, run.block)).collect::<Vec<_>>()))
            .collect();
        let blocks = self.subsets.iter().enumerate().map(|(s, subset)| {
            let mut sum: Array2<f32> = Array2::zeros(of(subset[0], s).dim());
            for (i, mut row) in sum.rows_mut().into_iter().enumerate() {
                let here: Vec<usize> = subset.iter().copied().filter(|&m| present[m][i]).collect();
                for &m in &here {
                    row.scaled_add(1.0 / here.len() as f32, &of(m, s).row(i));
                }
            }
            sum
        });
        Readout { modalities, blocks: blocks.collect(), alone: Vec::new() }
    }

    pub(crate) fn exports(&self, outputs: &Outputs) -> Vec<(String, String, Array2<f32>)> {
        self.runs
            .iter()
            .map(|run| {
                let values = output(outputs, &self.output_name(run)).clone();
                (self.shape.name(run.modality).to_owned(), self.name(run.block), values)
            })
            .collect()
    }

    /// `Σ` over the target's blocks of the inner products with those given that share the block.
    pub(crate) fn score(&self, outputs: &Outputs, target: usize, given: &[usize]) -> Score {
        let of = |m: usize, s: usize| output(outputs, &self.part_name(m, s));
        let shared: Vec<usize> = self.of(target).map(|run| run.block).collect();
        let candidates = beside(&shared.iter().map(|&s| of(target, s)).collect::<Vec<_>>());
        let queries: Vec<Array2<f32>> = shared
            .iter()
            .map(|&s| {
                let mut sum = Array2::zeros(of(target, s).dim());
                for &m in given.iter().filter(|m| self.subsets[s].contains(m)) {
                    sum += of(m, s);
                }
                sum
            })
            .collect();
        let queries = beside(&queries.iter().collect::<Vec<_>>());
        Score { queries, candidates, filled: false }
    }
}

/// The blocks of given sizes that the structure has, in the order in which all are shown.
fn given(
    shape: &Shape,
    sizes: &BTreeMap<String, u32>,
    structure: HclStructure,
) -> Result<Vec<(Vec<usize>, u32)>, BuildError> {
    let count = shape.modalities.len();
    let mut left = sizes.clone();
    let mut found = Vec::new();
    for subset in subsets::every(count) {
        let names: Vec<&str> = subset.iter().map(|&m| shape.name(m)).collect();
        let rank = left.remove(&names.join("+")).unwrap_or(0);
        if rank > 0 && subsets::has(structure, subset.len(), count) {
            found.push((subset, rank));
        }
    }
    if let Some(name) = left.into_keys().next() {
        let modalities = (0..count).map(|m| shape.name(m).to_owned()).collect();
        return Err(BuildError::UnknownBlock { name, modalities });
    }
    let bare = |m: &usize| found.iter().all(|(subset, _)| !subset.contains(m));
    if let Some(m) = (0..count).find(bare) {
        return Err(BuildError::NoBlock { modality: shape.name(m).to_owned() });
    }
    Ok(found)
}

/// An objective whose read-out is that of its blocks.
pub(crate) trait Blocked: Model {
    fn blocks(&self) -> &Blocks;
}

impl<T: Blocked> Objective for T {
    fn blocks(&self) -> Vec<Block> {
        Blocked::blocks(self).list()
    }

    fn readout(&self, outputs: &Outputs, present: &[Vec<bool>]) -> Readout {
        Blocked::blocks(self).readout(outputs, present)
    }

    fn score(&self, outputs: &Outputs, target: usize, given: &[usize]) -> Score {
        Blocked::blocks(self).score(outputs, target, given)
    }

    fn exports(&self, outputs: &Outputs) -> Vec<(String, String, Array2<f32>)> {
        Blocked::blocks(self).exports(outputs)
    }

    fn chance(&self, _batch: u32) -> Option<f64> {
        None
    }
}
