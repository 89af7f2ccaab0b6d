//! Partial information decomposition of two variables about a third.

use super::broja::{Bounds, Pairs, narrow};
use super::entropy::{dense, entropy};
use crate::InsightError;
use crate::random::{Purpose, generator, permutation};
use ndarray::{Array3, Axis};
use std::f64::consts::LN_2;

/// Cells of a table of columns at most. More can neither be estimated from the rows that a browser
/// holds, nor be decomposed a hundred times while somebody waits.
pub const MOST_CELLS: usize = 4096;

/// Bits between the bounds at which the search ends, and rounds after which it ends anyway.
const PRECISE: (f64, usize) = (1e-5, 4000);
/// The same for shuffled labels, whose spread is far wider.
const ROUGH: (f64, usize) = (1e-3, 500);

/// How the information of x1 and x2 about y is made up, in bits; see [`pid`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Atoms {
    /// What each of the two tells.
    pub redundant: f64,
    /// What only x1 tells.
    pub unique1: f64,
    /// What only x2 tells.
    pub unique2: f64,
    /// What only both together tell.
    pub synergy: f64,
}

impl Atoms {
    fn each(self) -> [f64; 4] {
        [self.redundant, self.unique1, self.unique2, self.synergy]
    }

    fn from(each: [f64; 4]) -> Self {
        let [redundant, unique1, unique2, synergy] = each;
        Self { redundant, unique1, unique2, synergy }
    }
}

/// A decomposition and how exactly it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pid {
    /// The four parts, in bits; their sum is `total`.
    pub atoms: Atoms,
    /// I(y; x1, x2) in bits.
    pub total: f64,
    /// Bits by which each part can be off, by a proven bound: unique parts are too high by at most
    /// this, the redundant and the synergistic part too low.
    pub gap: f64,
    /// Rounds of the alternating minimisation; 0 where the pair tables decide.
    pub iterations: usize,
}

/// What shuffled labels give: the plug-in bias of a table of this size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baseline {
    /// Shuffles.
    pub shuffles: usize,
    /// Mean over the shuffles, in bits; each is searched to 1e-3 bits.
    pub mean: Atoms,
    /// What a further shuffle exceeds with a probability of 5 % at most, in bits, part by part:
    /// the ⌈.95 (n + 1)⌉-th smallest of n, or the largest where there are fewer than 19.
    pub high: Atoms,
}

/// A decomposition estimated from rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PidEstimate {
    /// Plug-in: frequencies taken for probabilities. Too high; see `baseline`.
    pub pid: Pid,
    /// None where no shuffles were asked for.
    pub baseline: Option<Baseline>,
    /// Rows that were counted.
    pub rows: usize,
    /// Cells of the table that they were counted into.
    pub cells: usize,
}

/// Splits I(y; x1, x2) into four parts.
///
/// `table` is P(x1, x2, y), values of x1 × of x2 × of y: probabilities or counts, since it is
/// divided by its sum. The parts are those of Bertschinger, Rauh, Olbrich, Jost & Ay (2014): with
/// Q* the table of least I(y; x1, x2) among those with the pair tables P(x1, y) and P(x2, y),
///
/// * synergy = I(y; x1, x2) − I*(y; x1, x2),
/// * unique1 = I*(y; x1, x2) − I(y; x2), unique2 = I*(y; x1, x2) − I(y; x1),
/// * redundant = I(y; x1) + I(y; x2) − I*(y; x1, x2).
///
/// I* is searched until it is known to 1e-5 bits, or for 4000 rounds; [`Pid::gap`] says how far
/// that got. What is reported is its upper bound. From the start it lies between the larger of
/// I(y; x1) and I(y; x2) and the smaller of I(y; x1, x2) and I(y; x1) + I(y; x2), since no part is
/// negative (the same paper); so none is here, but for rounding.
///
/// # Errors
/// [`InsightError::NotATable`] where a cell is negative or not finite, or all are zero.
pub fn pid(table: &Array3<f64>) -> Result<Pid, InsightError> {
    let sum = table.sum();
    let sound = table.iter().all(|p| p.is_finite() && *p >= 0.0) && sum.is_finite() && sum > 0.0;
    if !sound {
        return Err(InsightError::NotATable { what: "a joint table".to_owned() });
    }
    Ok(decompose(&(table / sum), PRECISE))
}

/// Decomposes three discrete columns, row by row, and `shuffles` permutations of y.
///
/// Columns hold any codes; only which rows are equal counts. The baseline permutes y, which leaves
/// P(x1, x2) and P(y) and removes everything that is known of y: a part that does not exceed its
/// baseline is no finding. It does not show how biased a part is where the others are large.
/// The same `seed` gives the same shuffles.
///
/// # Errors
/// [`InsightError::Shape`] where lengths differ, [`InsightError::TooFewRows`] where there are none,
/// [`InsightError::TooManyCells`] above [`MOST_CELLS`].
pub fn of_columns(
    x1: &[u32],
    x2: &[u32],
    y: &[u32],
    shuffles: usize,
    seed: u64,
) -> Result<PidEstimate, InsightError> {
    let rows = y.len();
    for (what, column) in [("rows of x1", x1), ("rows of x2", x2)] {
        if column.len() != rows {
            let (what, found) = (what.to_owned(), column.len());
            return Err(InsightError::Shape { what, expected: rows, found });
        }
    }
    if rows == 0 {
        return Err(InsightError::TooFewRows { what: "none to decompose".to_owned() });
    }
    let (x1, n1) = dense(x1.iter().copied());
    let (x2, n2) = dense(x2.iter().copied());
    let (y, ny) = dense(y.iter().copied());
    let cells = n1.saturating_mul(n2).saturating_mul(ny);
    if cells > MOST_CELLS {
        let what = "a table of two variables and a label".to_owned();
        return Err(InsightError::TooManyCells { what, most: MOST_CELLS, found: cells });
    }
    let count = |order: &mut dyn Iterator<Item = usize>| {
        let mut table = Array3::zeros((n1, n2, ny));
        for ((a, b), i) in x1.iter().zip(&x2).zip(order) {
            table[[*a as usize, *b as usize, y[i] as usize]] += 1.0 / rows as f64;
        }
        table
    };
    let mut rng = generator(Purpose::Shuffle, seed);
    let draws: Vec<Atoms> = (0..shuffles)
        .map(|_| {
            let order = permutation(&mut rng, rows);
            decompose(&count(&mut order.into_iter()), ROUGH).atoms
        })
        .collect();
    let pid = decompose(&count(&mut (0..rows)), PRECISE);
    Ok(PidEstimate { pid, baseline: baseline(&draws), rows, cells })
}

fn baseline(draws: &[Atoms]) -> Option<Baseline> {
    let n = draws.len();
    let last = n.checked_sub(1)?;
    let rank = (0.95 * (n + 1) as f64).ceil() as usize;
    let (mut mean, mut high) = ([0.0; 4], [0.0; 4]);
    for (part, (mean, high)) in mean.iter_mut().zip(&mut high).enumerate() {
        let mut values: Vec<f64> = draws.iter().map(|d| d.each()[part]).collect();
        values.sort_by(f64::total_cmp);
        *mean = values.iter().sum::<f64>() / n as f64;
        *high = values[(rank - 1).min(last)];
    }
    Some(Baseline { shuffles: n, mean: Atoms::from(mean), high: Atoms::from(high) })
}

/// `table` sums to one. `until`: bits between the bounds, and rounds at most.
fn decompose(table: &Array3<f64>, until: (f64, usize)) -> Pid {
    let pairs = Pairs::new(table);
    let label = entropy(pairs.x1.sum_axis(Axis(1)));
    let both = table.sum_axis(Axis(2));
    // I(y; v) = H(y) + H(v) − H(y, v), in nats.
    let about = |own: f64, with: f64| (label + own - with).max(0.0);
    let one =
        |p: &ndarray::Array2<f64>| about(entropy(p.sum_axis(Axis(0))), entropy(p.iter().copied()));
    let (i1, i2) = (one(&pairs.x1), one(&pairs.x2));
    let total = about(entropy(both), entropy(table.iter().copied()));
    let known = Bounds { low: i1.max(i2) - label, high: total.min(i1 + i2) - label, rounds: 0 };
    let (gap, limit) = until;
    let bounds = narrow(&pairs, known, gap * LN_2, limit);
    let least = bounds.high + label;
    let atoms = [i1 + i2 - least, least - i2, least - i1, total - least];
    Pid {
        atoms: Atoms::from(atoms.map(|nats| nats / LN_2)),
        total: total / LN_2,
        gap: (bounds.high - bounds.low).max(0.0) / LN_2,
        iterations: bounds.rounds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(n: u32) -> Vec<Atoms> {
        (1..=n).rev().map(|i| Atoms { synergy: f64::from(i), ..Atoms::default() }).collect()
    }

    /// A further exchangeable draw is above the k-th smallest of n with probability
    /// 1 − k / (n + 1).
    #[test]
    fn one_draw_in_twenty_lies_above_the_high_point() {
        let high = |n| baseline(&draws(n)).map(|b| b.high.synergy);
        assert_eq!(
            (high(0), high(1), high(18), high(19)),
            (None, Some(1.0), Some(18.0), Some(19.0))
        );
        assert_eq!((high(39), high(99), high(100)), (Some(38.0), Some(95.0), Some(96.0)));
        let mean = baseline(&draws(99)).map(|b| b.mean.synergy);
        assert!(mean.is_some_and(|m| (m - 50.0).abs() < 1e-12));
    }
}
