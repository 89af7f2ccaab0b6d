//! Tensor ops, the tape, the plan and the ndarray executor.
