//! Which modalities and rows a sharing map is made of.

use super::space::{shared_count, tau};
use super::whiten::{Whitened, whiten};
use crate::{Data, InsightError, Look, Replica};

/// Rows that a map with K shared components needs for each of K + 1.
const ROWS_A_COMPONENT: usize = 20;
/// Below these nothing is computed at all.
const LEAST_FIT: usize = 10;
const LEAST_HELD_OUT: usize = 5;

/// Rows of the map; the same for every objective on the same data, so that maps can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharingPlan {
    /// Modalities that every used row has.
    pub modalities: Vec<usize>,
    /// Training rows with all of them: directions are fitted here.
    pub fit: Vec<usize>,
    /// Held-out rows with all of them: every number is computed here.
    pub held_out: Vec<usize>,
    /// What a reader must know.
    pub warnings: Vec<String>,
}

/// Rows needed for K shared components. A map that has no room for one component tells nothing,
/// so that no fewer than 40 count as enough.
pub(super) fn rows_needed(shared: usize) -> usize {
    ROWS_A_COMPONENT * (shared.max(1) + 1)
}

impl SharingPlan {
    /// All modalities, if enough training rows have all; else the largest set of modalities that
    /// has enough for the components which the `replicas` show on it (of equally large ones that
    /// with most rows), and only if it gains rows. Where no set has enough, the one that comes
    /// nearest, with a warning.
    ///
    /// Pass the raw baseline to have the same rows for every objective.
    ///
    /// # Errors
    /// [`InsightError::TooFewRows`] where no two modalities have ten training and five held-out
    /// rows in common.
    pub fn choose(data: &Data, look: &Look, replicas: &[&Replica]) -> Result<Self, InsightError> {
        let training = look.training();
        let everything: Vec<usize> = (0..data.modalities.len()).collect();
        let all_rows = data.complete(&training, &everything).len();
        let mut nearest: Option<(f64, Self)> = None;
        for set in subsets(data, &training) {
            let candidate = Self::rows_of(data, look, &training, set);
            let (fit, held) = (candidate.fit.len(), candidate.held_out.len());
            let whole = candidate.modalities.len() == everything.len();
            let enough_to_try = fit >= LEAST_FIT && held >= LEAST_HELD_OUT;
            if !enough_to_try || (!whole && fit <= all_rows) {
                continue;
            }
            let needed = replicas.iter().map(|r| candidate.needed(r)).max().unwrap_or(0);
            let share = fit as f64 / needed.max(1) as f64;
            if share >= 1.0 {
                return Ok(candidate.explained(data, all_rows));
            }
            if nearest.as_ref().is_none_or(|(best, _)| share > *best) {
                nearest = Some((share, candidate));
            }
        }
        nearest.map(|(_, plan)| plan.explained(data, all_rows)).ok_or_else(|| {
            InsightError::TooFewRows {
                what: format!(
                    "no two modalities have {LEAST_FIT} training rows and {LEAST_HELD_OUT} held-out \
                     rows in common"
                ),
            }
        })
    }

    fn rows_of(data: &Data, look: &Look, training: &[usize], modalities: Vec<usize>) -> Self {
        Self {
            fit: data.complete(training, &modalities),
            held_out: data.complete(&look.held_out, &modalities),
            modalities,
            warnings: Vec::new(),
        }
    }

    fn needed(&self, replica: &Replica) -> usize {
        let parts = self.whitened(replica);
        rows_needed(shared_count(&parts, tau(&parts)))
    }

    pub(super) fn whitened(&self, replica: &Replica) -> Vec<Whitened> {
        self.modalities.iter().map(|m| self.whitened_one(replica, *m)).collect()
    }

    pub(super) fn whitened_one(&self, replica: &Replica, m: usize) -> Whitened {
        whiten(&replica.modality[m], &self.fit, &self.held_out)
    }

    fn explained(mut self, data: &Data, all_rows: usize) -> Self {
        if self.modalities.len() < data.modalities.len() {
            self.warnings.push(format!(
                "Only {all_rows} training rows have all {} modalities. The map is fitted on the {} \
                 training rows that have {}.",
                data.modalities.len(),
                self.fit.len(),
                data.names(&self.modalities).join(", "),
            ));
        }
        self
    }
}

/// Every set of two modalities or more: larger ones first, then those with more rows, then in
/// order.
fn subsets(data: &Data, training: &[usize]) -> Vec<Vec<usize>> {
    let count = data.modalities.len();
    let mut sets: Vec<(usize, Vec<usize>)> = (1_u32..1 << count)
        .map(|bits| (0..count).filter(|m| bits >> m & 1 == 1).collect::<Vec<usize>>())
        .filter(|set| set.len() > 1)
        .map(|set| (data.complete(training, &set).len(), set))
        .collect();
    sets.sort_by(|(n, a), (k, b)| b.len().cmp(&a.len()).then(k.cmp(n)).then(a.cmp(b)));
    sets.into_iter().map(|(_, set)| set).collect()
}
