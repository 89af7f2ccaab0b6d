//! What `insight` and `factor` both compute with: symmetric eigenproblems and a minimiser, in f64.

mod eigen;
mod lbfgs;

pub use eigen::{Eigen, symmetric, symmetric_values};
pub use lbfgs::{Minimum, minimise};
