//! Steps 3 and 4: the scores of shared and of specific components.

use super::space::Space;
use super::whiten::Whitened;
use crate::linalg::{beside, cross, first, single, symmetric, views};
use ndarray::{Array2, ArrayView2};

/// An axis of a modality is specific if more than this much of its variance is left once the
/// shared components are taken out.
const LEFT: f64 = 0.7;

/// Scores of all components: the shared ones first, then those of each modality.
pub(super) struct Components {
    pub(super) fit: Array2<f32>,
    pub(super) held: Array2<f32>,
}

/// `raw[m]`: standardised features of each modality on the fit rows.
pub(super) fn components(parts: &[Whitened], raw: &[Array2<f32>], space: &Space) -> Components {
    let (fit_rows, held_rows) = parts.first().map_or((0, 0), |y| (y.fit.nrows(), y.held.nrows()));
    let join = |pick: fn(&Whitened) -> ArrayView2<f32>, rows| {
        let joined: Vec<ArrayView2<f32>> = parts.iter().map(pick).collect();
        beside(&joined, rows).dot(&single(&space.directions))
    };
    let shared_fit = join(|y| y.fit.view(), fit_rows);
    let shared_held = join(|y| y.held.view(), held_rows);
    let (mut fit, mut held) = (Vec::new(), Vec::new());
    for (y, x) in parts.iter().zip(raw) {
        let (f, h) = specific(y, x, &shared_fit, &shared_held);
        fit.push(f);
        held.push(h);
    }
    let all = |first: &Array2<f32>, rest: &[Array2<f32>], rows| {
        let mut parts = vec![first.view()];
        parts.extend(views(rest));
        beside(&parts, rows)
    };
    Components { fit: all(&shared_fit, &fit, fit_rows), held: all(&shared_held, &held, held_rows) }
}

/// What the shared components do not predict in one modality, with unit variance.
///
/// Ours: residual variances in a white space are all close to one, so that its principal axes
/// are arbitrary and differ from seed to seed. Inside the space that the threshold keeps we
/// therefore take the axes that explain most of the raw features, one after the other; the space
/// and so every total is the same.
fn specific(
    y: &Whitened,
    raw: &Array2<f32>,
    shared_fit: &Array2<f32>,
    shared_held: &Array2<f32>,
) -> (Array2<f32>, Array2<f32>) {
    let b = single(&cross(shared_fit.view(), y.fit.view()));
    let rest_fit = &y.fit - &shared_fit.dot(&b);
    let rest_held = &y.held - &shared_held.dot(&b);
    let eigen = symmetric(&cross(rest_fit.view(), rest_fit.view()));
    let keep = eigen.values.iter().take_while(|v| **v > LEFT).count();
    let mut axes = first(&eigen.vectors, keep).to_owned();
    for (mut axis, value) in axes.columns_mut().into_iter().zip(&eigen.values) {
        axis /= value.sqrt();
    }
    let loads = cross(rest_fit.dot(&single(&axes)).view(), raw.view());
    let axes = single(&axes.dot(&symmetric(&loads.dot(&loads.t())).vectors));
    (rest_fit.dot(&axes), rest_held.dot(&axes))
}
