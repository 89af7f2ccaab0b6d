//! The sharing map of a linear world with infinitely many rows, by calculation.

use crate::ReproduceError;
use ndarray::Array2;
use trefoil_data::{NamedBytes, TruthFile, generate};
use trefoil_numerics::{symmetric, symmetric_values};
use trefoil_protocol::Generator;

/// Mean readability of the components of each of `sets` in the world of a `hierarchy` without noise to
/// which noise of this variance is added. A set is how many modalities share a component and how many
/// such components there are, in the order of their eigenvalues: largest first.
///
/// An eigenvalue of the correlation of the whitened modalities is the sum of the component's R² over
/// modalities: generalised canonical correlation as maximal variance (Kettenring 1971), on the covariance
/// `W Wᵀ + c I`. Where eigenvalues are close the components mix, but their mean stays.
pub(crate) fn readability(
    clean: &Generator,
    variance: f64,
    seed: u64,
    sets: &[(usize, usize)],
) -> Result<Vec<f64>, ReproduceError> {
    let files = generate(clean, seed)?;
    let truth = find(&files, "truth.json")?;
    let truth: TruthFile = serde_json::from_slice(&truth.bytes)
        .map_err(|error| ReproduceError::Absent(format!("the truth of a world ({error})")))?;
    let z = matrix(truth.values.iter().map(|row| row.iter().copied().map(f64::from).collect()));
    let inverse = power(&z.t().dot(&z), -1.0);
    let mut names: Vec<String> = Vec::new();
    for name in truth.factors.iter().flat_map(|f| &f.modalities) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names.sort();
    // Loadings by least squares, which are exact up to the digits of the file, then whitened.
    let mut whitened = Vec::new();
    for name in &names {
        let x = table(find(&files, &format!("{name}.csv"))?)?;
        let loadings = x.t().dot(&z).dot(&inverse);
        let covariance = loadings.dot(&loadings.t()) + variance * Array2::<f64>::eye(x.ncols());
        whitened.push(power(&covariance, -0.5).dot(&loadings));
    }
    Ok(means(&whitened, sets))
}

/// From `[dim, factors]` loadings of each whitened modality.
fn means(whitened: &[Array2<f64>], sets: &[(usize, usize)]) -> Vec<f64> {
    // Of which modality a dimension is.
    let owner: Vec<usize> =
        whitened.iter().enumerate().flat_map(|(m, w)| std::iter::repeat_n(m, w.nrows())).collect();
    let rows: Vec<_> = whitened.iter().flat_map(|w| w.rows()).collect();
    let correlation = Array2::from_shape_fn((rows.len(), rows.len()), |(i, j)| {
        if owner[i] == owner[j] { f64::from(u8::from(i == j)) } else { rows[i].dot(&rows[j]) }
    });
    let mut values = symmetric_values(correlation.view()).into_iter();
    let mean = |&(size, count): &(usize, usize)| {
        values.by_ref().take(count).sum::<f64>() / (size * count) as f64
    };
    sets.iter().map(mean).collect()
}

/// A power of a positive definite matrix.
fn power(a: &Array2<f64>, exponent: f64) -> Array2<f64> {
    let eigen = symmetric(a.view());
    let values: Vec<f64> = eigen.values.iter().map(|x| x.powf(exponent)).collect();
    (&eigen.vectors * &ndarray::aview1(&values)).dot(&eigen.vectors.t())
}

fn find<'a>(files: &'a [NamedBytes], name: &str) -> Result<&'a NamedBytes, ReproduceError> {
    files.iter().find(|f| f.name == name).ok_or_else(|| ReproduceError::Absent(name.to_owned()))
}

/// The numbers of a table behind its ids.
fn table(file: &NamedBytes) -> Result<Array2<f64>, ReproduceError> {
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for record in csv::Reader::from_reader(file.bytes.as_slice()).records() {
        let cells: Result<_, std::num::ParseFloatError> =
            record?.iter().skip(1).map(str::parse).collect();
        let absent = |error| ReproduceError::Absent(format!("{} as numbers ({error})", file.name));
        rows.push(cells.map_err(absent)?);
    }
    Ok(matrix(rows.into_iter()))
}

fn matrix(rows: impl Iterator<Item = Vec<f64>>) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = rows.collect();
    let columns = rows.first().map_or(0, Vec::len);
    Array2::from_shape_fn((rows.len(), columns), |(i, j)| rows[i][j])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// One factor in two modalities: the canonical correlation is r, each reads (1 + r) / 2 of the
    /// component. Here r = √(.8 · .5).
    #[test]
    fn one_factor_by_hand() {
        let whitened = [array![[0.8_f64.sqrt()], [0.0]], array![[0.5_f64.sqrt()]]];
        let found = means(&whitened, &[(2, 1)]);
        assert!((found[0] - f64::midpoint(1.0, 0.4_f64.sqrt())).abs() < 1e-12, "{found:?}");
    }

    /// From a world's files to the same: where next to nothing is added, all of a component can be read.
    #[test]
    fn a_world_with_little_noise_is_read_whole() {
        let ranks = [("a+b+c", 1), ("a+b", 1), ("c", 1)];
        let clean = Generator::Hierarchy {
            dims: vec![5, 4, 6],
            ranks: ranks.map(|(set, rank)| (set.to_owned(), rank)).into(),
            noise: 0.0,
            rows: 64,
        };
        let found = readability(&clean, 1e-4, 3, &[(3, 1), (2, 1)]).expect("a world");
        assert!(found.iter().all(|p| (p - 1.0).abs() < 1e-3), "{found:?}");
    }
}
