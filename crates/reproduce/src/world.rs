//! Tables of worlds that no generator of the page makes.

use crate::ReproduceError;
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use trefoil_data::NamedBytes;

/// A seeded stream of random numbers.
pub(crate) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// A standard normal variate.
pub(crate) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// `rows` × `columns` of independent standard normals.
pub(crate) fn normals(rows: usize, columns: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
    Array2::from_shape_simple_fn((rows, columns), || normal(rng))
}

/// A table of numbers; rows that are not finite lie in no file.
pub(crate) fn numbers(name: &str, values: &Array2<f64>) -> Result<NamedBytes, ReproduceError> {
    let header = (1..=values.ncols()).map(|i| format!("x{i}"));
    let rows = values.rows().into_iter().enumerate().filter(|(_, row)| row[0].is_finite());
    table(name, header, rows.map(|(id, row)| (id, row.iter().map(|x| format!("{x:.6}")).collect())))
}

/// A table of words: columns by name, a word a row.
pub(crate) fn labels(columns: &[(&str, Vec<String>)]) -> Result<NamedBytes, ReproduceError> {
    let header = columns.iter().map(|(name, _)| (*name).to_owned());
    let count = columns.first().map_or(0, |(_, words)| words.len());
    let row = |i: usize| columns.iter().map(|(_, words)| words[i].clone()).collect();
    table("labels", header, (0..count).map(|i| (i, row(i))))
}

fn table(
    name: &str,
    header: impl Iterator<Item = String>,
    rows: impl Iterator<Item = (usize, Vec<String>)>,
) -> Result<NamedBytes, ReproduceError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(std::iter::once("id".to_owned()).chain(header))?;
    for (id, cells) in rows {
        writer.write_record(std::iter::once(format!("r{id:06}")).chain(cells))?;
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(NamedBytes { name: format!("{name}.csv"), bytes })
}

/// The column `split` for rows in this order.
pub(crate) fn split(train: usize, validation: usize, test: usize) -> (&'static str, Vec<String>) {
    let words = [("train", train), ("validation", validation), ("test", test)];
    let all = words.into_iter().flat_map(|(word, n)| std::iter::repeat_n(word.to_owned(), n));
    ("split", all.collect())
}
