//! "Needs both": what products of the other modalities' components add. This is where XOR shows.

use super::whiten::Whitened;
use crate::linalg::{Ridge, beside, first, ridge, views};
use crate::random::{Purpose, generator, permutation};
use ndarray::{Array2, ArrayView2, Axis};

/// Components of each modality that enter.
const MOST: usize = 16;
/// Predictors in all; more modalities leave fewer components for the products.
const PREDICTORS: usize = 384;
const MIN_ROWS: usize = 10;

/// Components of each other modality whose products are formed, for `modalities` in all.
pub(super) fn factors(modalities: usize) -> usize {
    let others = modalities.saturating_sub(1);
    let pairs = others * others.saturating_sub(1) / 2;
    if pairs == 0 {
        return 0;
    }
    let room = PREDICTORS.saturating_sub(MOST * others) / pairs;
    (1..=MOST).take_while(|c| c * c <= room).last().unwrap_or(1)
}

/// Held-out R² of `Y_m` from the others' components and the products of every pair of components
/// of two different others, less that without the products, floored at 0. Strengths are chosen on
/// a fixed fifth of the fit rows. None for fewer than three modalities or without any direction.
pub(super) fn needs_both(parts: &[Whitened], m: usize) -> Option<f64> {
    let factors = factors(parts.len());
    let rows = parts[m].fit.nrows();
    if factors == 0 || parts[m].fit.ncols() == 0 || rows < MIN_ROWS {
        return None;
    }
    let others: Vec<&Whitened> =
        parts.iter().enumerate().filter(|(i, _)| *i != m).map(|(_, y)| y).collect();
    let (fit, held) =
        (predictors(&others, |y| &y.fit, factors), predictors(&others, |y| &y.held, factors));
    let target = |y: &Array2<f32>| first(y, MOST).to_owned();
    let (y_fit, y_held) = (target(&parts[m].fit), target(&parts[m].held));
    let score = |columns: usize| {
        let narrow = |x: &Array2<f32>| first(x, columns).to_owned();
        held_out_r2(narrow(&fit.0), &y_fit, narrow(&held.0).view(), y_held.view())
    };
    let (with, without) = (score(fit.0.ncols()), score(fit.1));
    // Each is floored on its own: a linear fit that is worse than the mean is no gain of products.
    (with.is_finite() && without.is_finite()).then(|| (with.max(0.0) - without.max(0.0)).max(0.0))
}

/// The others' components, then their products; and how many there are of the former.
fn predictors(
    others: &[&Whitened],
    pick: fn(&Whitened) -> &Array2<f32>,
    factors: usize,
) -> (Array2<f32>, usize) {
    let top = |y: &&Whitened| first(pick(y), MOST).to_owned();
    let linear: Vec<Array2<f32>> = others.iter().map(top).collect();
    let rows = linear.first().map_or(0, Array2::nrows);
    let mut columns: Vec<Array2<f32>> = linear.clone();
    for (i, a) in linear.iter().enumerate() {
        for b in &linear[i + 1..] {
            for x in a.columns().into_iter().take(factors) {
                for y in b.columns().into_iter().take(factors) {
                    columns.push((&x * &y).insert_axis(Axis(1)));
                }
            }
        }
    }
    (beside(&views(&columns), rows), linear.iter().map(Array2::ncols).sum())
}

fn held_out_r2(
    x: Array2<f32>,
    y: &Array2<f32>,
    held_x: ArrayView2<f32>,
    held_y: ArrayView2<f32>,
) -> f64 {
    let order = permutation(&mut generator(Purpose::Inner, 1), x.nrows());
    let (inner, tune) = order.split_at(x.nrows() - x.nrows() / 5);
    let rows = |a: &Array2<f32>, rows: &[usize]| a.select(Axis(0), rows);
    let strength = Ridge::new(rows(&x, inner), rows(y, inner))
        .choose(rows(&x, tune).view(), rows(y, tune).view());
    ridge(x, y.clone(), strength).pooled_r2(held_x, held_y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_never_outgrow_the_room() {
        for modalities in 3..=8 {
            let c = factors(modalities);
            let others = modalities - 1;
            assert!(c >= 1 && MOST * others + others * (others - 1) / 2 * c * c <= PREDICTORS);
        }
        assert_eq!(factors(3), MOST);
        assert_eq!(factors(2), 0);
    }
}
