//! In a browser a pipeline is compiled where the GPU is driven, one after the other, and work waits for it
//! there. WebGPU has another call that compiles in the background, several at once, but wgpu does not
//! offer it. So wgpu's call is caught on its way to the browser's device: at first it becomes that other
//! call; once all are compiled, it is made again and gets what is there.

use js_sys::{Array, Function, Object, Promise, Reflect};
use trefoil_plan::ExecutorError;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// The part of `GPUDevice` that wgpu leaves out.
    #[derive(Clone)]
    type Device;
    #[wasm_bindgen(method, js_name = createComputePipelineAsync)]
    fn create_in_background(this: &Device, descriptor: &JsValue) -> Promise;
}

/// The call that is caught.
const CALL: &str = "createComputePipeline";

/// What `make` gives for each that is wanted, in their order; every call makes one pipeline.
pub(crate) async fn together<T>(
    device: &wgpu::Device,
    wanted: &[T],
    make: impl Fn(&T) -> wgpu::ComputePipeline,
) -> Result<Vec<wgpu::ComputePipeline>, ExecutorError> {
    let all = || wanted.iter().map(&make).collect::<Vec<_>>();
    let Some(browsers) = device.as_webgpu() else { return Ok(all()) };
    let target: Device = JsValue::from(browsers.clone()).unchecked_into();

    let asked = Array::new();
    let asking = {
        let (asked, target) = (asked.clone(), target.clone());
        Closure::<dyn Fn(JsValue) -> JsValue>::new(move |descriptor: JsValue| {
            asked.push(&target.create_in_background(&descriptor));
            // Stands for a pipeline until it is thrown away below.
            descriptor
        })
    };
    drop(caught(&target, &asking, all)?);
    let made = JsFuture::from(Promise::all(&asked)).await.map_err(failed)?;

    let made: Array = made.unchecked_into();
    let giving = Closure::<dyn Fn(JsValue) -> JsValue>::new(move |_descriptor| made.shift());
    caught(&target, &giving, all)
}

/// What `work` gives while the call goes to `instead`. Nothing else runs meanwhile.
fn caught<T>(
    target: &Device,
    instead: &Closure<dyn Fn(JsValue) -> JsValue>,
    work: impl FnOnce() -> T,
) -> Result<T, ExecutorError> {
    let function: &Function = instead.as_ref().unchecked_ref();
    // The device's own property hides the method that all devices have.
    Reflect::set(target, &CALL.into(), function).map_err(failed)?;
    let outcome = work();
    Reflect::delete_property(target.unchecked_ref::<Object>(), &CALL.into()).map_err(failed)?;
    Ok(outcome)
}

fn failed(error: JsValue) -> ExecutorError {
    let words = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    ExecutorError::Device(words.unwrap_or_else(|| format!("{error:?}")))
}
