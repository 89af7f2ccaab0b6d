//! Second moments of all modalities together.

use crate::FactorError;
use crate::linalg::{centred, finite, pick, same};
use crate::structure::{Subset, check_dims, range, rows};
use ndarray::{Array2, ArrayView2, Axis, Slice};

/// A covariance (d × d) with the widths of its modalities, and how many rows it is from.
#[derive(Clone, Debug, PartialEq)]
pub struct Covariance {
    matrix: Array2<f64>,
    dims: Vec<usize>,
    rows: Option<usize>,
}

impl Covariance {
    /// Of the rows of `x` (n × d, modalities side by side), with denominator n−1: `S_n` of the
    /// published code.
    ///
    /// # Errors
    /// Widths that do not add up, fewer than two rows, a value that is not finite.
    pub fn sample(x: ArrayView2<f64>, dims: &[usize]) -> Result<Self, FactorError> {
        check_dims(dims)?;
        same("columns", dims.iter().sum(), x.ncols())?;
        enough(x.nrows(), "of data")?;
        finite(x.iter(), "the data")?;
        let (x, _) = centred(x);
        let matrix = x.t().dot(&x) / (x.nrows() - 1) as f64;
        Ok(Self { matrix, dims: dims.to_vec(), rows: Some(x.nrows()) })
    }

    /// Of rows in which modalities are missing: each block of two modalities from the rows that
    /// have both, with the means of those rows. `presence` is n × M; what `x` holds where a
    /// modality is missing is not read.
    ///
    /// Ours: HCL has no theory for missing modalities, and its code fills them with zeros, which
    /// shrinks every covariance. The result can have negative eigenvalues; its rows count as
    /// those of the pair that has fewest.
    ///
    /// # Errors
    /// Widths that do not add up, two modalities with fewer than two common rows, a value that is
    /// present and not finite.
    pub fn pairwise(
        x: ArrayView2<f64>,
        presence: ArrayView2<bool>,
        dims: &[usize],
    ) -> Result<Self, FactorError> {
        check_dims(dims)?;
        same("columns", dims.iter().sum(), x.ncols())?;
        same("modalities of the mask", dims.len(), presence.ncols())?;
        same("rows of the mask", x.nrows(), presence.nrows())?;
        let mut matrix = Array2::zeros((x.ncols(), x.ncols()));
        let mut fewest = usize::MAX;
        for a in 0..dims.len() {
            for b in a..dims.len() {
                let common: Vec<usize> =
                    (0..x.nrows()).filter(|i| presence[[*i, a]] && presence[[*i, b]]).collect();
                enough(common.len(), "that have two of the modalities")?;
                fewest = fewest.min(common.len());
                let part = |m| {
                    let columns = x.slice_axis(Axis(1), Slice::from(range(dims, m)));
                    centred(columns.select(Axis(0), &common).view()).0
                };
                let (left, right) = (part(a), part(b));
                finite(left.iter().chain(&right), "the data")?;
                let block = left.t().dot(&right) / (common.len() - 1) as f64;
                for (i, row) in range(dims, a).zip(block.rows()) {
                    for (j, value) in range(dims, b).zip(row) {
                        matrix[[i, j]] = *value;
                        matrix[[j, i]] = *value;
                    }
                }
            }
        }
        Ok(Self { matrix, dims: dims.to_vec(), rows: Some(fewest) })
    }

    /// A known covariance, without sampling error.
    ///
    /// # Errors
    /// A shape other than d × d, a value that is not finite.
    pub fn population(matrix: Array2<f64>, dims: &[usize]) -> Result<Self, FactorError> {
        check_dims(dims)?;
        let d = dims.iter().sum();
        same("rows of the covariance", d, matrix.nrows())?;
        same("columns of the covariance", d, matrix.ncols())?;
        finite(matrix.iter(), "the covariance")?;
        Ok(Self { matrix, dims: dims.to_vec(), rows: None })
    }

    /// d × d.
    pub fn matrix(&self) -> ArrayView2<'_, f64> {
        self.matrix.view()
    }

    /// `d_m` of each modality.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// n; none for a known covariance.
    pub fn rows(&self) -> Option<usize> {
        self.rows
    }

    /// The part that belongs to the modalities of `subset`.
    pub fn within(&self, subset: Subset) -> Array2<f64> {
        let rows = rows(&self.dims, subset);
        pick(self.matrix.view(), &rows, &rows)
    }
}

fn enough(found: usize, what: &'static str) -> Result<(), FactorError> {
    if found < 2 { Err(FactorError::TooFewRows { what, found, needed: 2 }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn denominator_is_one_less_than_the_rows() {
        let x = array![[1.0, 2.0], [3.0, 2.0], [5.0, 5.0]];
        let c = Covariance::sample(x.view(), &[1, 1]).unwrap();
        assert!(
            (&c.matrix() - &array![[4.0, 3.0], [3.0, 3.0]]).iter().all(|v: &f64| v.abs() < 1e-12)
        );
        assert_eq!(c.within(Subset::of(&[1])).dim(), (1, 1));
    }

    #[test]
    fn missing_values_are_not_read() {
        let full = array![[1.0, 2.0], [3.0, 2.0], [5.0, 5.0], [0.0, 1.0]];
        let all = Array2::from_elem((4, 2), true);
        let dims = [1, 1];
        let whole = Covariance::sample(full.view(), &dims).unwrap();
        let same = Covariance::pairwise(full.view(), all.view(), &dims).unwrap();
        assert!((&whole.matrix() - &same.matrix()).iter().all(|v| v.abs() < 1e-12));
        let (mut x, mut mask) = (full, all);
        (x[[3, 1]], mask[[3, 1]]) = (f64::NAN, false);
        let c = Covariance::pairwise(x.view(), mask.view(), &dims).unwrap();
        assert_eq!(c.rows(), Some(3));
        let expected = array![[59.0 / 12.0, 3.0], [3.0, 3.0]];
        assert!((&c.matrix() - &expected).iter().all(|v: &f64| v.abs() < 1e-12), "{c:?}");
        mask.column_mut(1).fill(false);
        let none = Covariance::pairwise(x.view(), mask.view(), &dims).unwrap_err();
        assert!(matches!(none, FactorError::TooFewRows { found: 0, .. }));
    }
}
