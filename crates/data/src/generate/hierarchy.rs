//! Linear factors for chosen sets of modalities.

use super::world::{GeneratedTable, Stream, World, factor, normal, orthonormal, rng, round};
use super::{check_noise, check_size, refuse};
use crate::Error;
use crate::parts::{MAX_MODALITIES, MIN_MODALITIES};
use ndarray::{Array1, Array2};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

const NAMES: [&str; MAX_MODALITIES] = ["a", "b", "c", "d", "e", "f", "g", "h"];
const MAX_DIM: u32 = 4096;

/// `x_m = Σ_{S∋m} W_{m,S} z_S + noise · ε` with z and ε standard normal (the latent model of HCL,
/// Li et al. 2026); each loading block `W_{m,S} = Q diag(s) Qʹᵀ` with random orthonormal Q and Qʹ
/// and singular values s ~ U[0.7, 1.5]. `noise` is a standard deviation. Labels are the first
/// factor of each subset.
pub(super) fn world(
    dims: &[u32],
    ranks: &BTreeMap<String, u32>,
    noise: f64,
    rows: u32,
    seed: u64,
) -> Result<World, Error> {
    check_noise(noise)?;
    let subsets = subsets(dims, ranks, noise)?;
    check_size(rows, dims.iter().map(|&dim| u64::from(dim)).sum())?;
    let mut world_rng = rng(seed, Stream::World);
    let rank: usize = subsets.iter().map(|subset| subset.rank).sum();
    let loadings: Vec<Array2<f64>> = dims
        .iter()
        .enumerate()
        .map(|(m, &dim)| loading(m, dim as usize, &subsets, rank, &mut world_rng))
        .collect();
    let rows = rows as usize;
    let mut rng = rng(seed, Stream::Rows);
    let mut truth = Array2::zeros((rows, rank));
    let mut values: Vec<_> = dims.iter().map(|&dim| Array2::zeros((rows, dim as usize))).collect();
    for row in 0..rows {
        let z = Array1::from_shape_simple_fn(rank, || round(normal(&mut rng)));
        for (values, w) in values.iter_mut().zip(&loadings) {
            let clean = w.dot(&z);
            let noisy = clean.mapv(|x| round(x + noise * normal(&mut rng)));
            values.row_mut(row).assign(&noisy);
        }
        truth.row_mut(row).assign(&z);
    }
    let mut factors = Vec::with_capacity(rank);
    let mut first = Vec::with_capacity(subsets.len());
    for subset in &subsets {
        let members: Vec<_> = subset.members.iter().map(|&m| NAMES[m]).collect();
        first.push(factors.len());
        for number in 1..=subset.rank {
            factors.push(factor(format!("z_{}_{number}", members.join("+")), &members));
        }
    }
    let labels = Array2::from_shape_fn((rows, first.len()), |(row, l)| truth[[row, first[l]]]);
    Ok(World {
        tables: values
            .into_iter()
            .zip(NAMES)
            .map(|(values, name)| GeneratedTable {
                name: name.to_owned(),
                columns: (1..=values.ncols()).map(|i| format!("{name}{i}")).collect(),
                values,
            })
            .collect(),
        labels: GeneratedTable {
            name: "labels".to_owned(),
            columns: first.iter().map(|&f| factors[f].name.clone()).collect(),
            values: labels,
        },
        factors,
        truth: truth.mapv(|z| z as f32),
    })
}

/// Modalities that share some factors.
struct Subset {
    members: Vec<usize>,
    rank: usize,
}

/// Reads `a+b: 2`, largest subsets first.
fn subsets(dims: &[u32], ranks: &BTreeMap<String, u32>, noise: f64) -> Result<Vec<Subset>, Error> {
    if !(MIN_MODALITIES..=MAX_MODALITIES).contains(&dims.len()) {
        let given = format!("a list of {}", dims.len());
        return Err(refuse("dims", given, "from 2 to 8 numbers, one a modality"));
    }
    if let Some(dim) = dims.iter().find(|dim| !(1..=MAX_DIM).contains(dim)) {
        return Err(refuse("dims", dim, format!("numbers from 1 to {MAX_DIM}")));
    }
    let names = &NAMES[..dims.len()];
    let mut subsets: Vec<Subset> = Vec::new();
    for (key, &rank) in ranks {
        let position = |name: &str| names.iter().position(|known| *known == name.trim());
        let members: Option<Vec<usize>> = key.split('+').map(position).collect();
        let expected = || format!("{} joined by +, each once", names.join(", "));
        let mut members = members.ok_or_else(|| refuse("ranks", key, expected()))?;
        members.sort_unstable();
        let twice = members.windows(2).any(|pair| pair[0] == pair[1]);
        if twice || subsets.iter().any(|subset| subset.members == members) {
            return Err(refuse("ranks", key, expected()));
        }
        let rank = rank as usize;
        subsets.push(Subset { members, rank });
    }
    subsets.retain(|subset| subset.rank > 0);
    if subsets.is_empty() {
        return Err(refuse("ranks", "empty", "at least one, such as a+b:2"));
    }
    subsets.sort_by(|a, b| {
        let size = b.members.len().cmp(&a.members.len());
        size.then_with(|| a.members.cmp(&b.members))
    });
    for (m, &dim) in dims.iter().enumerate() {
        let of_m = subsets.iter().filter(|subset| subset.members.contains(&m));
        // Saturating: ranks are whatever a link says.
        let rank = of_m.fold(0_usize, |sum, subset| sum.saturating_add(subset.rank));
        let name = names[m];
        if rank > dim as usize {
            let given = format!("{rank} in total for {name}");
            return Err(refuse("ranks", given, format!("at most its {dim} dimensions")));
        }
        if rank == 0 && noise == 0.0 {
            let given = format!("0 for {name}");
            return Err(refuse("ranks", given, "at least one factor, or some noise"));
        }
    }
    Ok(subsets)
}

/// `[dim, rank]`: the blocks of modality `m` side by side, 0 for subsets without it.
fn loading(
    m: usize,
    dim: usize,
    subsets: &[Subset],
    rank: usize,
    rng: &mut ChaCha8Rng,
) -> Array2<f64> {
    let mut w = Array2::zeros((dim, rank));
    let mut start = 0;
    for subset in subsets {
        let end = start + subset.rank;
        if subset.members.contains(&m) {
            let left = orthonormal(dim, subset.rank, rng);
            let right = orthonormal(subset.rank, subset.rank, rng);
            let s = Array1::from_shape_simple_fn(subset.rank, || rng.random_range(0.7..1.5));
            let left = left * &s;
            // Column by column: a product of matrices is not the same to the last bit on every
            // processor.
            for (column, right) in (start..end).zip(right.rows()) {
                w.column_mut(column).assign(&left.dot(&right));
            }
        }
        start = end;
    }
    w
}
