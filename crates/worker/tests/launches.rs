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

const ROWS: u32 = 48;
const BATCH: u32 = 40;
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

fn size(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |most, x| most.max(x.abs()))
}

/// To a thousandth of the largest, or `floor`.
fn close(what: &str, expected: &[f32], found: &[f32], floor: f32) {
    assert_eq!(expected.len(), found.len(), "{what}");
    let allowed = (1e-3 * size(expected)).max(floor);
    for (a, b) in expected.iter().zip(found) {
        assert!((a - b).abs() <= allowed, "{what}: {a} on the CPU, {b} on the GPU");
    }
}

#[wasm_bindgen_test]
async fn two_steps_are_the_same_as_on_the_cpu() {
    let gpu = Gpu::open().await.unwrap().mixing(true);
    let modality =
        |(m, &inputs)| ModalityShape { name: format!("m{m}"), inputs, absent_input: None };
    let shape =
        Shape { modalities: INPUTS.iter().enumerate().map(modality).collect(), batch: BATCH };
    let sizes = Sizes { rows: ROWS, train: ROWS, validation: ROWS, views: None, steps: 10 };
    for &name in ObjectiveName::ALL {
        let settings =
            Settings { batch: BATCH, width: 36, embedding: 4, warmup: 0, ..name.defaults() };
        let objective = build(name, &settings, &shape).unwrap();
        let plan = Arc::new(record(objective.as_ref(), &training(&settings, &shape, sizes)));
        let phases = [Phase::Train, Phase::Train];
        let cpu = Cpu::<f32>::new();
        let left = cpu.prepare(&plan, &tables(), &[1, 2]).await.unwrap();
        cpu.submit(&[Work { run: &left, phases: &phases }]).unwrap();
        let right = gpu.prepare(&plan, &tables(), &[1, 2]).await.unwrap();
        gpu.submit(&[Work { run: &right, phases: &phases }]).unwrap();
        let losses = |ring: Vec<f32>| -> Vec<f32> {
            let (row, replica) = (plan.ring.cols as usize, plan.ring.len() as usize);
            // Behind the losses of a step stand the logit scale and the gradient's length.
            let steps = ring.chunks(replica).flat_map(|r| r.chunks(row).take(phases.len()));
            steps.flat_map(|step| step[..plan.terms.len()].to_vec()).collect()
        };
        let expected = losses(cpu.read(&left, &[plan.ring]).await.unwrap().concat());
        let found = losses(gpu.read(&right, &[plan.ring]).await.unwrap().concat());
        assert!(expected[0] != 0.0, "{name}: a loss was recorded");
        close(&format!("{name}: losses"), &expected, &found, 0.0);
        let trained = plan.params.iter().filter(|p| !p.grad.is_empty());
        let grads: Vec<_> = trained.clone().map(|p| p.grad).collect();
        let expected = cpu.read(&left, &grads).await.unwrap();
        let found = gpu.read(&right, &grads).await.unwrap();
        // In front of a batch norm a bias has no gradient but by rounding.
        let floor = 1e-5 * size(&expected.concat());
        for (param, (expected, found)) in trained.zip(expected.iter().zip(&found)) {
            close(&format!("{name}: gradient of {}", param.name), expected, found, floor);
        }
    }
}
