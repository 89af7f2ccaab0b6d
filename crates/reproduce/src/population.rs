//! The sharing map of a linear world with infinitely many rows, by calculation.

use crate::ReproduceError;
use ndarray::Array2;
use std::collections::BTreeMap;
use trefoil_data::{NamedBytes, TruthFile, generate};
use trefoil_numerics::symmetric;
use trefoil_protocol::Generator;

/// Below this a component cannot be read from a modality; here what is shared is read to .5 or more.
const READ: f64 = 0.25;

/// Mean readability of the components of each set of modalities from these, as `a+b`, in the world of
/// a `hierarchy` without noise to which noise of this variance is added.
///
/// With `R` the correlation of the whitened modalities, `R v = λ v`, the component `Yv/√λ` has
/// R² `λ‖v_m‖²` from modality m: generalised canonical correlation as maximal variance (Kettenring
/// 1971), on the covariance `W Wᵀ + c I`.
pub(crate) fn readability(
    clean: &Generator,
    variance: f64,
    seed: u64,
) -> Result<BTreeMap<String, f64>, ReproduceError> {
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
    Ok(means(&names, &whitened))
}

/// From `[dim, factors]` loadings of each whitened modality.
fn means(names: &[String], whitened: &[Array2<f64>]) -> BTreeMap<String, f64> {
    // Of which modality a dimension is.
    let owner: Vec<usize> =
        whitened.iter().enumerate().flat_map(|(m, w)| std::iter::repeat_n(m, w.nrows())).collect();
    let rows: Vec<_> = whitened.iter().flat_map(|w| w.rows()).collect();
    let correlation = Array2::from_shape_fn((rows.len(), rows.len()), |(i, j)| {
        if owner[i] == owner[j] { f64::from(u8::from(i == j)) } else { rows[i].dot(&rows[j]) }
    });
    let eigen = symmetric(correlation.view());
    let mut sums: BTreeMap<String, (f64, usize)> = BTreeMap::new();
    for (k, lambda) in eigen.values.iter().enumerate() {
        let mut p = vec![0.0; names.len()];
        for (v, m) in eigen.vectors.column(k).iter().zip(&owner) {
            p[*m] += lambda * v * v;
        }
        let read: Vec<usize> = (0..names.len()).filter(|m| p[*m] > READ).collect();
        // An eigenvalue of 1 is a modality's own direction, or any mixture of such.
        if read.len() > 1 && *lambda > 1.0 + READ {
            let set: Vec<&str> = read.iter().map(|m| names[*m].as_str()).collect();
            let sum = sums.entry(set.join("+")).or_default();
            sum.0 += read.iter().map(|m| p[*m]).sum::<f64>();
            sum.1 += read.len();
        }
    }
    sums.into_iter().map(|(set, (sum, count))| (set, sum / count as f64)).collect()
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
        let names = ["a", "b"].map(str::to_owned);
        let whitened = [array![[0.8_f64.sqrt()], [0.0]], array![[0.5_f64.sqrt()]]];
        let found = means(&names, &whitened);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["a+b"]);
        assert!((found["a+b"] - f64::midpoint(1.0, 0.4_f64.sqrt())).abs() < 1e-12, "{found:?}");
    }

    /// From a world's files to the same: where nothing is added, all of a component can be read.
    #[test]
    fn a_world_without_noise_is_read_whole() {
        let ranks = [("a+b+c", 1), ("a+b", 1), ("c", 1)];
        let clean = Generator::Hierarchy {
            dims: vec![5, 4, 6],
            ranks: ranks.map(|(set, rank)| (set.to_owned(), rank)).into(),
            noise: 0.0,
            rows: 64,
        };
        let found = readability(&clean, 1e-4, 3).expect("a world");
        assert_eq!(found.keys().collect::<Vec<_>>(), ["a+b", "a+b+c"]);
        assert!(found.values().all(|p| (p - 1.0).abs() < 1e-3), "{found:?}");
    }
}
