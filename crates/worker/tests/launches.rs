//! Kernels that share a launch, in a real browser: its compiler is stricter than the native one, and its
//! software adapter does not ask for them by itself.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

mod made_up;

use made_up::{plan, tables};
use std::sync::Arc;
use trefoil_gpu::Gpu;
use trefoil_plan::{Executor, Phase, Plan, Work};
use trefoil_protocol::ObjectiveName;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

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
    for &name in ObjectiveName::ALL {
        let plan = plan(name);
        assert!(
            shared.launches(plan.phase(Phase::Train)) < alone.launches(plan.phase(Phase::Train))
        );
        let expected = after_two_steps(&alone, &plan).await;
        assert!(expected.iter().any(|bits| f32::from_bits(*bits) > 0.0), "{name}: it trained");
        assert!(after_two_steps(&shared, &plan).await == expected, "{name}");
    }
}
