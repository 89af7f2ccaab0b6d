//! Runs a plan on WebGPU.
