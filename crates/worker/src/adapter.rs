//! Whether this browser lets a worker use WebGPU, asked before anything is compiled for it.

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

/// An adapter that a worker may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Vendor, architecture and description, as far as the browser tells.
    pub(crate) name: String,
    /// Whether it is a CPU that plays a GPU.
    pub(crate) software: bool,
}

/// Asks for an adapter; why there is none, in words.
pub(crate) async fn probe() -> Result<Found, String> {
    let gpu = NAVIGATOR.with(Navigator::gpu).ok_or("this browser has no WebGPU")?;
    let adapter = gpu.request_adapter().await;
    let adapter = adapter.map_err(|error| format!("WebGPU failed: {error:?}"))?;
    if adapter.is_null() || adapter.is_undefined() {
        return Err("WebGPU finds no adapter on this machine".to_owned());
    }
    let info = wasm_bindgen::JsCast::unchecked_into::<Adapter>(adapter).info();
    let architecture = info.architecture();
    let software = info.is_fallback().unwrap_or(false)
        || ["swiftshader", "llvmpipe"].contains(&architecture.as_str());
    let words = [info.vendor(), architecture, info.description()];
    let mut name: Vec<&str> = words.iter().map(String::as_str).collect();
    name.retain(|word| !word.is_empty());
    let name = if name.is_empty() { "unnamed adapter".to_owned() } else { name.join(" ") };
    Ok(Found { name, software })
}
