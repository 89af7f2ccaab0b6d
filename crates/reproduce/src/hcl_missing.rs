//! How far HCL (Li et al. 2026, arXiv 2604.05462) degrades where modalities are missing. Its theory
//! has no missing modalities; what stands here in their place is ours.

use crate::hcl_deep::{self, Mixing, RECIPE, STEPS};
use crate::hcl_linear::{ROWS, fit, over};
use crate::laboratory::Context;
use crate::world::{kept_of_three, rng};
use crate::{FIRST_SEED, ReproduceError, Row, Rule};
use ndarray::{Array2, Axis, Slice};
use rand::RngExt;
use trefoil_factor::{Covariance, Design, FactorError, Recovery};

/// Shares of the rows that lack a modality, for each modality by itself.
const MISSING: [u32; 4] = [0, 10, 20, 40];
/// Rows of the linear part.
const LINEAR: usize = 8000;
/// Worlds of the linear part: they cost no training.
const WORLDS: u32 = 10;

pub(crate) fn missing(context: &mut Context<'_>) -> Result<Vec<Row>, ReproduceError> {
    let mut rows = Vec::new();
    let mut complete = f64::NAN;
    for percent in MISSING {
        let [pairwise, zeros] = over(WORLDS, |seed| linear(f64::from(percent) / 100.0, seed))?;
        if percent == 0 {
            complete = pairwise.mean.unwrap_or(f64::NAN);
        }
        // Of the rows that have both of a pair 36 % are left where each lacks 40 %: by that alone
        // the error grows to 5/3 of what it was.
        let rule = Rule::AtMost(2.0 * complete);
        let what =
            |how: &str| format!("linear, {percent} % missing, {how}: relative error of \u{3a3}");
        rows.push(Row::new(what("pairs of rows that have both (ours)"), pairwise, rule));
        rows.push(Row::new(what("zeros, as in the authors\u{2019} code"), zeros, Rule::Shown));
    }
    for percent in MISSING {
        let config = context.config(&["hcl"], STEPS, RECIPE)?;
        let files = hcl_deep::world(Mixing::Mild, FIRST_SEED, f64::from(percent) / 100.0)?;
        let report = context.run(&format!("{percent} % missing"), &files, &config)?;
        let absent = || ReproduceError::Absent("HCL".to_owned());
        let kept = kept_of_three(f64::from(percent) / 100.0);
        let [own, other] = hcl_deep::recovered(report.objectives.first().ok_or_else(absent)?)?;
        let what = |from: &str| {
            format!("deep (ours), {percent} % missing{kept}: R\u{b2} of a factor {from}")
        };
        rows.push(Row::new(what("from its own block"), own, Rule::Shown));
        rows.push(Row::new(what("from the other blocks"), other, Rule::AtMost(0.05)));
    }
    Ok(rows)
}

/// Errors of the signal's covariance by peeling: on pairwise covariances, and on zeros.
fn linear(missing: f64, seed: u64) -> Result<[f64; 2], FactorError> {
    let world = crate::hcl_linear::world(Design::Base, 0.1, seed)?;
    let structure = world.loadings().structure();
    let mut x = world.draw(LINEAR, ROWS + seed).x;
    let mut rng = rng(seed);
    let count = structure.dims().len();
    let present = Array2::from_shape_simple_fn((LINEAR, count), || !rng.random_bool(missing));
    let error = |covariance: &Covariance| {
        let (found, _) = fit(covariance, structure)?;
        Ok::<f64, FactorError>(Recovery::new(world.loadings(), &found)?.gram)
    };
    let pairwise = Covariance::pairwise(x.view(), present.view(), structure.dims())?;
    for ((i, m), here) in present.indexed_iter() {
        if !here {
            x.row_mut(i).slice_axis_mut(Axis(0), Slice::from(structure.range(m))).fill(0.0);
        }
    }
    let zeros = Covariance::sample(x.view(), structure.dims())?;
    Ok([error(&pairwise)?, error(&zeros)?])
}
