//! How orthogonal the heads are that an objective holds apart.

use ndarray::{Array2, ArrayView1};
use std::f64::consts::PI;
use trefoil_insight::stats::cell;
use trefoil_objectives::{Head, Objective, Outputs};
use trefoil_protocol::{HeadPair, Orthogonality};

/// Mean |cos| between every two heads over those of `rows` that have both, a value for each seed,
/// beside what random directions have. None for an objective without such heads, or where every
/// seed failed. `present[m][row]` says which rows have modality m.
pub(crate) fn orthogonality(
    objective: &dyn Objective,
    outputs: &[Option<Outputs>],
    present: &[Vec<bool>],
    rows: &[usize],
) -> Option<Orthogonality> {
    let heads: Vec<Option<Vec<Head<'_>>>> =
        outputs.iter().map(|o| o.as_ref().map(|o| objective.heads(o))).collect();
    let any = heads.iter().flatten().next()?;
    let width = any.first()?.values.ncols();
    let pairs = (0..any.len()).flat_map(|a| (a + 1..any.len()).map(move |b| (a, b)));
    let pair = |(a, b): (usize, usize)| {
        let has =
            |row: &&usize| [a, b].iter().all(|h| any[*h].needs.is_none_or(|m| present[m][**row]));
        let rows: Vec<usize> = rows.iter().filter(has).copied().collect();
        let of = |heads: &Vec<Head<'_>>| mean_abs_cosine(heads[a].values, heads[b].values, &rows);
        let per_seed: Vec<Option<f64>> =
            heads.iter().map(|heads| heads.as_ref().and_then(of)).collect();
        HeadPair {
            blocks: vec![any[a].block.clone(), any[b].block.clone()],
            mean_abs_cosine: cell(&per_seed),
        }
    };
    Some(Orthogonality { pairs: pairs.map(pair).collect(), random: random(width) })
}

/// E|cos| of two independent directions in d dimensions, √(2/(πd)) for all but few (their cosine is
/// nearly normal with variance 1/d).
fn random(width: usize) -> f64 {
    (2.0 / (PI * width.max(1) as f64)).sqrt()
}

/// Over `rows`; none without rows or with a value that is not finite.
fn mean_abs_cosine(a: &Array2<f32>, b: &Array2<f32>, rows: &[usize]) -> Option<f64> {
    let dot = |u: ArrayView1<f32>, v: ArrayView1<f32>| -> f64 {
        u.iter().zip(v).map(|(u, v)| f64::from(*u) * f64::from(*v)).sum()
    };
    let cosine = |&row: &usize| {
        let (u, v) = (a.row(row), b.row(row));
        // A head that is zero points nowhere.
        (dot(u, v) / (dot(u, u) * dot(v, v)).sqrt().max(f64::MIN_POSITIVE)).abs()
    };
    let sum: f64 = rows.iter().map(cosine).sum();
    (!rows.is_empty() && sum.is_finite()).then(|| sum / rows.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;

    #[test]
    fn parallel_and_antiparallel_are_one_and_orthogonal_is_zero() {
        let a = arr2(&[[1.0, 0.0], [2.0, 0.0], [0.0, 3.0], [0.0, 0.0]]);
        let b = arr2(&[[5.0, 0.0], [-1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]);
        let of = |rows: &[usize]| mean_abs_cosine(&a, &b, rows);
        let close =
            |found: Option<f64>, value: f64| found.is_some_and(|f| (f - value).abs() < 1e-9);
        assert!(close(of(&[0]), 1.0) && close(of(&[1]), 1.0) && close(of(&[2, 3]), 0.0));
        assert!(close(of(&[0, 1, 2, 3]), 0.5));
        assert_eq!(of(&[]), None);
        let hole = arr2(&[[f32::NAN, 0.0]]);
        assert_eq!(mean_abs_cosine(&hole, &b, &[0]), None);
    }

    /// The values that the method's description has for 32 and 256 dimensions.
    #[test]
    fn what_random_directions_have() {
        assert!((random(32) - 0.141).abs() < 5e-4 && (random(256) - 0.050).abs() < 5e-4);
    }
}
