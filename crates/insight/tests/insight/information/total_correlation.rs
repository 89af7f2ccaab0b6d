//! What pairs show and what they do not, on columns that were made for it.

use std::f64::consts::LN_2;
use trefoil_insight::InsightError;
use trefoil_insight::information::total_correlation::{PairLoss, bits, from_losses, of_columns};

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

#[test]
fn copies_of_a_bit_are_shown_by_pairs() {
    let bit = [0, 1, 0, 1, 1, 0];
    let found = of_columns(&[&bit, &bit, &bit]).unwrap();
    assert!(close(found.total, 2.0 * LN_2) && close(found.shown, 2.0 * LN_2), "{found:?}");
    assert!(close(found.beyond, 0.0), "{found:?}");
    assert!(close(bits(found.total), 2.0));
    assert_eq!((found.pairs.len(), found.tree.len()), (3, 2));
}

#[test]
fn an_xor_is_shown_by_no_pair() {
    let (a, b, c) = ([0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0]);
    let found = of_columns(&[&a, &b, &c]).unwrap();
    assert!(close(found.total, LN_2) && close(found.shown, 0.0), "{found:?}");
    assert!(close(found.beyond, LN_2), "{found:?}");
    assert!(found.pairs.iter().all(|p| close(p.information, 0.0)), "{found:?}");
}

/// Four columns: b is a, d is c but for a quarter of the rows, and (a, c) are both in e.
#[test]
fn the_tree_is_the_largest() {
    let a = [0, 0, 0, 0, 1, 1, 1, 1];
    let c = [0, 0, 1, 1, 0, 0, 1, 1];
    let d = [0, 0, 1, 1, 0, 0, 1, 0];
    let e = [0, 0, 1, 1, 2, 2, 3, 3];
    let found = of_columns(&[&a, &c, &d, &e]).unwrap();
    let mut edges: Vec<_> = found.tree.iter().map(|p| (p.a, p.b)).collect();
    edges.sort_unstable();
    // e has all of a and c; d depends on both, so on e.
    assert_eq!(edges, [(0, 3), (1, 3), (2, 3)]);
    let h = |p: f64| -p * p.ln() - (1.0 - p) * (1.0 - p).ln();
    // I(d; e): only where e is 3 is d open.
    let de = h(0.375) - 0.25 * LN_2;
    assert!(close(found.shown, 2.0 * LN_2 + de), "{found:?}");
    assert!(close(found.beyond, 0.0), "{found:?}");
}

#[test]
fn columns_must_match() {
    let short: &[u32] = &[0];
    assert!(matches!(of_columns(&[&[0, 1]]), Err(InsightError::Shape { found: 1, .. })));
    assert!(matches!(of_columns(&[&[0, 1], short]), Err(InsightError::Shape { .. })));
    assert!(matches!(of_columns(&[&[], &[]]), Err(InsightError::TooFewRows { .. })));
}

fn pair(a: usize, b: usize, loss: f64) -> PairLoss {
    PairLoss { a, b, loss }
}

#[test]
fn losses_become_estimates_below_their_ceilings() {
    let ln_n = 64.0_f64.ln();
    let losses = [pair(0, 1, ln_n - 0.5), pair(0, 2, ln_n + 0.1), pair(1, 2, ln_n - 0.2)];
    let found = from_losses(ln_n - 1.2, ln_n, &losses).unwrap();
    assert!(close(found.total.value, 1.2) && close(found.total.ceiling, ln_n));
    // Below zero: left as it is for the pair, and no help to a tree.
    assert!(close(found.pairs[1].1.value, -0.1) && close(found.pairs[1].1.ceiling, ln_n));
    assert!(close(found.shown.value, 0.7) && close(found.shown.ceiling, 2.0 * ln_n));
    assert!(close(found.beyond_estimate, 0.5));
    // Not even where the tree cannot do without it.
    let chain = [pair(0, 1, ln_n - 0.5), pair(1, 2, ln_n + 0.1)];
    let found = from_losses(ln_n - 1.2, ln_n, &chain).unwrap();
    assert!(close(found.shown.value, 0.5) && close(found.pairs[1].1.value, -0.1));
    // An estimate may be negative: here of three copies of a bit, the whole not learned.
    let losses = [pair(0, 1, ln_n - LN_2), pair(0, 2, ln_n - LN_2), pair(1, 2, ln_n - LN_2)];
    let found = from_losses(ln_n + 0.3, ln_n, &losses).unwrap();
    assert!(close(found.total.value, -0.3));
    assert!(close(found.beyond_estimate, -2.0 * LN_2), "{found:?}");
}

#[test]
fn losses_that_say_nothing_are_refused() {
    let whole = [pair(0, 1, 1.0), pair(1, 2, 1.0)];
    assert!(from_losses(1.0, 2.0, &whole).is_ok());
    let apart = [pair(0, 1, 1.0), pair(2, 3, 1.0)];
    assert!(matches!(from_losses(1.0, 2.0, &apart), Err(InsightError::Missing { .. })));
    assert!(matches!(from_losses(1.0, 2.0, &[]), Err(InsightError::Shape { .. })));
    let wild = [pair(0, 1, f64::NAN)];
    assert!(matches!(from_losses(1.0, 2.0, &wild), Err(InsightError::NotFinite { .. })));
    assert!(matches!(from_losses(f64::NAN, 2.0, &whole), Err(InsightError::NotFinite { .. })));
}
