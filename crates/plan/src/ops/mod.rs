//! The ops. Each is a trio, side by side: the contract and the rule of its backward pass
//! (`<op>.rs`, with the reference in plain Rust), and its shader (`<op>.wgsl`).
//!
//! To add one, write the two files, list the kernel in [`KERNELS`], and add a case to
//! `tests/parity.rs`; the suite fails where a kernel has none.

use crate::Kernel;

/// Defines a kernel: name of the static, stem, operands, attributes, grid, operations, reference.
macro_rules! kernel {
    (
        $id:ident = $name:literal,
        [$($access:ident $operand:ident),* $(,)?],
        [$($attr:ident),* $(,)?],
        $grid:expr, $flops:expr, $reference:ident
    ) => {
        pub(crate) static $id: $crate::Kernel = $crate::Kernel {
            name: $name,
            operands: &[$($crate::kernel::$access(stringify!($operand))),*],
            attrs: &[$(stringify!($attr)),*],
            wgsl: include_str!(concat!($name, ".wgsl")),
            grid: $grid,
            flops: $flops,
            f32: $reference::<f32>,
            f64: $reference::<f64>,
        };
    };
}

pub(crate) mod activation;
pub(crate) mod adamw;
pub(crate) mod attention;
pub(crate) mod batch_norm;
pub(crate) mod center;
pub(crate) mod column_sum;
pub(crate) mod draw;
pub(crate) mod gather;
pub(crate) mod hadamard;
pub(crate) mod judge;
pub(crate) mod layer_norm;
pub(crate) mod masked_mean;
pub(crate) mod matmul;
pub(crate) mod nce;
mod nce_weights;
pub(crate) mod normalize;
pub(crate) mod partner;
pub(crate) mod permutations;
pub(crate) mod products;
pub(crate) mod quadratic;
mod shape;
pub(crate) mod squared_error;
pub(crate) mod sum;
pub(crate) mod token_mask;
pub(crate) mod tuples;
pub(crate) mod views;
pub(crate) mod watch;

/// Every kernel there is.
pub static KERNELS: &[&Kernel] = &[
    &activation::FORWARD,
    &activation::BACKWARD,
    &adamw::ADAMW,
    &adamw::KEEP_BEST,
    &attention::FORWARD,
    &attention::BACKWARD,
    &attention::QUERY_BACKWARD,
    &batch_norm::FORWARD,
    &batch_norm::BACKWARD,
    &batch_norm::TRACK,
    &batch_norm::APPLY,
    &center::CENTER,
    &column_sum::COLUMN_SUM,
    &draw::DRAW,
    &gather::GATHER,
    &hadamard::FORWARD,
    &hadamard::BACKWARD,
    &judge::JUDGE,
    &judge::TALLY,
    &layer_norm::FORWARD,
    &layer_norm::BACKWARD,
    &masked_mean::FORWARD,
    &masked_mean::BACKWARD,
    &matmul::ROWS,
    &matmul::MATMUL,
    &nce::FORWARD,
    &nce::BACKWARD,
    &nce::POSITIVE_BACKWARD,
    &normalize::FORWARD,
    &normalize::BACKWARD,
    &partner::PARTNER,
    &permutations::PERMUTATIONS,
    &products::DOT,
    &products::ROW_DOT,
    &products::SCALE_ROWS,
    &products::DIVIDE,
    &quadratic::FORWARD,
    &quadratic::BACKWARD,
    &squared_error::FORWARD,
    &squared_error::BACKWARD,
    &sum::SUM,
    &token_mask::TOKEN_MASK,
    &tuples::FORWARD,
    &tuples::BACKWARD,
    &views::VIEWS,
    &watch::TICK,
    &watch::WATCH,
    &watch::ADVANCE,
];
