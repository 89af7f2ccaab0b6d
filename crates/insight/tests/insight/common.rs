//! Worlds with known truth, as the definition of the sharing map describes them.

use ndarray::{Array1, Array2, Axis};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use trefoil_insight::{Data, Look, Modality, Replica};

pub(crate) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

pub(crate) fn normal(rng: &mut ChaCha8Rng, rows: usize, columns: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |_| StandardNormal.sample(rng))
}

/// Orthonormal columns, by Gram–Schmidt.
fn orthonormal(rng: &mut ChaCha8Rng, rows: usize, columns: usize) -> Array2<f32> {
    let mut q = normal(rng, rows, columns);
    for j in 0..columns {
        let mut v: Array1<f32> = q.column(j).to_owned();
        for _ in 0..2 {
            for i in 0..j {
                let c = q.column(i).dot(&v);
                v.scaled_add(-c, &q.column(i));
            }
        }
        v /= v.dot(&v).sqrt();
        q.column_mut(j).assign(&v);
    }
    q
}

/// `dims` of each modality; `factors` (modalities, how many); singular values U[.7, 1.5]; noise
/// variance `noise`. Also returns each modality's number of factors.
pub(crate) fn hierarchy(
    seed: u64,
    rows: usize,
    noise: f32,
    dims: &[usize],
    factors: &[(&[usize], usize)],
) -> (Vec<Array2<f32>>, Vec<usize>) {
    let mut rng = rng(seed);
    let latents: Vec<Array2<f32>> =
        factors.iter().map(|(_, k)| normal(&mut rng, rows, *k)).collect();
    let mut out = (Vec::new(), Vec::new());
    for (m, d) in dims.iter().enumerate() {
        let of: Vec<&Array2<f32>> = factors
            .iter()
            .zip(&latents)
            .filter(|((set, _), _)| set.contains(&m))
            .map(|(_, z)| z)
            .collect();
        let rank = of.iter().map(|z| z.ncols()).sum();
        let mut loading = orthonormal(&mut rng, *d, rank);
        for mut column in loading.columns_mut() {
            column *= rng.random_range(0.7..1.5_f32);
        }
        let views: Vec<_> = of.iter().map(|z| z.view()).collect();
        let z = ndarray::concatenate(Axis(1), &views).unwrap();
        let x = z.dot(&loading.t()) + normal(&mut rng, rows, *d) * noise.sqrt();
        out.0.push(x);
        out.1.push(rank);
    }
    out
}

/// The `hierarchy` of the table of expected results.
pub(crate) fn table_world(seed: u64, rows: usize, noise: f32) -> (Vec<Array2<f32>>, Vec<usize>) {
    let factors: [(&[usize], usize); 5] =
        [(&[0, 1, 2], 2), (&[0, 1], 3), (&[1, 2], 1), (&[0], 2), (&[2], 3)];
    hierarchy(seed, rows, noise, &[28, 34, 41], &factors)
}

/// Data with these raw features (standardised here), everything present.
pub(crate) fn data(raw: &[Array2<f32>]) -> Data {
    let modalities = raw
        .iter()
        .zip(["a", "b", "c", "d", "e", "f", "g", "h"])
        .map(|(x, name)| {
            let mut x = x.clone();
            for mut c in x.columns_mut() {
                let mean = c.mean().unwrap();
                c -= mean;
                let sd = (c.dot(&c) / c.len() as f32).sqrt();
                c /= sd.max(1e-6);
            }
            Modality {
                name: name.to_owned(),
                present: vec![true; x.nrows()],
                real: vec![true; x.ncols()],
                key: (0..x.nrows() as u32).collect(),
                raw: x,
            }
        })
        .collect();
    Data { modalities, labels: Vec::new(), factors: Vec::new() }
}

/// First half fitted, second half held out.
pub(crate) fn halves(rows: usize) -> Look {
    let all: Vec<usize> = (0..rows).collect();
    Look::report(&all[..rows / 2], &[], &all[rows / 2..])
}

/// `H_m` and nothing else.
pub(crate) fn replica(modality: Vec<Array2<f32>>) -> Replica {
    Replica { modality, all: Vec::new(), blocks: Vec::new() }
}

/// The first `k` principal components of `x`, fitted on the first half, by orthogonal iteration
/// (independent of the crate's own).
pub(crate) fn components(x: &Array2<f32>, k: usize) -> Array2<f32> {
    let half = x.slice_axis(Axis(0), (0..x.nrows() / 2).into()).to_owned();
    let mean = half.mean_axis(Axis(0)).unwrap();
    let centred = &half - &mean;
    let mut q = orthonormal(&mut rng(0), x.ncols(), k);
    for _ in 0..60 {
        q = centred.t().dot(&centred.dot(&q));
        for j in 0..k {
            for i in 0..j {
                let c = q.column(i).dot(&q.column(j));
                let v = q.column(i).to_owned();
                q.column_mut(j).scaled_add(-c, &v);
            }
            let norm = q.column(j).dot(&q.column(j)).sqrt();
            q.column_mut(j).mapv_inplace(|v| v / norm);
        }
    }
    (x - &mean).dot(&q)
}
