//! Kernels that share a launch, in a real browser: its compiler is stricter than the native one, and its
//! software adapter does not ask for them by itself.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use ndarray::Array2;
use std::sync::Arc;
use trefoil_gpu::Gpu;
use trefoil_objectives::{ModalityShape, Shape, Sizes, build, training};
use trefoil_plan::{Cpu, Executor, Phase, Tables, Work, record};
use trefoil_protocol::{ObjectiveName, Settings};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const ROWS: u32 = 24;
const BATCH: u32 = 8;
const INPUTS: [u32; 3] = [6, 5, 4];

fn tables() -> Tables {
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

#[wasm_bindgen_test]
async fn a_step_is_the_same_as_on_the_cpu() {
    let gpu = Gpu::open().await.unwrap().mixing(true);
    let modality =
        |(m, &inputs)| ModalityShape { name: format!("m{m}"), inputs, absent_input: None };
    let shape =
        Shape { modalities: INPUTS.iter().enumerate().map(modality).collect(), batch: BATCH };
    let sizes = Sizes { rows: ROWS, train: ROWS, validation: ROWS, views: None, steps: 10 };
    for &name in ObjectiveName::ALL {
        let settings = Settings { batch: BATCH, width: 8, embedding: 4, ..name.defaults() };
        let objective = build(name, &settings, &shape).unwrap();
        let plan = Arc::new(record(objective.as_ref(), &training(&settings, &shape, sizes)));
        let phases = [Phase::Train, Phase::Train];
        let cpu = Cpu::<f32>::new();
        let left = cpu.prepare(&plan, &tables(), &[1]).await.unwrap();
        cpu.submit(&[Work { run: &left, phases: &phases }]).unwrap();
        let right = gpu.prepare(&plan, &tables(), &[1]).await.unwrap();
        gpu.submit(&[Work { run: &right, phases: &phases }]).unwrap();
        let expected = cpu.read(&left, &[plan.ring]).await.unwrap().concat();
        let found = gpu.read(&right, &[plan.ring]).await.unwrap().concat();
        // Behind the losses of a step stand the logit scale and the gradient's length.
        let steps = |ring: &[f32]| -> Vec<f32> {
            let rows = ring.chunks(plan.ring.cols as usize).take(phases.len());
            rows.flat_map(|row| row[..plan.terms.len()].to_vec()).collect()
        };
        for (a, b) in steps(&expected).into_iter().zip(steps(&found)) {
            let close = (a - b).abs() <= 1e-3 * a.abs().max(1.0);
            assert!(close, "{name}: {a} on the CPU, {b} on the GPU");
        }
        assert!(expected[0] != 0.0, "{name}: a loss was recorded");
    }
}
