//! Golden values of CLIP and Symile: losses and gradients of the authors' package on matrices given
//! by formulas (`f64`; six digits).

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use trefoil_objectives::{Clip, ModalityShape, Shape, Symile};
use trefoil_plan::{Group, Init, Tape, Var};
use trefoil_protocol::Settings;
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
