//! Whether this browser lets a worker use WebGPU, asked before anything is compiled for it.

use trefoil_protocol::{ExecutorInfo, ExecutorKind};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// `navigator`, with the part that `web-sys` has only as unstable.
    #[wasm_bindgen(thread_local_v2, js_name = navigator)]
    static NAVIGATOR: Navigator;

    type Navigator;
    #[wasm_bindgen(method, getter)]
    fn gpu(this: &Navigator) -> Option<Gpu>;

    type Gpu;
    #[wasm_bindgen(method, catch, js_name = requestAdapter)]
    async fn request_adapter(this: &Gpu) -> Result<JsValue, JsValue>;

    type Adapter;
    #[wasm_bindgen(method, getter)]
    fn info(this: &Adapter) -> AdapterInfo;

    type AdapterInfo;
    #[wasm_bindgen(method, getter)]
    fn vendor(this: &AdapterInfo) -> String;
    #[wasm_bindgen(method, getter)]
    fn architecture(this: &AdapterInfo) -> String;
    #[wasm_bindgen(method, getter)]
    fn description(this: &AdapterInfo) -> String;
    #[wasm_bindgen(method, getter, js_name = isFallbackAdapter)]
    fn is_fallback(this: &AdapterInfo) -> Option<bool>;
}

/// Asks for an adapter.
pub(crate) async fn probe() -> ExecutorInfo {
    let Some(gpu) = NAVIGATOR.with(Navigator::gpu) else {
        return cpu("this browser has no WebGPU");
    };
    let Ok(adapter) = gpu.request_adapter().await else {
        return cpu("WebGPU failed to look for an adapter");
    };
    if adapter.is_null() || adapter.is_undefined() {
        return cpu("WebGPU finds no adapter on this machine");
    }
    let info = wasm_bindgen::JsCast::unchecked_into::<Adapter>(adapter).info();
    let words = [info.vendor(), info.architecture(), info.description()];
    let architecture = info.architecture();
    ExecutorInfo {
        kind: ExecutorKind::Gpu,
        adapter: words
            .iter()
            .filter(|word| !word.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" "),
        software: info.is_fallback().unwrap_or(false)
            || ["swiftshader", "llvmpipe"].contains(&architecture.as_str()),
        reason: "WebGPU has an adapter".to_owned(),
    }
}

fn cpu(reason: &str) -> ExecutorInfo {
    ExecutorInfo {
        kind: ExecutorKind::Cpu,
        adapter: "WebAssembly SIMD".to_owned(),
        software: false,
        reason: reason.to_owned(),
    }
}
