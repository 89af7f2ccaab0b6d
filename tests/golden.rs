//! Golden values of CLIP and Symile: losses and gradients of the authors' package on matrices given
//! by formulas (`f64`; six digits).

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

use ndarray::Array2;
use pollster::block_on;
use std::collections::BTreeMap;
use std::sync::Arc;
use trefoil_objectives::{Clip, ModalityShape, Objective, Outputs, Shape, Symile};
use trefoil_plan::{
    Batch, Cpu, Executor, Group, Init, Losses, Model, Phase, Place, Tape, Training, Var, Work,
    record,
};
use trefoil_protocol::Settings;
use trefoil_tests::cases;
use trefoil_tests::fixed::{evaluate, given};

/// The matrices of a case: modalities, rows, dimensions, entries, whether rows have length one, λ.
struct Case {
    modalities: usize,
    rows: usize,
    dims: usize,
    entry: fn(f64, f64, f64) -> f64,
    unit: bool,
    log_scale: f64,
}

fn a() -> Case {
    let entry = |i, k, m| f64::sin(7.0 * i + 3.0 * k + 11.0 * m);
    Case { modalities: 3, rows: 4, dims: 8, entry, unit: true, log_scale: -0.3 }
}

fn b() -> Case {
    let entry = |i, k, m| f64::sin((i + 1.0) * (k + 1.0) * (m + 2.0));
    let log_scale = (1.0f64 / 0.07).ln();
    Case { modalities: 3, rows: 6, dims: 16, entry, unit: true, log_scale }
}

fn b_not_normalised() -> Case {
    Case { unit: false, log_scale: -0.3, ..b() }
}

fn c() -> Case {
    let entry =
        |i: f64, k: f64, m: f64| f64::sin((i + 1.0) * (k + 1.0) + 0.7 * (m + 1.0) * (m + 1.0));
    Case { modalities: 4, rows: 5, dims: 12, entry, unit: false, log_scale: -1.0 }
}

impl Case {
    fn matrix(&self, m: usize) -> Vec<f64> {
        let mut values = Vec::new();
        for i in 0..self.rows {
            let row: Vec<f64> =
                (0..self.dims).map(|k| (self.entry)(i as f64, k as f64, m as f64)).collect();
            let length =
                if self.unit { row.iter().map(|x| x * x).sum::<f64>().sqrt() } else { 1.0 };
            values.extend(row.iter().map(|x| x / length));
        }
        values
    }

    fn values(&self) -> BTreeMap<String, Vec<f64>> {
        let mut values: BTreeMap<String, Vec<f64>> =
            (0..self.modalities).map(|m| (format!("r{m}"), self.matrix(m))).collect();
        values.insert("log_scale".to_owned(), vec![self.log_scale]);
        values
    }

    fn embeddings(&self, tape: &mut Tape) -> (Vec<Var>, Var) {
        let (rows, dims) = (self.rows as u32, self.dims as u32);
        let all = (0..self.modalities).map(|m| given(tape, &format!("r{m}"), rows, dims)).collect();
        let scale = tape.param("log_scale", 1, 1, Group::Scale, Init::Constant(0.0));
        (all, scale)
    }

    fn shape(&self) -> Shape {
        let modality = |m| ModalityShape { name: format!("m{m}"), inputs: 1, absent_input: None };
        let modalities = (0..self.modalities).map(modality).collect();
        Shape { modalities, batch: self.rows as u32 }
    }

    /// Row i of the shuffled modality q for anchor a is row (i + 1 + a + 2q) mod N.
    fn order(&self, tape: &mut Tape) -> Var {
        let count = self.modalities;
        let values = (0..self.rows)
            .flat_map(|i| {
                (0..count * count).map(move |c| ((i + 1 + c / count + 2 * (c % count)), c))
            })
            .map(|(row, _)| (row % self.rows) as f64)
            .collect();
        tape.constant("order", self.rows as u32, (count * count) as u32, values)
    }
}

enum Loss {
    Linear,
    All,
    Clip,
}

/// Loss, dL/dλ, `g0[0,0]`, `g1[1,2]`, `g2[3,5]`.
fn found(case: &Case, loss: &Loss) -> [f64; 5] {
    let settings = Settings::default();
    let found = evaluate(
        &|tape| {
            let (embeddings, scale) = case.embeddings(tape);
            match loss {
                Loss::Clip => {
                    Clip::new(&settings, &case.shape()).contrast(tape, &embeddings, scale, None)
                }
                Loss::Linear | Loss::All => {
                    let symile = Symile::new(&settings, &case.shape()).expect("few rows");
                    let order = matches!(loss, Loss::Linear).then(|| case.order(tape));
                    symile.contrast(tape, &embeddings, scale, order)
                }
            }
        },
        &case.values(),
    );
    let gradient =
        |m: usize, i: usize, k: usize| found.gradients[&format!("r{m}")][i * case.dims + k];
    [
        found.losses[0],
        found.gradients["log_scale"][0],
        gradient(0, 0, 0),
        gradient(1, 1, 2),
        gradient(2, 3, 5),
    ]
}

#[test]
#[rustfmt::skip]
fn losses_and_gradients_are_those_of_the_package() {
    let golden = [
        ("A", a(), Loss::Linear, [1.385_349, -0.000_243, 0.004_925, 0.006_754, 0.003_180]),
        ("A", a(), Loss::All, [2.782_393, 0.010_376, 0.002_294, 0.018_507, 0.006_005]),
        ("A", a(), Loss::Clip, [4.973_031, 1.127_984, -0.052_690, -0.038_948, 0.134_497]),
        ("B", b(), Loss::Linear, [2.920_318, 1.475_686, -0.003_298, -0.019_639, 0.065_041]),
        ("B", b(), Loss::All, [4.674_929, 1.709_606, 0.063_178, -0.073_237, 0.138_236]),
        ("B", b(), Loss::Clip, [19.954_627, 17.375_517, 0.546_116, -0.214_287, 0.431_848]),
        ("B'", b_not_normalised(), Loss::Linear, [3.339_675, 2.011_426, 0.000_390, -0.009_698, 0.027_933]),
        ("B'", b_not_normalised(), Loss::All, [5.205_081, 2.671_589, 0.033_623, -0.037_266, 0.078_355]),
        ("B'", b_not_normalised(), Loss::Clip, [10.298_397, 6.958_400, 0.067_601, -0.012_102, 0.042_051]),
        ("C", c(), Loss::Linear, [1.714_150, 0.140_359, -0.002_965, -0.003_483, -0.005_853]),
        ("C", c(), Loss::All, [4.944_881, 0.166_641, -0.009_491, -0.007_607, -0.013_606]),
        ("C", c(), Loss::Clip, [13.716_616, 5.239_632, 0.063_789, 0.120_632, -0.017_870]),
    ];
    for (name, case, loss, expected) in golden {
        let found = found(&case, &loss);
        for (e, f) in expected.iter().zip(found) {
            // Six digits after the point are known.
            assert!((e - f).abs() < 0.6e-6, "case {name}: {found:?}, expected {expected:?}");
        }
    }
}

/// Case A with permutations that are drawn anew at each step.
struct Shuffled;

impl Model for Shuffled {
    fn losses(&self, tape: &mut Tape, batch: &Batch<'_>) -> Losses {
        let (embeddings, scale) = a().embeddings(tape);
        let symile = Symile::new(&Settings::default(), &a().shape()).expect("few rows");
        let order = tape.permutations(4, 9, batch.clock());
        symile.contrast(tape, &embeddings, scale, Some(order))
    }

    fn embed(&self, _tape: &mut Tape, _batch: &Batch<'_>) -> Vec<(String, Var)> {
        Vec::new()
    }
}

/// The mean over all permutations is known exactly. One that leaves no row in its place, or the
/// same one for two modalities or anchors, has another.
#[test]
fn random_negatives_have_the_mean_loss_of_all_permutations() {
    const STEPS: u32 = 100;
    let training = Training { ring: STEPS, ..cases::training(4) };
    let plan = Arc::new(record(&Shuffled, &training));
    let executor = Cpu::<f64>::new();
    let seeds: Vec<u64> = (0..200).collect();
    let run = block_on(executor.prepare(&plan, &cases::tables(), &seeds)).expect("room");
    for param in plan.params.iter().filter(|p| p.group != Group::Statistic) {
        run.set(&param.weights, &a().values()[&param.name]);
    }
    let work = Work { run: &run, phases: &[Phase::Train; STEPS as usize] };
    executor.submit(&[work]).expect("the CPU takes work");
    let losses = run.get(&Place { cols: 1, ..plan.ring });
    assert_eq!(losses.len(), 200 * STEPS as usize);
    let n = losses.len() as f64;
    let mean = losses.iter().sum::<f64>() / n;
    let variance = losses.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / n;
    let error = (variance / n).sqrt();
    assert!(variance > 1e-6 && error < 2e-3, "variance {variance}");
    assert!((mean - 1.393_665).abs() < 4.0 * error, "{mean} ± {error}");
}

/// Case B: r₁ from r₀ and r₂, with the logit scale.
#[test]
#[rustfmt::skip]
fn retrieval_scores_are_those_of_the_package() {
    let case = b();
    let outputs: Outputs = (0..3)
        .map(|m| {
            let values = case.matrix(m).into_iter().map(|v| v as f32).collect();
            (format!("m{m}"), Array2::from_shape_vec((6, 16), values).expect("6 rows of 16"))
        })
        .collect();
    let settings = Settings::default();
    let symile = Symile::new(&settings, &case.shape()).expect("few rows");
    let clip = Clip::new(&settings, &case.shape());
    let golden: [(&dyn Objective, [f32; 6], [usize; 6]); 2] = [
        (&symile, [0.042_779, 0.742_780, 0.006_872, 0.738_635, 0.059_813, 0.401_076], [1, 4, 2, 2, 2, 1]),
        (&clip, [2.683_047, 4.560_02, 1.244_832, 3.702_493, 2.439_288, 2.426_563], [1, 1, 1, 1, 5, 3]),
    ];
    for (i, (objective, row, best)) in golden.into_iter().enumerate() {
        let score = objective.score(&outputs, 1, &[0, 2]);
        assert!(!score.filled);
        let scores = score.queries.dot(&score.candidates.t()) / 0.07;
        // CLIP's package adds what the two that are given have in common: the same for every
        // candidate of a query.
        let same = if i == 0 { 0.0 } else { row[0] - scores[[0, 0]] };
        for (found, expected) in scores.row(0).iter().zip(row) {
            assert!((found + same - expected).abs() < 1e-5, "{:?}, expected {row:?}", scores.row(0));
        }
        if i == 1 {
            let common = outputs["m0"].row(0).dot(&outputs["m2"].row(0)) / 0.07;
            assert!(same.abs() < 1e-5 || (same - common).abs() < 1e-5, "{same}, {common}");
        }
        let found: Vec<usize> = scores
            .rows()
            .into_iter()
            .map(|row| (0..6).max_by(|a, b| row[*a].total_cmp(&row[*b])).expect("six"))
            .collect();
        assert_eq!(found, best);
    }
}
