//! Loops compiled for wider vectors than every machine has.
//!
//! What is inlined into [`vectorised`] is compiled for AVX2 where a native machine has that; else as
//! it is. No product is fused with a sum, so that numbers stay the same. Large functions are inlined
//! only where they must be: hence loops that are types, and `inline(always)`.
#![expect(clippy::inline_always, reason = "only what is inlined is compiled for wide vectors")]

/// A loop, to be run once.
pub(crate) trait Loop {
    fn run(self);
}

impl<L: FnOnce()> Loop for L {
    #[inline(always)]
    fn run(self) {
        self();
    }
}

/// Runs a loop on the widest vectors that it is compiled for.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn vectorised(work: impl Loop) {
    struct Wide<L>(L);
    impl<L: Loop> pulp::NullaryFnOnce for Wide<L> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            self.0.run();
        }
    }
    pulp::Arch::new().dispatch(Wide(work));
}

/// WebAssembly has its one kind of vectors.
#[cfg(target_arch = "wasm32")]
pub(crate) fn vectorised(work: impl Loop) {
    work.run();
}
