//! COrAL's asymmetric masking: one weight (0 or 1) a token, `(rows, 1 + Σ tokens)`. The
//! first column is the class token, always kept.
//!
//! Rows come in equal runs, one a view. In view 1 each token of modality a is hidden with
//! probability ρ, in view 2 each token of modality b, independently for each row and token. With
//! two modalities a and b are the first and the second (official code); with more, an ordered pair
//! is drawn anew each time (derived, ours). Tokens of absent modalities and of those not in `keep`
//! are hidden. Where the ratio rises (their first recipe), it has the shares
//! [`RISE`] of its value in the quarters of the run.

use crate::kernel::{Call, Task, grid, word};
use crate::random::{Clock, key_and_time, pcg4d, uniform};
use crate::step::Arg;
use crate::tape::{Tape, Var};
use crate::{Real, state};

kernel! {
    TOKEN_MASK = "token_mask",
    [read state, read presence, read owner, write mask],
    [stream, clock, modalities, views, keep, quarter, first, second, third, ratio],
    drawn, cost, reference
}

fn drawn(task: &Task) -> [u32; 2] {
    grid::threads(task.places[3].len())
}

fn cost(task: &Task) -> f64 {
    f64::from(task.places[3].len())
}

/// The modality that each view hides tokens of.
fn pair(key: u32, stream: u32, time: u32, modalities: u32) -> [u32; 2] {
    if modalities <= 2 {
        return [0, modalities - 1];
    }
    let r = pcg4d([key, stream + 1, time, 0]);
    let a = r[0] % modalities;
    [a, (a + 1 + r[1] % (modalities - 1)) % modalities]
}

fn reference<F: Real>(call: &mut Call<'_, F>) {
    let state: Vec<f64> = call.ins[0].row(0).iter().map(|x| x.wide()).collect();
    let presence = &call.ins[1];
    let (key, time) = key_and_time(&state, call.attrs[1]);
    let owner = &call.ins[2];
    let &[stream, _, modalities, views, keep, quarter, ..] = call.attrs else {
        unreachable!("attributes of token_mask")
    };
    let stage = (state[state::STEP] as u32).checked_div(quarter).map_or(3, |stage| stage.min(3));
    let ratio = f32::from_bits(call.attrs[6 + stage as usize]);
    let hidden = pair(key, stream, time, modalities);
    let mask = &mut call.outs[0];
    let (rows, cols) = mask.dim();
    let per_view = rows / views as usize;
    let known = presence.nrows().max(1);
    for ((i, j), mask) in mask.indexed_iter_mut() {
        if j == 0 {
            *mask = F::one();
            continue;
        }
        let modality = owner[[0, j]].wide() as u32;
        let there = presence.is_empty() || presence[[i % known, modality as usize]] > F::zero();
        let view = i / per_view % 2;
        let mut kept = there && keep >> modality & 1 == 1;
        if ratio > 0.0 && hidden[view] == modality {
            kept &= uniform(pcg4d([key, stream, time, (i * cols + j) as u32])[0]) >= ratio;
        }
        *mask = if kept { F::one() } else { F::zero() };
    }
}

/// Shares of the ratio in the quarters of a run: .05, .35, .55 and .75 of the published schedule.
const RISE: [f64; 4] = [0.05 / 0.75, 0.35 / 0.75, 0.55 / 0.75, 1.0];

/// How tokens are hidden.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenMask {
    /// Tokens of each modality; none of one that is left out.
    pub tokens: Vec<u32>,
    /// Views in the batch.
    pub views: u32,
    /// Probability ρ with which a token of the hidden modality is hidden.
    pub ratio: f64,
    /// One bit a modality: those whose tokens may be seen at all.
    pub keep: u32,
    /// Steps after which the ratio rises, in four stages; 0: it is the same all the time.
    pub quarter: u32,
}

impl Tape {
    /// Weights of the tokens of `rows` rows; `presence` `(rows, modalities)`, of as many
    /// rows or of those of one view, or none.
    pub fn token_mask(
        &mut self,
        rows: u32,
        presence: Option<Var>,
        how: TokenMask,
        clock: Clock,
    ) -> Var {
        let TokenMask { tokens, views, ratio, keep, quarter } = how;
        // The class token's is not looked at.
        let mut owner = vec![0.0];
        for (modality, &count) in tokens.iter().enumerate() {
            owner.extend(std::iter::repeat_n(modality as f64, count as usize));
        }
        let columns = owner.len() as u32;
        let owner = self.constant("token_owner", 1, columns, owner);
        let mask = self.fresh("token_mask", rows, columns, false);
        let state = self.state();
        let stream = self.stream();
        let presence = presence.map_or(Arg::None, |p| self.arg(p));
        let args = vec![self.arg(state), presence, self.arg(owner), self.arg(mask)];
        let mut attrs = vec![stream, clock as u32, tokens.len() as u32, views];
        attrs.extend([keep, quarter]);
        // Multiplied here, so that both executors have the same to the last bit.
        attrs.extend(RISE.map(|share| word(share * ratio)));
        self.emit(&TOKEN_MASK, "token_mask", args, attrs);
        mask
    }
}
