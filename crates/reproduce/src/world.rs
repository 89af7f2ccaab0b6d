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

/// What is left where each of three modalities is missing by itself with probability `p`: rows with
/// fewer than two are dropped when they are read.
pub(crate) fn kept_of_three(p: f64) -> String {
    if p <= 0.0 {
        return String::new();
    }
    let rows = 100.0 * (1.0 - p).powi(2) * (1.0 + 2.0 * p);
    let missing = 100.0 * p / (1.0 + 2.0 * p);
    format!(
        " ({rows:.0} % of rows have two or more and are kept; of these each lacks {missing:.0} %)"
    )
}

#[cfg(test)]
mod tests {
    use super::kept_of_three;

    /// Of eight patterns at one half four keep two or more, and each modality is absent from one.
    #[test]
    fn what_is_kept_by_hand() {
        assert_eq!(
            kept_of_three(0.5),
            " (50 % of rows have two or more and are kept; of these each lacks 25 %)"
        );
        assert_eq!(kept_of_three(0.0), "");
    }
}
