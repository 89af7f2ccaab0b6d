//! What generators have in common: random streams, tables, and numbers that survive a text file.

use crate::truth::Factor;
use ndarray::{Array1, Array2};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// What a generator makes; rows are the same everywhere.
pub(super) struct World {
    pub(super) tables: Vec<GeneratedTable>,
    pub(super) labels: GeneratedTable,
    pub(super) factors: Vec<Factor>,
    /// `[rows, factors]`
    pub(super) truth: Array2<f32>,
}

pub(super) struct GeneratedTable {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    /// `[rows, columns]`
    pub(super) values: Array2<f64>,
}

impl GeneratedTable {
    /// As CSV, each number in the fewest digits that give it back.
    pub(super) fn csv(&self, ids: &[String]) -> csv::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_field("id")?;
        writer.write_record(&self.columns)?;
        for (id, row) in ids.iter().zip(self.values.rows()) {
            writer.write_field(id)?;
            writer.write_record(row.iter().map(f64::to_string))?;
        }
        writer.into_inner().map_err(|error| error.into_error().into())
    }
}

/// What a stream of random numbers is for: worlds do not depend on the number of rows, nor the
/// first rows on how many follow. The split has the stream 0.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    World = 1,
    Rows = 2,
}

pub(super) fn rng(seed: u64, stream: Stream) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream as u64);
    rng
}

pub(super) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// To six digits after the point, as files have them. What the mathematical functions of two
/// machines make of the last bit of a normal variate does not get this far.
pub(super) fn round(x: f64) -> f64 {
    (x * 1e6).round() / 1e6 + 0.0
}

/// `rows` × `columns` with orthonormal columns, uniformly distributed: independent normals,
/// orthogonalised one after the other (Gram-Schmidt, twice for accuracy). `columns ≤ rows`.
pub(super) fn orthonormal(rows: usize, columns: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
    let mut q = Array2::zeros((rows, columns));
    for column in 0..columns {
        let mut v = Array1::from_shape_simple_fn(rows, || normal(rng));
        for before in (0..column).chain(0..column) {
            let u = q.column(before);
            let along = u.dot(&v);
            v.scaled_add(-along, &u);
        }
        let length = v.dot(&v).sqrt();
        q.column_mut(column).assign(&(v / length));
    }
    q
}

pub(super) fn factor(name: String, modalities: &[&str]) -> Factor {
    Factor { name, modalities: modalities.iter().map(|&name| name.to_owned()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_orthonormal() {
        let q = orthonormal(9, 9, &mut rng(1, Stream::World));
        let identity = Array2::<f64>::eye(9);
        assert!((q.t().dot(&q) - identity).iter().all(|x| x.abs() < 1e-14));
    }

    #[test]
    fn rounded_numbers_survive_text() {
        let mut rng = rng(2, Stream::Rows);
        for _ in 0..10_000 {
            let x = round(10.0 * normal(&mut rng));
            let text = x.to_string();
            assert!(text.len() <= 10, "{text}");
            assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(x.to_bits()));
        }
        assert_eq!(round(-1e-9).to_string(), "0");
    }
}
