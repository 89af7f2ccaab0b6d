//! References compiled for the widest vectors of the machine at hand.

/// Runs `f`, with what is inlined into it compiled for AVX2 where a native machine has it; elsewhere
/// as it is. No product is fused with a sum, so that numbers stay the same.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn wide(f: impl FnOnce()) {
    pulp::Arch::new().dispatch(f);
}

/// WebAssembly has its one kind of vectors.
#[cfg(target_arch = "wasm32")]
pub(crate) fn wide(f: impl FnOnce()) {
    f();
}
