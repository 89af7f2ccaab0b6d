//! The linear theory of HCL on the data of a session: how many factors the modalities share, what
//! can be told of blocks before they train, and the closed form that linear HCL may start from.

use crate::host::Host;
use crate::{Loaded, SessionError};
use ndarray::{Array2, ArrayView2, Axis, Slice, concatenate};
use std::ops::ControlFlow;
use trefoil_data::Modality;
use trefoil_factor::{
    Covariance, Noise, NoiseModel, OwnJob, OwnOptions, PeelJob, RankWarning, Rotation, Structure,
    StructureWarning, Subset,
};
use trefoil_objectives::Block;
use trefoil_protocol::{BlockCount, FactorCounts, FactorEvidence, RotationOf, Split, Task};
use web_time::Instant;

/// Rows that are looked at: enough that more of them would only show weaker factors.
const MOST_ROWS: usize = 20_000;

/// Counts the factors that the modalities share, on training rows that have all of them.
pub(crate) async fn count<H: Host>(
    host: &H,
    loaded: &Loaded,
    watch: &mut dyn FnMut(Task) -> ControlFlow<()>,
) -> Result<FactorCounts, SessionError> {
    let data = loaded.measured.as_ref();
    let train = loaded.dataset.splits().rows(Split::Train);
    let complete: Vec<usize> = train
        .iter()
        .map(|&row| row as usize)
        .filter(|&row| data.modalities.iter().all(|m| m.present[row]))
        .collect();
    let incomplete = train.len() - complete.len();
    let complete = &complete[..complete.len().min(MOST_ROWS)];
    let names = loaded.names();
    let mut parts = Vec::new();
    for (modality, name) in data.modalities.iter().zip(&names) {
        let columns: Vec<usize> = (0..modality.real.len()).filter(|&c| modality.real[c]).collect();
        let part = modality.raw.select(Axis(0), complete).select(Axis(1), &columns);
        if !complete.is_empty() && part.columns().into_iter().all(is_constant) {
            return Err(SessionError::Constant { modality: name.clone() });
        }
        parts.push(part.mapv(f64::from));
    }
    let views: Vec<ArrayView2<'_, f64>> = parts.iter().map(|part| part.view()).collect();
    let mut job = OwnJob::new(&views, OwnOptions::default())?;
    loop {
        let over = job.step();
        let name = "Counting shared factors".to_owned();
        if watch(Task { name, done: job.done() as f32, seconds_left: None }).is_break() {
            return Err(SessionError::Cancelled);
        }
        host.breathe().await;
        if over {
            break;
        }
    }
    let found = job.finish()?;
    let called = |subset: Subset| subset.modalities().map(|m| names[m].clone()).collect::<Vec<_>>();
    let blocks = Subset::all(names.len()).subsets().into_iter().filter(|s| s.len() > 1);
    // What was not asked has no count.
    let pairs_only = found.warnings.iter().any(|w| matches!(w, RankWarning::PairsOnly { .. }));
    let asked = |s: &Subset| !pairs_only || s.len() == 2 || s.len() == names.len();
    let evidence = found.evidence.into_iter().map(|e| FactorEvidence {
        given: called(e.subset),
        target: names[e.modality].clone(),
        values: e.singular,
        edge: e.edge,
        count: e.count as u32,
    });
    Ok(FactorCounts {
        rows: complete.len() as u32,
        incomplete: incomplete as u32,
        components: found.structure.dims().iter().map(|d| *d as u32).collect(),
        blocks: blocks
            .filter(asked)
            .map(|s| BlockCount {
                name: called(s).join("+"),
                subset: called(s),
                count: found.structure.rank(s) as u32,
            })
            .collect(),
        evidence: evidence.collect(),
        warnings: found.warnings.iter().map(|w| rank_words(w, &names)).collect(),
        modalities: names,
    })
}

fn is_constant(column: ndarray::ArrayView1<'_, f32>) -> bool {
    column.iter().all(|v| v.to_bits() == column[0].to_bits())
}

fn joined(subset: Subset, names: &[String]) -> String {
    subset.modalities().map(|m| names[m].as_str()).collect::<Vec<_>>().join("+")
}

fn rank_words(warning: &RankWarning, names: &[String]) -> String {
    match warning {
        RankWarning::Negative { subset, count } => format!(
            "The counts do not add up for {}: {count} factors, taken as none. Some factors are too \
             weak to be seen everywhere.",
            joined(*subset, names)
        ),
        RankWarning::Dropped { subset, factors, modality } => format!(
            "{factors} of the factors of {} were dropped: {} has no columns left for them.",
            joined(*subset, names),
            names[*modality]
        ),
        RankWarning::Capped { modality, kept } => format!(
            "Of {} the first {kept} principal components were looked at; what is shared in others \
             is not seen.",
            names[*modality]
        ),
        RankWarning::PairsOnly { modalities } => format!(
            "With {modalities} modalities only pairs and all together were looked at: what three or \
             more, but not all, share is counted with the pairs."
        ),
    }
}

/// What the counts of dimensions say against these blocks, before anything trains.
pub(crate) fn warnings(loaded: &Loaded, blocks: &[Block]) -> Vec<String> {
    let names = loaded.names();
    let real = |m: &trefoil_insight::Modality| m.real.iter().filter(|r| **r).count();
    let dims: Vec<usize> = loaded.measured.modalities.iter().map(real).collect();
    let structure = match structure(&dims, blocks) {
        Ok(structure) => structure,
        Err(trefoil_factor::FactorError::TooLarge { subset, rank, rows }) => {
            return vec![format!(
                "HCL's block {} has {rank} dimensions on {rows} columns: some of them can only be \
                 noise. Make it smaller.",
                joined(subset, &names)
            )];
        }
        // Data without columns were refused when they were read.
        Err(_) => return Vec::new(),
    };
    let words = |warning: StructureWarning| match warning {
        StructureWarning::Crowded { modality, factors, columns } => format!(
            "HCL's blocks have {factors} dimensions for {}, which has {columns} columns: a linear \
             model could not tell its noise from its factors and leaves it in. Smaller blocks can.",
            names[modality]
        ),
        StructureWarning::NotPeeled { subset, factors, columns } => format!(
            "HCL's block {} cannot be told apart by a linear model: the other modalities have \
             {columns} columns for {factors} dimensions. Make blocks smaller.",
            joined(subset, &names)
        ),
    };
    structure.warnings().into_iter().map(words).collect()
}

fn structure(dims: &[usize], blocks: &[Block]) -> Result<Structure, trefoil_factor::FactorError> {
    let ranks = blocks.iter().map(|b| (Subset::of(&b.subset), b.rank as usize));
    Structure::new(dims, ranks)
}

/// The covariance of the inputs on the training rows; where rows lack modalities, of those that have
/// the two in question (ours: the theory has no missing modalities).
fn covariance(loaded: &Loaded) -> Result<Covariance, SessionError> {
    let modalities = loaded.dataset.modalities();
    let train: Vec<usize> =
        loaded.dataset.splits().rows(Split::Train).iter().map(|&row| row as usize).collect();
    let inputs: Vec<Array2<f64>> =
        modalities.iter().map(|m| m.inputs().select(Axis(0), &train).mapv(f64::from)).collect();
    let dims: Vec<usize> = inputs.iter().map(ndarray::ArrayBase::ncols).collect();
    let views: Vec<ArrayView2<'_, f64>> = inputs.iter().map(|x| x.view()).collect();
    let all = concatenate(Axis(1), &views)
        .unwrap_or_else(|error| unreachable!("as many rows in every modality: {error}"));
    let presence = Array2::from_shape_fn((train.len(), modalities.len()), |(i, m)| {
        modalities[m].present()[train[i]]
    });
    Ok(if presence.iter().all(|here| *here) {
        Covariance::sample(all.view(), &dims)?
    } else {
        Covariance::pairwise(all.view(), presence.view(), &dims)?
    })
}

/// The noise variance of every modality by itself, on the first [`MOST_ROWS`] training rows that have
/// it: what its blocks leave. Zero where they leave no column, of which [`warnings`] tells, or where
/// there are no more rows than factors.
fn noise(loaded: &Loaded, blocks: &[Block]) -> Result<Noise, SessionError> {
    let train = loaded.dataset.splits().rows(Split::Train);
    let of = |(m, modality): (usize, &Modality)| {
        let rows = train.iter().map(|&row| row as usize).filter(|&row| modality.present()[row]);
        let rows: Vec<usize> = rows.take(MOST_ROWS).collect();
        let inputs = modality.inputs().select(Axis(0), &rows).mapv(f64::from);
        let dims = [inputs.ncols()];
        let within = blocks.iter().filter(|b| b.subset.contains(&m)).map(|b| b.rank as usize);
        let factors: usize = within.sum();
        if factors >= dims[0] || factors + 1 >= rows.len() {
            return Ok(0.0);
        }
        let alone = Structure::new(&dims, [(Subset::of(&[0]), factors)])?;
        let covariance = Covariance::sample(inputs.view(), &dims)?;
        Ok(Noise::estimate(&covariance, &alone, NoiseModel::PerModality)?.variances[0])
    };
    let variances = loaded.dataset.modalities().iter().enumerate().map(of);
    Ok(Noise { variances: variances.collect::<Result<_, SessionError>>()? })
}

/// What linear HCL trains from.
pub(crate) struct Linear {
    /// The noise variance of every modality.
    pub(crate) noise: Vec<f32>,
    /// `V_mᵀ` of every modality by level peeling, the inputs `(d_m, Σ_{S∋m} r_S)`, blocks side by
    /// side; none where training starts at random.
    pub(crate) loadings: Vec<Array2<f32>>,
}

/// See [`Linear`]; with a rotation, peels.
///
/// # Errors
/// Cancelled by `watch`; with a rotation, blocks that are larger than the data cannot be peeled.
pub(crate) async fn linear<H: Host>(
    host: &H,
    loaded: &Loaded,
    blocks: &[Block],
    rotation: Option<RotationOf>,
    watch: &mut dyn FnMut(Task) -> ControlFlow<()>,
) -> Result<Linear, SessionError> {
    let noise = noise(loaded, blocks)?;
    let variances = noise.variances.iter().map(|&v| v as f32).collect();
    let Some(rotation) = rotation else {
        return Ok(Linear { noise: variances, loadings: Vec::new() });
    };
    let covariance = covariance(loaded)?;
    let dims = covariance.dims();
    let structure = structure(dims, blocks)?;
    let signal = noise.subtract(&covariance)?;
    let rotation = match rotation {
        RotationOf::Common => Rotation::Common,
        RotationOf::PerModality => Rotation::PerModality,
    };
    let mut job = PeelJob::new(signal.view(), &structure, rotation)?;
    let started = Instant::now();
    loop {
        let over = job.step()?;
        let done = job.done();
        let left = started.elapsed().as_secs_f64() * (1.0 - done) / done;
        let name = "Peeling the blocks of linear HCL".to_owned();
        let task = Task { name, done: done as f32, seconds_left: Some(left) };
        if watch(task).is_break() {
            return Err(SessionError::Cancelled);
        }
        host.breathe().await;
        if over {
            break;
        }
    }
    let loadings = job.finish()?;
    let full = loadings.full();
    let of = |m: usize| {
        let columns: Vec<usize> = structure
            .blocks()
            .filter(|(subset, _)| subset.contains(m))
            .flat_map(|(subset, _)| structure.columns(subset))
            .collect();
        full.slice_axis(Axis(0), Slice::from(structure.range(m)))
            .select(Axis(1), &columns)
            .mapv(|v| v as f32)
    };
    let loadings = (0..dims.len()).map(of).collect();
    Ok(Linear { noise: variances, loadings })
}
