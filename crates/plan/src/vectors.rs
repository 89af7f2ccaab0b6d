//! References compiled for wider vectors than every machine has.

/// Runs `f`, with what is inlined into it compiled for AVX2 where a native machine has that; else as
/// it is. No product is fused with a sum, so that numbers stay the same.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn vectorised(f: impl FnOnce()) {
    pulp::Arch::new().dispatch(f);
}

/// WebAssembly has its one kind of vectors.
#[cfg(target_arch = "wasm32")]
pub(crate) fn vectorised(f: impl FnOnce()) {
    f();
}
