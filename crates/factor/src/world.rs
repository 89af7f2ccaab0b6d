//! Seeded worlds with known loadings, for tests and for showing what the theory promises.

use crate::FactorError;
use crate::covariance::Covariance;
use crate::linalg::{leading_root, orthonormal, same};
use crate::loadings::Loadings;
use crate::noise::Noise;
use crate::structure::{Structure, Subset};
use ndarray::{Array1, Array2, Axis, Slice};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

/// x = Wz + ε with z ~ N(0, C), C = I unless [`World::correlate`] says otherwise, and ε normal with
/// a variance for each modality.
#[derive(Clone, Debug)]
pub struct World {
    loadings: Loadings,
    noise: Noise,
    latent: Array2<f64>,
}

/// Rows drawn from a [`World`].
#[derive(Clone, Debug)]
pub struct Draw {
    /// n × d.
    pub x: Array2<f64>,
    /// n × R.
    pub z: Array2<f64>,
}

/// The structures that our measurements of HCL were made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// d = (40, 50, 60), three factors in each of the seven blocks.
    Base,
    /// The same widths, with {123}: 2, {12}: 3, {23}: 1, {1}: 2, {3}: 4.
    Sparse,
    /// d = (40, 40, 50, 50), with {1234}: 2, {123}: 1, {12}: 2, {34}: 2, {24}: 1, {1}: 2, {4}: 3.
    Four,
}

impl Design {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Base, Self::Sparse, Self::Four];

    /// Widths and ranks.
    ///
    /// # Errors
    /// None.
    pub fn structure(self) -> Result<Structure, FactorError> {
        let ranks = |list: &[(&[usize], usize)]| -> Vec<(Subset, usize)> {
            list.iter().map(|(m, r)| (Subset::of(m), *r)).collect()
        };
        match self {
            Self::Base => Structure::new(
                &[40, 50, 60],
                Subset::all(3).subsets().into_iter().map(|subset| (subset, 3)),
            ),
            Self::Sparse => Structure::new(
                &[40, 50, 60],
                ranks(&[(&[0, 1, 2], 2), (&[0, 1], 3), (&[1, 2], 1), (&[0], 2), (&[2], 4)]),
            ),
            Self::Four => Structure::new(
                &[40, 40, 50, 50],
                ranks(&[
                    (&[0, 1, 2, 3], 2),
                    (&[0, 1, 2], 1),
                    (&[0, 1], 2),
                    (&[2, 3], 2),
                    (&[1, 3], 1),
                    (&[0], 2),
                    (&[3], 3),
                ]),
            ),
        }
    }
}

impl World {
    /// Loadings Q·diag(U[0.5, 1.5])·Q' for each modality of each block, Q and Q' orthonormal and
    /// uniform, as in the published simulation.
    ///
    /// # Errors
    /// As many variances as modalities are needed.
    pub fn new(structure: &Structure, noise: Noise, seed: u64) -> Result<Self, FactorError> {
        same("noise variances", structure.dims().len(), noise.variances.len())?;
        let loadings = random_loadings(structure, seed)?;
        let latent = Array2::eye(structure.total());
        Ok(Self { loadings, noise, latent })
    }

    /// Correlates the k-th factor of block `a` with the k-th of block `b`, for each k that both
    /// have; `correlation` between −1 and 1.
    pub fn correlate(&mut self, a: Subset, b: Subset, correlation: f64) {
        let structure = self.loadings.structure();
        for (i, j) in structure.columns(a).zip(structure.columns(b)) {
            self.latent[[i, j]] = correlation;
            self.latent[[j, i]] = correlation;
        }
    }

    /// W.
    pub fn loadings(&self) -> &Loadings {
        &self.loadings
    }

    /// σ².
    pub fn noise(&self) -> &Noise {
        &self.noise
    }

    /// W C Wᵀ, d × d.
    pub fn signal(&self) -> Array2<f64> {
        let w = self.loadings.full();
        w.dot(&self.latent).dot(&w.t())
    }

    /// W C Wᵀ + diag(σ²).
    ///
    /// # Errors
    /// None.
    pub fn covariance(&self) -> Result<Covariance, FactorError> {
        let dims = self.loadings.structure().dims();
        let noise = Array2::from_diag(&self.noise.columns(dims));
        Covariance::population(self.signal() + noise, dims)
    }

    /// `n` rows.
    pub fn draw(&self, n: usize, seed: u64) -> Draw {
        let mut rng = generator(seed, 1);
        let white = normal(&mut rng, n, self.latent.nrows());
        let z = white.dot(&leading_root(self.latent.view(), self.latent.nrows()).t());
        let scale = self.noise.columns(self.loadings.structure().dims()).mapv(f64::sqrt);
        let x = z.dot(&self.loadings.full().t()) + normal(&mut rng, n, scale.len()) * &scale;
        Draw { x, z }
    }
}

/// A target zᵀβ + N(0, `variance`) of rows drawn from a world.
pub fn target(z: &Array2<f64>, beta: &Array1<f64>, variance: f64, seed: u64) -> Array1<f64> {
    let noise = normals(seed, 2, z.nrows());
    z.dot(beta) + noise * variance.sqrt()
}

/// Coefficients of length R in a random direction and of norm one, zero in the blocks of `zero`.
pub fn coefficients(structure: &Structure, zero: &[Subset], seed: u64) -> Array1<f64> {
    let mut beta = normals(seed, 3, structure.total());
    for subset in zero {
        beta.slice_axis_mut(Axis(0), Slice::from(structure.columns(*subset))).fill(0.0);
    }
    let norm = beta.dot(&beta).sqrt();
    if norm > 0.0 { beta / norm } else { beta }
}

/// Loadings like a world's, from another stream: a start for [`refine`](crate::refine()).
///
/// # Errors
/// None for a structure that exists.
pub fn random_loadings(structure: &Structure, seed: u64) -> Result<Loadings, FactorError> {
    let mut rng = generator(seed, 0);
    let mut w = Array2::zeros((structure.dim(), structure.total()));
    for (subset, rank) in structure.blocks() {
        for m in subset.modalities() {
            // A modality narrower than its block has fewer directions than the block has factors.
            let width = rank.min(structure.dims()[m]);
            let left = orthonormal(normal(&mut rng, structure.dims()[m], width).view());
            let right = orthonormal(normal(&mut rng, rank, width).view());
            let values = Array1::from_shape_fn(width, |_| rng.random_range(0.5..1.5_f64));
            let mut rows = w.slice_axis_mut(Axis(0), Slice::from(structure.range(m)));
            rows.slice_axis_mut(Axis(1), Slice::from(structure.columns(subset)))
                .assign(&(left * &values).dot(&right.t()));
        }
    }
    Loadings::from_full(structure.clone(), w.view())
}

pub(crate) fn generator(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

pub(crate) fn normal(rng: &mut ChaCha8Rng, rows: usize, columns: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, columns), |_| StandardNormal.sample(rng))
}

fn normals(seed: u64, stream: u64, count: usize) -> Array1<f64> {
    normal(&mut generator(seed, stream), count, 1).index_axis_move(Axis(1), 0)
}
