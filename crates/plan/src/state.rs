//! What a replica remembers between steps, on the device: one row of floats. Counts are exact up
//! to 2²⁴.

/// Positions in the state row; the shader header has them as constants of these names after `AT_`.
pub(crate) const FIELDS: &[&str] = &[
    "KEY_HIGH",
    "KEY_LOW",
    "STEP",
    "STATUS",
    "STOPPED_AT",
    "BEST",
    "BEST_STEP",
    "BAD",
    "IMPROVED",
    "VALIDATIONS",
    "VALIDATION_BATCH",
    "CURSOR",
];

/// Upper 16 bits of the replica's key.
pub const KEY_HIGH: usize = 0;
/// Lower 16 bits of the replica's key.
pub const KEY_LOW: usize = 1;
/// Steps done.
pub const STEP: usize = 2;
/// One of [`RUNNING`], [`PATIENCE`], [`DIVERGED`].
pub const STATUS: usize = 3;
/// Steps done when it stopped.
pub const STOPPED_AT: usize = 4;
/// Best validation loss so far.
pub const BEST: usize = 5;
/// Steps done when it was found.
pub const BEST_STEP: usize = 6;
/// Validations since.
pub const BAD: usize = 7;
/// Whether the last validation was the best.
pub const IMPROVED: usize = 8;
/// Validations done.
pub const VALIDATIONS: usize = 9;
/// Batch of the validation in progress.
pub const VALIDATION_BATCH: usize = 10;
/// First row of the next batch of embeddings.
pub const CURSOR: usize = 11;
/// How many fields the draw of a training batch looks at: the first, key and step.
pub(crate) const DRAW_FIELDS: u32 = 3;
/// Length of the row.
pub const LEN: usize = 12;

/// Status: it trains.
pub const RUNNING: f32 = 0.0;
/// Status: validation has not improved for the set patience.
pub const PATIENCE: f32 = 1.0;
/// Status: a loss or a gradient was not finite.
pub const DIVERGED: f32 = 2.0;

// Parts of the row that kernels are given.
const _: () = assert!(KEY_HIGH == 0 && KEY_LOW == 1 && STEP + 1 == DRAW_FIELDS as usize);
const _: () = assert!(STOPPED_AT == STATUS + 1 && STATUS as u32 >= DRAW_FIELDS);

/// The state a replica starts from.
pub(crate) fn initial(key: u32) -> Vec<f64> {
    let mut row = vec![0.0; LEN];
    row[KEY_HIGH] = f64::from(key >> 16);
    row[KEY_LOW] = f64::from(key & 0xffff);
    row[BEST] = f64::from(f32::MAX);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_the_shader_header_are_in_order() {
        assert_eq!(FIELDS.len(), LEN);
        for (name, at) in
            [("KEY_LOW", KEY_LOW), ("BEST", BEST), ("CURSOR", CURSOR), ("STATUS", STATUS)]
        {
            assert_eq!(FIELDS[at], name);
        }
    }
}
