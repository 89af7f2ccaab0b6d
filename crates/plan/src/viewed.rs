//! Two views of the rows of a batch, for objectives that compare views.

use crate::TableId;
use crate::ops::views::Distortion;
use crate::tape::{Tape, Var};
use crate::training::Batch;

/// The rows that two views of a batch are made of: the same ones twice, or where rows are views of
/// things, each row and another of the same thing.
pub struct Viewed {
    /// `(rows,1)` for both views, or `(2·rows,1)`.
    index: Var,
    /// Which modalities each view has: `(2·rows, modalities)`. None where every row has all.
    pub presence: Option<Var>,
    /// Which modalities both views of a row have: `(2·rows, modalities)`.
    pub both: Option<Var>,
}

/// One matrix below another of the same shape; neither needs a gradient.
fn stacked(tape: &mut Tape, above: Var, below: Var) -> Var {
    let (rows, cols) = (tape.rows(above), tape.cols(above));
    let [above, below] = [above, below].map(|x| tape.reshape(x, 1, rows * cols));
    let both = tape.concat(&[above, below]);
    tape.reshape(both, 2 * rows, cols)
}

impl Batch<'_> {
    /// What two views of each row are made of.
    pub fn viewed(&self, tape: &mut Tape) -> Viewed {
        let t = self.training;
        let first = self.presence(tape);
        let Some(members) = t.views else {
            let presence = first.map(|p| stacked(tape, p, p));
            return Viewed { index: self.index, presence, both: presence };
        };
        let (places, members) = ((t.view_places(), t.rows), (t.view_members(), members));
        let partner = tape.partner(places, members, self.index, self.clock());
        let second = self.presence_of(tape, partner);
        let halves = first.zip(second);
        let both = halves.map(|(first, second)| {
            let both = tape.hadamard(None, &[(first, None), (second, None)]);
            stacked(tape, both, both)
        });
        Viewed {
            index: stacked(tape, self.index, partner),
            presence: halves.map(|(first, second)| stacked(tape, first, second)),
            both,
        }
    }

    /// Two random views of a modality, one below the other: `(2·rows, d_m)`.
    pub fn views(
        &self,
        tape: &mut Tape,
        modality: u32,
        viewed: &Viewed,
        distortion: Distortion,
    ) -> Var {
        let t = self.training;
        let source = (TableId(modality), t.rows, t.inputs[modality as usize]);
        let pool = (t.train_list(), t.train_rows);
        tape.views(source, pool, (viewed.index, 2 * self.rows), distortion, self.clock())
    }
}
