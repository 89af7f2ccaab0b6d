//! Made-up rows and a plan of each objective on them.

use ndarray::Array2;
use std::sync::Arc;
use trefoil_objectives::{ModalityShape, Shape, Sizes, build, training};
use trefoil_plan::{Plan, Tables, record};
use trefoil_protocol::{ObjectiveName, Settings};

const ROWS: u32 = 48;
const BATCH: u32 = 40;
const INPUTS: [u32; 3] = [6, 5, 4];

pub(crate) fn tables() -> Tables {
    let matrix = |cols: u32, of: &dyn Fn(usize, usize) -> f32| {
        Arc::new(Array2::from_shape_fn((ROWS as usize, cols as usize), |(i, j)| of(i, j)))
    };
    let wave = |i: usize, j: usize| ((i * 31 + j * 17) % 23) as f32 / 11.0 - 1.0;
    let number = |i: usize, _: usize| i as f32;
    let mut list: Vec<_> = INPUTS.iter().map(|&inputs| matrix(inputs, &wave)).collect();
    list.push(matrix(INPUTS.len() as u32, &|_, _| 1.0));
    list.extend([0; 3].map(|_| matrix(1, &number)));
    Tables { list }
}

/// # Panics
/// Where an objective cannot be built of these.
pub(crate) fn plan(name: ObjectiveName) -> Arc<Plan> {
    let modality =
        |(m, &inputs)| ModalityShape { name: format!("m{m}"), inputs, absent_input: None };
    let shape =
        Shape { modalities: INPUTS.iter().enumerate().map(modality).collect(), batch: BATCH };
    let sizes = Sizes { rows: ROWS, train: ROWS, validation: ROWS, views: None, steps: 10 };
    let settings = Settings { batch: BATCH, width: 36, embedding: 4, warmup: 0, ..name.defaults() };
    let objective = build(name, &settings, &shape).unwrap();
    Arc::new(record(objective.as_ref(), &training(&settings, &shape, sizes)))
}
