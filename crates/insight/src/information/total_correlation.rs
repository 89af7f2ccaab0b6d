//! What several columns share, and how much of it no tree of pairs shows; everything in nats.

use super::entropy::{joint, of_column};
use crate::InsightError;
use std::f64::consts::LOG2_E;

/// Information that two columns share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Position of one.
    pub a: usize,
    /// Position of the other.
    pub b: usize,
    /// I(a; b) in nats.
    pub information: f64,
}

/// What was counted of several columns, in nats; [`bits`] converts.
#[derive(Clone, Debug, PartialEq)]
pub struct TotalCorrelation {
    /// Σ H(column) − H(all columns) (Watanabe 1960).
    pub total: f64,
    /// I of each pair, a before b.
    pub pairs: Vec<Pair>,
    /// The pairs of a maximum spanning tree.
    pub tree: Vec<Pair>,
    /// Sum over the tree: the total correlation of the tree-shaped distribution nearest to the
    /// columns' (Chow & Liu 1968).
    pub shown: f64,
    /// `total` − `shown`, never negative: what no tree of pairs shows. Pairs that close a ring can
    /// also leave some, without any interaction of three.
    pub beyond: f64,
}

/// Nats as bits.
pub fn bits(nats: f64) -> f64 {
    nats * LOG2_E
}

/// Plug-in total correlation and pairwise information of discrete columns of the same length.
///
/// Exact for the rows as given; as an estimate of what they were drawn from it is too high, the
/// more so the more combinations of values there are for each row.
///
/// # Errors
/// [`InsightError::Shape`] with fewer than two columns or different lengths,
/// [`InsightError::TooFewRows`] without rows.
pub fn of_columns(columns: &[&[u32]]) -> Result<TotalCorrelation, InsightError> {
    let [first, _, ..] = columns else {
        let what = "columns".to_owned();
        return Err(InsightError::Shape { what, expected: 2, found: columns.len() });
    };
    let rows = first.len();
    if let Some(other) = columns.iter().find(|c| c.len() != rows) {
        let what = "rows of a column".to_owned();
        return Err(InsightError::Shape { what, expected: rows, found: other.len() });
    }
    if rows == 0 {
        return Err(InsightError::TooFewRows { what: "none to count".to_owned() });
    }
    let own: Vec<f64> = columns.iter().map(|c| of_column(c)).collect();
    let all = columns.iter().fold(vec![0; rows], |all, c| joint(&all, c));
    // Neither is negative but for rounding.
    let total = (own.iter().sum::<f64>() - of_column(&all)).max(0.0);
    let mut pairs = Vec::new();
    for a in 0..columns.len() {
        for b in a + 1..columns.len() {
            let both = of_column(&joint(columns[a], columns[b]));
            pairs.push(Pair { a, b, information: (own[a] + own[b] - both).max(0.0) });
        }
    }
    let tree = spanning_tree(columns.len(), &pairs)?;
    let shown = tree.iter().map(|p| p.information).sum();
    Ok(TotalCorrelation { total, pairs, tree, shown, beyond: (total - shown).max(0.0) })
}

/// Prim's algorithm, largest first; ties go to the pair that is listed first.
fn spanning_tree(columns: usize, pairs: &[Pair]) -> Result<Vec<Pair>, InsightError> {
    let mut reached = vec![false; columns];
    reached[0] = true;
    let mut tree = Vec::new();
    for _ in 1..columns {
        let border = pairs.iter().filter(|p| reached[p.a] != reached[p.b]);
        let larger = |best: Option<Pair>, p: &Pair| match best {
            Some(best) if best.information >= p.information => Some(best),
            _ => Some(*p),
        };
        let Some(next) = border.fold(None, larger) else {
            return Err(InsightError::Missing { what: "pair that joins all columns".to_owned() });
        };
        (reached[next.a], reached[next.b]) = (true, true);
        tree.push(next);
    }
    Ok(tree)
}

/// A number that was read from a loss, in nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// ln N − loss. Below zero it says nothing; it is left as it is.
    pub value: f64,
    /// What it cannot exceed, however much there is to find: ln N for one loss over N candidates.
    pub ceiling: f64,
}

/// The loss of a pair of modalities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairLoss {
    /// Position of one modality.
    pub a: usize,
    /// Position of the other.
    pub b: usize,
    /// Mean over both directions of the cross-entropy in nats (not their sum).
    pub loss: f64,
}

/// What losses say of total correlation and of its pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct FromLosses {
    /// Of the total correlation.
    pub total: Estimate,
    /// Of the information of each pair, in the order of the losses.
    pub pairs: Vec<(PairLoss, Estimate)>,
    /// Sum over a maximum spanning tree of the pairs, those below zero counted as zero; its ceiling
    /// is that of its edges together, (M − 1) ln N.
    pub shown: Estimate,
    /// `total` (zero where it is below) − `shown`: an estimate, not a bound in either direction,
    /// since it is the difference of two numbers that are each too low by an unknown amount. It is
    /// negative where the pairs were learned better than the whole, and must be where the tree
    /// shows more than the total's ceiling.
    pub beyond_estimate: f64,
}

/// Estimates total correlation and what pairs show of it from held-out contrastive losses.
///
/// `symile_loss` is the mean over anchors of the cross-entropy in nats of telling a row's tuple
/// from N − 1 with shuffled partners: total correlation ≥ ln N − loss in expectation (Saporta et
/// al. 2024, Symile, for the variant with N candidates). `pair_losses` are InfoNCE losses over as
/// many candidates: I(a; b) ≥ ln N − loss (van den Oord, Li & Vinyals 2018). `ln_n` is ln N.
///
/// Each is a lower bound of its own quantity in expectation, held-out, and cannot say more than its
/// ceiling; a value near the ceiling means "at least this much". Taking their difference is ours,
/// and it bounds nothing.
///
/// # Errors
/// [`InsightError::NotFinite`] where a loss or `ln_n` is not finite, [`InsightError::Missing`] where
/// the pairs do not join all modalities, [`InsightError::Shape`] without pairs.
pub fn from_losses(
    symile_loss: f64,
    ln_n: f64,
    pair_losses: &[PairLoss],
) -> Result<FromLosses, InsightError> {
    let Some(last) = pair_losses.iter().map(|p| p.a.max(p.b)).max() else {
        let what = "losses of pairs".to_owned();
        return Err(InsightError::Shape { what, expected: 1, found: 0 });
    };
    let finite = pair_losses.iter().all(|p| p.loss.is_finite());
    if !(finite && symile_loss.is_finite() && ln_n.is_finite()) {
        return Err(InsightError::NotFinite { what: "a loss".to_owned() });
    }
    let estimate = |loss: f64| Estimate { value: ln_n - loss, ceiling: ln_n };
    let total = estimate(symile_loss);
    let pairs: Vec<_> = pair_losses.iter().map(|p| (*p, estimate(p.loss))).collect();
    let known: Vec<Pair> =
        pairs.iter().map(|(p, e)| Pair { a: p.a, b: p.b, information: e.value.max(0.0) }).collect();
    let tree = spanning_tree(last + 1, &known)?;
    let shown = Estimate {
        value: tree.iter().map(|p| p.information).sum(),
        ceiling: tree.len() as f64 * ln_n,
    };
    let beyond_estimate = total.value.max(0.0) - shown.value;
    Ok(FromLosses { total, pairs, shown, beyond_estimate })
}
