//! Ridge CCA on principal components: the linear floor that retrieval must beat, and the
//! retrieval of the raw baseline.
//!
//! Vinod 1976 for the ridge; the rest is ours: query and candidate are compared by the cosine of
//! their canonical variates, weighted by the canonical correlations or not. How many principal
//! components enter, the ridge and the weighting are chosen on `tune`, by the mean reciprocal
//! rank, which is steadier than top-1 on few rows.

use super::{Scores, Task};
use crate::linalg::{
    Eigen, Pca, beside, centred, cross, first, means, single, symmetric, take, views,
};
use crate::random::some_of;
use crate::raw::features;
use crate::{Data, Look};
use ndarray::{Array1, Array2, Axis};

/// Principal components of each modality that are tried.
const COMPONENTS: [usize; 4] = [10, 20, 40, 80];
/// Components of all given modalities together, at most.
const GIVEN: usize = 240;
/// Ridges that are tried, in units of the mean variance of a component.
const RIDGES: [f64; 3] = [0.01, 0.1, 1.0];
/// Queries that choose, at most.
const CHOOSERS: usize = 512;
const LEAST_ROWS: usize = 10;

/// Principal components of the raw features of every modality, for every row.
#[derive(Clone, Debug, Default)]
pub struct Components {
    scores: Vec<Array2<f32>>,
}

impl Components {
    /// Fits those of the next modality, on the training rows that have it; true once all are
    /// fitted.
    pub fn step(&mut self, data: &Data, look: &Look) -> bool {
        let m = self.scores.len();
        if m < data.modalities.len() {
            let x = features(data, m);
            let rows = data.complete(&look.training(), &[m]);
            let most = COMPONENTS[COMPONENTS.len() - 1];
            self.scores.push(Pca::fit(&x, &rows, most).project(&x));
        }
        self.scores.len() == data.modalities.len()
    }

    /// `rows` × the first `each` components of each of `modalities`, side by side.
    fn of(&self, modalities: &[usize], each: usize, rows: &[usize]) -> Array2<f32> {
        let parts: Vec<Array2<f32>> = modalities
            .iter()
            .map(|m| {
                let x = take(&self.scores[*m], rows);
                first(&x, each).to_owned()
            })
            .collect();
        beside(&views(&parts), rows.len())
    }
}

/// What is chosen on `tune`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Choice {
    components: usize,
    ridge: f64,
    weighted: bool,
}

/// Canonical directions of both sides.
struct Directions {
    given: Side,
    target: Side,
    correlations: Vec<f64>,
}

/// One side: centre, then rotate to canonical variates.
struct Side {
    mean: Array1<f32>,
    axes: Array2<f64>,
}

/// Chooses a ridge CCA for `task`; call [`CcaJob::step`] until it says that it is done.
pub struct CcaJob {
    next: usize,
    best: Option<(f64, Choice)>,
}

impl CcaJob {
    /// Nothing done yet.
    pub fn new() -> Self {
        Self { next: 0, best: None }
    }

    /// Tries one number of components; true once all were tried.
    pub fn step(&mut self, data: &Data, look: &Look, components: &Components, task: &Task) -> bool {
        let Some(count) = COMPONENTS.get(self.next).copied() else {
            return true;
        };
        let narrower = self.next > 0 && !widens(components, task, self.next);
        self.next += 1;
        let rows = task.rows(data, &look.fit);
        if rows.len() >= LEAST_ROWS && !narrower && (self.next == 1 || count * 2 <= rows.len()) {
            self.try_all(data, look, components, task, count, &rows);
        }
        self.next == COMPONENTS.len()
    }

    fn try_all(
        &mut self,
        data: &Data,
        look: &Look,
        components: &Components,
        task: &Task,
        count: usize,
        rows: &[usize],
    ) {
        let mut tune = Task::new(data, &look.tune, task.target, task.given.clone());
        let some = some_of(tune.queries.len(), CHOOSERS);
        tune.queries = some.iter().map(|&i| tune.queries[i]).collect();
        tune.right = some.iter().map(|&i| tune.right[i]).collect();
        let halves = Halves::new(components, task, count, rows);
        for ridge in RIDGES {
            let directions = halves.directions(ridge);
            for weighted in [true, false] {
                let choice = Choice { components: count, ridge, weighted };
                let found = directions.scores(components, &tune, choice);
                let score = tune.reciprocal(&found).unwrap_or(0.0);
                if self.best.is_none_or(|(best, _)| score > best) {
                    self.best = Some((score, choice));
                }
            }
        }
    }

    /// Fits the chosen CCA on the training rows and answers `task`; none with too few rows.
    pub fn finish(
        self,
        data: &Data,
        look: &Look,
        components: &Components,
        task: &Task,
    ) -> Option<Scores> {
        let (_, choice) = self.best?;
        let rows = task.rows(data, &look.training());
        let halves = Halves::new(components, task, choice.components, &rows);
        Some(halves.directions(choice.ridge).scores(components, task, choice))
    }
}

impl Default for CcaJob {
    fn default() -> Self {
        Self::new()
    }
}

impl Task {
    /// Rows of `rows` that have the target and all that is given.
    fn rows(&self, data: &Data, rows: &[usize]) -> Vec<usize> {
        let mut needed = self.given.clone();
        needed.push(self.target);
        data.complete(rows, &needed)
    }

    fn each_given(&self, count: usize) -> usize {
        count.min((GIVEN / self.given.len().max(1)).max(1))
    }
}

/// Whether the number of components at `next` gives any side more of them than the one before.
fn widens(components: &Components, task: &Task, next: usize) -> bool {
    let (now, before) = (COMPONENTS[next], COMPONENTS[next - 1]);
    let wider = |m: &usize, now: usize, before: usize| {
        let has = components.scores[*m].ncols();
        has.min(now) > has.min(before)
    };
    wider(&task.target, now, before)
        || task.given.iter().any(|m| wider(m, task.each_given(now), task.each_given(before)))
}

/// Both sides' covariances, decomposed once for all ridges.
struct Halves {
    means: [Array1<f64>; 2],
    eigen: [Eigen; 2],
    between: Array2<f64>,
}

impl Halves {
    fn new(components: &Components, task: &Task, count: usize, rows: &[usize]) -> Self {
        let given = components.of(&task.given, task.each_given(count), rows);
        let target = components.of(&[task.target], count, rows);
        let (mg, mt) = (means(given.view()), means(target.view()));
        let given = centred(given, &mg);
        let target = centred(target, &mt);
        Self {
            eigen: [
                symmetric(&cross(given.view(), given.view())),
                symmetric(&cross(target.view(), target.view())),
            ],
            between: cross(given.view(), target.view()),
            means: [mg, mt],
        }
    }

    fn directions(&self, ridge: f64) -> Directions {
        let (a, b) = (whitener(&self.eigen[0], ridge), whitener(&self.eigen[1], ridge));
        let t = a.dot(&self.between).dot(&b);
        // Singular vectors from the smaller of tᵀt and ttᵀ.
        let tall = t.nrows() >= t.ncols();
        let eigen = symmetric(&if tall { t.t().dot(&t) } else { t.dot(&t.t()) });
        let rank = eigen.values.iter().take_while(|v| **v > 1e-10).count();
        let correlations: Vec<f64> = eigen.values[..rank].iter().map(|v| v.sqrt()).collect();
        let small = first(&eigen.vectors, rank).to_owned();
        let mut large = if tall { t.dot(&small) } else { t.t().dot(&small) };
        for (mut column, s) in large.columns_mut().into_iter().zip(&correlations) {
            column /= *s;
        }
        let (u, v) = if tall { (large, small) } else { (small, large) };
        let side = |i: usize, axes| Side { mean: self.means[i].mapv(|x| x as f32), axes };
        Directions { given: side(0, a.dot(&u)), target: side(1, b.dot(&v)), correlations }
    }
}

/// (C + ridge · mean variance · I)^−½.
fn whitener(eigen: &Eigen, ridge: f64) -> Array2<f64> {
    let unit = eigen.values.iter().sum::<f64>() / eigen.values.len().max(1) as f64;
    let mut scaled = eigen.vectors.clone();
    for (mut column, value) in scaled.columns_mut().into_iter().zip(&eigen.values) {
        column /= (value.max(0.0) + ridge * unit).max(f64::MIN_POSITIVE).sqrt();
    }
    scaled.dot(&eigen.vectors.t())
}

impl Directions {
    fn scores(&self, components: &Components, task: &Task, choice: Choice) -> Scores {
        let given = components.of(&task.given, task.each_given(choice.components), &task.queries);
        let target = components.of(&[task.target], choice.components, &task.candidates);
        Scores {
            queries: self.variates(&self.given, &given, choice.weighted),
            candidates: self.variates(&self.target, &target, choice.weighted),
            filled: false,
        }
    }

    /// Canonical variates of length one.
    fn variates(&self, side: &Side, x: &Array2<f32>, weighted: bool) -> Array2<f32> {
        let mut axes = side.axes.clone();
        if weighted {
            for (mut column, r) in axes.columns_mut().into_iter().zip(&self.correlations) {
                column *= *r;
            }
        }
        let mut out = (x - &side.mean).dot(&single(&axes));
        for mut row in out.axis_iter_mut(Axis(0)) {
            let norm = row.dot(&row).sqrt();
            if norm > 0.0 {
                row /= norm;
            }
        }
        out
    }
}
