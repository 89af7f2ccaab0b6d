//! Three modalities of bits of which no two tell the third apart.

use super::world::{GeneratedTable, Stream, World, factor, rng};
use super::{check_size, refuse};
use crate::Error;
use ndarray::Array2;
use rand::RngExt;

/// a and b are fair bits; with probability `p`, one draw for all bits of a row, c = a ⊕ b, else
/// c = a (Symile, Saporta et al. 2024, §5.1). Labels are the first bit of each.
///
/// Factors are the bits of a and b, which c is made of, and the switch where it varies.
pub(super) fn world(bits: u32, p: f64, rows: u32, seed: u64) -> Result<World, Error> {
    if !(1..=64).contains(&bits) {
        return Err(refuse("bits", bits, "a whole number from 1 to 64"));
    }
    if !(0.0..=1.0).contains(&p) {
        return Err(refuse("p", p, "a number from 0 to 1"));
    }
    check_size(rows, 3 * u64::from(bits))?;
    let (bits, rows) = (bits as usize, rows as usize);
    let mut rng = rng(seed, Stream::Rows);
    let mut values = [(); 3].map(|()| Array2::<f64>::zeros((rows, bits)));
    let mut switch = vec![false; rows];
    for (row, switch) in switch.iter_mut().enumerate() {
        *switch = rng.random_bool(p);
        for bit in 0..bits {
            let (a, b) = (rng.random::<bool>(), rng.random::<bool>());
            let c = if *switch { a ^ b } else { a };
            for (values, value) in values.iter_mut().zip([a, b, c]) {
                values[[row, bit]] = f64::from(u8::from(value));
            }
        }
    }
    let mixed = p > 0.0 && p < 1.0;
    let mut factors = Vec::new();
    for bit in 1..=bits {
        factors.push(factor(format!("a_bit_{bit}"), &["a", "c"]));
    }
    for bit in 1..=bits {
        let enters: &[&str] = if p > 0.0 { &["b", "c"] } else { &["b"] };
        factors.push(factor(format!("b_bit_{bit}"), enters));
    }
    if mixed {
        factors.push(factor("switch".to_owned(), &["c"]));
    }
    let truth = Array2::from_shape_fn((rows, factors.len()), |(row, factor)| match factor / bits {
        2 => f32::from(u8::from(switch[row])),
        modality => values[modality][[row, factor % bits]] as f32,
    });
    let labels = Array2::from_shape_fn((rows, 3), |(row, modality)| values[modality][[row, 0]]);
    let tables = ["a", "b", "c"].into_iter().zip(values);
    Ok(World {
        tables: tables
            .map(|(name, values)| GeneratedTable {
                name: name.to_owned(),
                columns: (1..=bits).map(|bit| format!("bit_{bit}")).collect(),
                values,
            })
            .collect(),
        labels: GeneratedTable {
            name: "labels".to_owned(),
            columns: ["a_bit_1", "b_bit_1", "c_bit_1"].map(str::to_owned).into(),
            values: labels,
        },
        factors,
        truth,
    })
}
