//! Kernels that share a launch, in a real browser: its compiler is stricter than the native one, and its
//! software adapter does not ask for them by itself.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use ndarray::Array2;
use std::sync::Arc;
use trefoil_gpu::Gpu;
use trefoil_objectives::{ModalityShape, Shape, Sizes, build, training};
use trefoil_plan::{Executor, Phase, Plan, Tables, Work, record};
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

/// Losses, gradients and weights after two steps of two seeds, by their bits.
async fn after_two_steps(gpu: &Gpu, plan: &Arc<Plan>) -> Vec<u32> {
    let run = gpu.prepare(plan, &tables(), &[1, 2]).await.unwrap();
    gpu.submit(&[Work { run: &run, phases: &[Phase::Train, Phase::Train] }]).unwrap();
    let trained = plan.params.iter().filter(|p| !p.grad.is_empty());
    let mut places = vec![plan.ring];
    places.extend(trained.flat_map(|p| [p.grad, p.weights]));
    gpu.read(&run, &places).await.unwrap().concat().into_iter().map(f32::to_bits).collect()
}

/// That each kernel by itself does what the CPU does is tested dispatch by dispatch, natively.
#[wasm_bindgen_test]
async fn kernels_that_share_a_launch_do_what_they_do_alone() {
    let alone = Gpu::open().await.unwrap().mixing(false);
    let shared = Gpu::open().await.unwrap().mixing(true).folding(7);
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
        assert!(
            shared.launches(plan.phase(Phase::Train)) < alone.launches(plan.phase(Phase::Train))
        );
        let expected = after_two_steps(&alone, &plan).await;
        assert!(expected.iter().any(|bits| f32::from_bits(*bits) > 0.0), "{name}: it trained");
        assert!(after_two_steps(&shared, &plan).await == expected, "{name}");
    }
}
