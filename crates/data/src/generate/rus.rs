//! Two modalities with something redundant, something unique to each, and something that only
//! both together tell.

use super::world::{GeneratedTable, Stream, World, factor, normal, orthonormal, rng, round};
use super::{check_noise, check_size};
use crate::Error;
use ndarray::{Array1, Array2};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Features of one group: redundant, unique or synergistic.
const GROUP: usize = 8;
const DIM: usize = 3 * GROUP;
/// Values of r, u1 and u2; s1 and s2 are bits.
const VALUES: usize = 4;
const NAMES: [&str; 2] = ["x1", "x2"];

/// `x_m = A_m [e_r; e_{u_m}; e_{s_m}] + noise · ε` with `A_m` a random rotation and e a random vector
/// of length √8 for each value; labels r, u1, u2 and s = s1 ⊕ s2 (ours, after the Trifeature tasks
/// of `COrAL`, Cissee et al. 2026, and without their bias: s1 and s2 are independent). With
/// `flips` each of the three vectors has a random sign in each row and modality, which leaves
/// nothing to read linearly.
pub(super) fn world(flips: bool, noise: f64, rows: u32, seed: u64) -> Result<World, Error> {
    check_noise(noise)?;
    check_size(rows, 2 * DIM as u64)?;
    let rows = rows as usize;
    let mut world_rng = rng(seed, Stream::World);
    let modalities = NAMES.map(|_| Modality::draw(&mut world_rng));
    let mut rng = rng(seed, Stream::Rows);
    let mut values = NAMES.map(|_| Array2::<f64>::zeros((rows, DIM)));
    let mut labels = Array2::<f64>::zeros((rows, 4));
    let mut truth = Array2::<f32>::zeros((rows, 3 * VALUES + 3));
    for row in 0..rows {
        let [r, u1, u2] = [(); 3].map(|()| rng.random_range(0..VALUES));
        let [s1, s2] = [(); 2].map(|()| rng.random_range(0..2_usize));
        let parts = [[r, u1, s1], [r, u2, s2]];
        for ((values, modality), parts) in values.iter_mut().zip(&modalities).zip(parts) {
            let mut hidden = Array1::<f64>::zeros(DIM);
            for (group, value) in parts.into_iter().enumerate() {
                // Drawn in any case, so that the rest of the row is the same with and without.
                let sign = if rng.random::<bool>() && flips { -1.0 } else { 1.0 };
                let vector = modality.vectors[group].row(value);
                let start = group * GROUP;
                for (hidden, x) in hidden.iter_mut().skip(start).zip(vector) {
                    *hidden = sign * x;
                }
            }
            let clean = modality.rotation.dot(&hidden);
            let noisy = clean.mapv(|x| round(x + noise * normal(&mut rng)));
            values.row_mut(row).assign(&noisy);
        }
        let s = s1 ^ s2;
        for (label, value) in [r, u1, u2, s].into_iter().enumerate() {
            labels[[row, label]] = value as f64;
        }
        for (group, value) in [r, u1, u2].into_iter().enumerate() {
            truth[[row, group * VALUES + value]] = 1.0;
        }
        for (bit, value) in [s1, s2, s].into_iter().enumerate() {
            truth[[row, 3 * VALUES + bit]] = value as f32;
        }
    }
    let mut factors = Vec::new();
    for (name, enters) in [("r", &NAMES[..]), ("u1", &NAMES[..1]), ("u2", &NAMES[1..])] {
        factors.extend((0..VALUES).map(|value| factor(format!("{name}={value}"), enters)));
    }
    factors.push(factor("s1".to_owned(), &NAMES[..1]));
    factors.push(factor("s2".to_owned(), &NAMES[1..]));
    factors.push(factor("s".to_owned(), &NAMES));
    Ok(World {
        tables: NAMES
            .into_iter()
            .zip(values)
            .map(|(name, values)| GeneratedTable {
                name: name.to_owned(),
                columns: (1..=DIM).map(|i| format!("f{i}")).collect(),
                values,
            })
            .collect(),
        labels: GeneratedTable {
            name: "labels".to_owned(),
            columns: ["r", "u1", "u2", "s"].map(str::to_owned).into(),
            values: labels,
        },
        factors,
        truth,
    })
}

/// How one modality shows what is behind it.
struct Modality {
    rotation: Array2<f64>,
    /// Of each group, `[values, 8]`.
    vectors: [Array2<f64>; 3],
}

impl Modality {
    fn draw(rng: &mut ChaCha8Rng) -> Self {
        let vectors = [VALUES, VALUES, 2].map(|values| {
            let mut vectors = Array2::from_shape_simple_fn((values, GROUP), || normal(rng));
            for mut vector in vectors.rows_mut() {
                let length = vector.dot(&vector).sqrt();
                vector *= (GROUP as f64).sqrt() / length;
            }
            vectors
        });
        Self { rotation: orthonormal(DIM, DIM, rng), vectors }
    }
}
