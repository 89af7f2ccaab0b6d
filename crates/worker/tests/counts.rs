//! What a step costs in calls of WebGPU, counted in a real browser: the calls are wrapped.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

mod made_up;

use made_up::{plan, tables};
use trefoil_gpu::Gpu;
use trefoil_plan::{Executor, Phase, Work};
use trefoil_protocol::ObjectiveName;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const CHUNK: usize = 3;
const CHUNKS: u32 = 2;

/// Wraps the calls once; from then on each adds to `globalThis.calls`.
const WRAP: &str = "
globalThis.calls = {};
const wrap = (type, name) => {
    const call = type.prototype[name];
    type.prototype[name] = function (...all) {
        globalThis.calls[name] = (globalThis.calls[name] ?? 0) + 1;
        return call.apply(this, all);
    };
};
wrap(GPUQueue, 'submit');
wrap(GPUComputePassEncoder, 'dispatchWorkgroups');
wrap(GPUCommandEncoder, 'beginComputePass');
wrap(GPUBuffer, 'mapAsync');
for (const name of ['createBuffer', 'createBindGroup', 'createComputePipeline',
    'createComputePipelineAsync', 'createShaderModule']) wrap(GPUDevice, name);
";

fn script(text: &str) -> JsValue {
    js_sys::Function::new_no_args(text).call0(&JsValue::NULL).unwrap()
}

/// Calls since the last time.
fn count(name: &str) -> u32 {
    let text = format!("const n = calls.{name} ?? 0; calls.{name} = 0; return n;");
    script(&text).unchecked_into::<js_sys::Number>().value_of() as u32
}

const MADE: [&str; 5] = [
    "createBuffer",
    "createBindGroup",
    "createComputePipeline",
    "createComputePipelineAsync",
    "createShaderModule",
];

#[wasm_bindgen_test]
async fn a_step_makes_nothing_and_a_chunk_is_one_submission() {
    script(WRAP);
    // As a software adapter has it, and as hardware.
    let ours = [ObjectiveName::Clip, ObjectiveName::Symile, ObjectiveName::Hcl];
    for (mixes, names) in [(false, &ours[..1]), (true, &ours)] {
        let gpu = Gpu::open().await.unwrap().mixing(mixes);
        for &name in names {
            let plan = plan(name);
            let launches = gpu.launches(plan.phase(Phase::Train)) as u32;
            let run = gpu.prepare(&plan, &tables(), &[1, 2]).await.unwrap();
            assert!(count("createBuffer") > 0, "{name}: calls are counted");
            let work = [Work { run: &run, phases: &[Phase::Train; CHUNK] }];
            // Everything there is to warm up: the staging buffer of the records.
            gpu.submit(&work).unwrap();
            gpu.read(&run, &[plan.ring]).await.unwrap();
            for made in ["submit", "dispatchWorkgroups", "beginComputePass", "mapAsync"] {
                count(made);
            }
            for made in MADE {
                count(made);
            }
            for _ in 0..CHUNKS {
                // As `train::Run` does it: wait for the chunk before, with the next one queued.
                let before = gpu.finish();
                gpu.submit(&work).unwrap();
                before.await.unwrap();
            }
            assert_eq!(count("submit"), CHUNKS, "{name}: a submission a chunk");
            assert_eq!(count("beginComputePass"), CHUNKS, "{name}: a pass a chunk");
            assert_eq!(count("dispatchWorkgroups"), CHUNKS * CHUNK as u32 * launches, "{name}");
            assert_eq!(count("mapAsync"), 0, "{name}: nothing is read back");
            // Records are read some ten times a second, through a buffer that is there already.
            gpu.read(&run, &[plan.ring]).await.unwrap();
            assert_eq!(count("mapAsync"), 1, "{name}");
            assert_eq!(MADE.map(count), [0; 5], "{name}: {MADE:?}");
        }
    }
}
