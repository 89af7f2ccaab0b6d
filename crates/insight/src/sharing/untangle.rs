//! Step 3: rotate the shared space so that each component belongs to one set of modalities.

use ndarray::Array2;

const SWEEPS: usize = 200;
const SMALLEST: f64 = 1e-10;

/// The orthogonal Q for which all Qᵀ P Q are as diagonal as they can be, by Jacobi angles
/// (Cardoso & Souloumiac 1996, eq. 2–3, for real symmetric matrices).
pub(super) fn rotation(mut targets: Vec<Array2<f64>>) -> Array2<f64> {
    let k = targets.first().map_or(0, Array2::nrows);
    let mut q = Array2::eye(k);
    for _ in 0..SWEEPS {
        let mut moved = false;
        for i in 0..k {
            for j in i + 1..k {
                let (c, s) = angle(&targets, i, j);
                if s.abs() > SMALLEST {
                    moved = true;
                    for p in &mut targets {
                        rotate_columns(p, i, j, c, s);
                        rotate_columns(&mut p.view_mut().reversed_axes(), i, j, c, s);
                    }
                    rotate_columns(&mut q, i, j, c, s);
                }
            }
        }
        if !moved {
            break;
        }
    }
    q
}

/// Cosine and sine of the angle that makes entries (i, j) of all targets smallest together.
fn angle(targets: &[Array2<f64>], i: usize, j: usize) -> (f64, f64) {
    let (mut on, mut off) = (0.0, 0.0);
    for p in targets {
        let h = [p[[i, i]] - p[[j, j]], p[[i, j]] + p[[j, i]]];
        on += h[0] * h[0] - h[1] * h[1];
        off += 2.0 * h[0] * h[1];
    }
    let theta = 0.5 * off.atan2(on + on.hypot(off));
    (theta.cos(), theta.sin())
}

fn rotate_columns<S>(
    a: &mut ndarray::ArrayBase<S, ndarray::Ix2>,
    i: usize,
    j: usize,
    c: f64,
    s: f64,
) where
    S: ndarray::DataMut<Elem = f64>,
{
    for mut row in a.rows_mut() {
        let (x, y) = (row[i], row[j]);
        row[i] = c * x + s * y;
        row[j] = c * y - s * x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;
    use proptest::prelude::*;

    fn orthogonal(entries: &[f64], k: usize) -> Array2<f64> {
        let q = DMatrix::from_fn(k, k, |i, j| entries[i * k + j] + f64::from(u8::from(i == j)))
            .qr()
            .q();
        Array2::from_shape_fn((k, k), |(i, j)| q[(i, j)])
    }

    proptest! {
        #[test]
        fn undoes_a_common_rotation(
            entries in prop::collection::vec(-0.4..0.4_f64, 25),
            diagonals in prop::collection::vec(0.0..1.0_f64, 15),
        ) {
            let k = 5;
            let u = orthogonal(&entries, k);
            let targets: Vec<Array2<f64>> = diagonals
                .chunks(k)
                .map(|d| u.dot(&Array2::from_diag(&ndarray::arr1(d))).dot(&u.t()))
                .collect();
            let q = rotation(targets.clone());
            let unit = q.t().dot(&q) - Array2::<f64>::eye(k);
            prop_assert!(unit.iter().all(|v| v.abs() < 1e-10));
            for p in &targets {
                let d = q.t().dot(p).dot(&q);
                for i in 0..k {
                    for j in 0..k {
                        prop_assert!(i == j || d[[i, j]].abs() < 1e-6, "{}", d);
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_to_rotate() {
        assert_eq!(rotation(Vec::new()).dim(), (0, 0));
        assert_eq!(rotation(vec![Array2::eye(1)]), Array2::<f64>::eye(1));
    }
}
