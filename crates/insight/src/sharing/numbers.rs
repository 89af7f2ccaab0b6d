//! The numbers of the map: readability and its null, and weight. All on held-out rows. The components are
//! those of maximal variance (Kettenring 1971); what is read off them here is ours, in `docs/sharing-map.md`.

use super::components::Components;
use super::space::width;
use super::whiten::Whitened;
use crate::linalg::{centred, deviations, first, means, within};
use crate::random::{Purpose, generator, permutation};
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// Components behind one draw of the null: all, or where that would be more work than this (in
/// floating-point operations), as many as fit, the shared ones first. So many rows have a null far
/// below the least readability that counts.
const NULL_FLOPS: f64 = 1.5e8;
const NULL_COMPONENTS: usize = 64;

/// Held-out R² of each column of `held` from `Y_m`, coefficients from `fit`: components × modalities.
fn r2(fit: ArrayView2<f32>, held: ArrayView2<f32>, parts: &[Whitened]) -> Array2<f64> {
    let total = deviations(held);
    let mut p = Array2::zeros((fit.ncols(), parts.len()));
    for (m, y) in parts.iter().enumerate() {
        // Y_m is white on the fit rows, so that least squares is a product.
        let b = y.fit.t().dot(&fit) / fit.nrows().max(1) as f32;
        let error = squares((y.held.dot(&b) - held).view());
        for (c, (e, t)) in error.iter().zip(&total).enumerate() {
            p[[c, m]] = if *t > 0.0 { 1.0 - e / t } else { 0.0 };
        }
    }
    p
}

fn squares(x: ArrayView2<f32>) -> Array1<f64> {
    let mut sum = Array1::<f64>::zeros(x.ncols());
    for row in x.axis_iter(Axis(0)) {
        sum.zip_mut_with(&row, |s, v| *s += f64::from(*v).powi(2));
    }
    sum
}

/// `p[c, m]`.
pub(super) fn readability(c: &Components, parts: &[Whitened]) -> Array2<f64> {
    r2(c.fit.view(), c.held.view(), parts)
}

/// Largest readability after the rows of the components were permuted; draw `index`.
pub(super) fn null_draw(c: &Components, parts: &[Whitened], index: usize) -> f64 {
    let mut rng = generator(Purpose::Null, index as u64);
    let most = null_components(c, parts);
    let mut shuffle =
        |x: &Array2<f32>| first(x, most).select(Axis(0), &permutation(&mut rng, x.nrows()));
    let (fit, held) = (shuffle(&c.fit), shuffle(&c.held));
    r2(fit.view(), held.view(), parts).iter().copied().fold(0.0, f64::max)
}

/// Work of one draw, in floating-point operations.
pub(super) fn null_flops(c: &Components, parts: &[Whitened]) -> f64 {
    null_components(c, parts) as f64 * flops_a_component(c, parts)
}

fn flops_a_component(c: &Components, parts: &[Whitened]) -> f64 {
    2.0 * (c.fit.nrows() + c.held.nrows()) as f64 * width(parts) as f64
}

fn null_components(c: &Components, parts: &[Whitened]) -> usize {
    let room = (NULL_FLOPS / flops_a_component(c, parts).max(1.0)) as usize;
    c.fit.ncols().min(room.max(NULL_COMPONENTS))
}

/// `v[c, m]` for one modality: held-out R² of its raw features, taken together, from component c
/// alone. Components have unit variance on the fit rows and are orthogonal there, so that values
/// add up over components.
///
/// Held-out features are kept within their range on the fit rows, as the components are: one row
/// far outside would otherwise be all of the variance.
pub(super) fn weight(c: &Components, raw_fit: Array2<f32>, mut raw_held: Array2<f32>) -> Vec<f64> {
    within(&mut raw_held, &raw_fit);
    let total: f64 = deviations(raw_held.view()).sum();
    let mean = means(raw_fit.view());
    let (fit, held) = (centred(raw_fit, &mean), centred(raw_held, &mean));
    let b = c.fit.t().dot(&fit) / c.fit.nrows().max(1) as f32;
    let s = c.held.t().dot(&held);
    let power = squares(c.held.view());
    let base: f64 = squares(held.view()).sum();
    (0..c.fit.ncols())
        .map(|k| {
            // Σ(x − g b)² = Σx² − 2 Σ_f b_f (gᵀx_f) + gᵀg Σ b_f²; Σx² is about the fit mean, the
            // total about the held-out one: only what the component changes is its own.
            let (b, s) = (b.row(k), s.row(k));
            let gain = 2.0 * dot(b, s) - power[k] * dot(b, b);
            if total > 0.0 && base > 0.0 { gain / total } else { 0.0 }
        })
        .collect()
}

fn dot(a: ndarray::ArrayView1<f32>, b: ndarray::ArrayView1<f32>) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}
