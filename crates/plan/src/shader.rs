//! The header of every shader: bindings, operands and attributes by name, from the kernel's
//! contract, so that the two sides cannot drift apart.

use crate::kernel::Kernel;
use crate::state;
use std::fmt::Write;

/// Words of a place in the task table: base, distance between replicas, rows, columns, stride.
pub const PLACE_WORDS: usize = 5;

const BINDINGS: &str = "
struct Dispatch { first: u32, tasks: u32, replicas: u32, pad: u32 }
@group(0) @binding(0) var<storage, read_write> arena: array<f32>;
@group(0) @binding(1) var<storage, read> data: array<f32>;
@group(0) @binding(2) var<storage, read> tasks: array<u32>;
@group(0) @binding(3) var<uniform> dispatch: Dispatch;

// A task of a replica.
struct At { word: u32, replica: u32 }
// A matrix: first element, shape, elements from one row to the next.
struct View { at: u32, rows: u32, cols: u32, stride: u32 }

fn enter(z: u32) -> At {
  return At(dispatch.first + (z / dispatch.replicas) * TASK_WORDS, z % dispatch.replicas);
}
fn view(t: At, operand: u32) -> View {
  let w = t.word + operand * 5u;
  return View(tasks[w] + t.replica * tasks[w + 1u], tasks[w + 2u], tasks[w + 3u], tasks[w + 4u]);
}
fn attr(t: At, index: u32) -> u32 { return tasks[t.word + OPERANDS * 5u + index]; }
fn attr_f32(t: At, index: u32) -> f32 { return bitcast<f32>(attr(t, index)); }
fn element(v: View, n: u32) -> u32 { return v.at + (n / v.cols) * v.stride + n % v.cols; }
// Number of a thread in a grid that is folded at 32768 workgroups of 64.
fn thread(group: vec3<u32>, lane: u32) -> u32 { return (group.y * 32768u + group.x) * 64u + lane; }
";

/// The whole shader of a kernel.
pub fn source(kernel: &Kernel) -> String {
    let mut text = String::new();
    let operands = kernel.operands.len();
    let words = operands * PLACE_WORDS + kernel.attrs.len();
    let mut constant = |name: &str, value: usize| {
        // Writing to a String cannot fail.
        let _written = writeln!(text, "const {name}: u32 = {value}u;");
    };
    constant("OPERANDS", operands);
    constant("TASK_WORDS", words);
    for (i, operand) in kernel.operands.iter().enumerate() {
        constant(&operand.name.to_uppercase(), i);
    }
    for (i, attr) in kernel.attrs.iter().enumerate() {
        constant(&attr.to_uppercase(), i);
    }
    for (i, field) in state::FIELDS.iter().enumerate() {
        constant(&format!("AT_{field}"), i);
    }
    text.push_str(BINDINGS);
    for (mark, shared) in
        [("curve(", include_str!("ops/curve.wgsl")), ("key_and_time(", include_str!("random.wgsl"))]
    {
        if kernel.wgsl.contains(mark) {
            text.push_str(shared);
        }
    }
    text.push_str(kernel.wgsl);
    text
}
