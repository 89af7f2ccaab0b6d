//! The shader of a dispatch: bindings, operands and attributes by name, from the contracts of its
//! kernels, so that the two sides cannot drift apart; and the way from a workgroup to its task.
//!
//! The workgroups of all tasks and replicas stand in one row, each task as many as it needs. A kernel
//! sees the x and y of its own grid. The names that a kernel declares get the kernel's name behind them, so
//! that several fit into one shader.

use crate::kernel::Kernel;
use crate::state;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Words of a place in the task table: base, distance between replicas, rows, columns, stride.
pub const PLACE_WORDS: usize = 5;

/// Words that come before those of the tasks, for each: position of its kernel among those of the
/// dispatch, its first word, its first workgroup, the width of its grid, and the grid's workgroups.
pub const HEAD_WORDS: usize = 5;

const SHARED: &str = "
struct Dispatch { first: u32, tasks: u32, replicas: u32, groups: u32 }
@group(0) @binding(0) var<storage, read_write> arena: array<f32>;
@group(0) @binding(1) var<storage, read> data: array<f32>;
@group(0) @binding(2) var<storage, read> tasks: array<u32>;
@group(0) @binding(3) var<uniform> dispatch: Dispatch;

// A task of a replica.
struct At { word: u32, replica: u32 }
// A matrix: first element, shape, elements from one row to the next.
struct View { at: u32, rows: u32, cols: u32, stride: u32 }

fn head(task: u32, word: u32) -> u32 { return tasks[dispatch.first + task * HEAD_WORDS + word]; }
// z counts the replicas of the tasks.
fn enter(z: u32) -> At {
  return At(head(z / dispatch.replicas, 1u), z % dispatch.replicas);
}
fn view(t: At, operand: u32) -> View {
  let w = t.word + operand * 5u;
  return View(tasks[w] + t.replica * tasks[w + 1u], tasks[w + 2u], tasks[w + 3u], tasks[w + 4u]);
}
fn element(v: View, n: u32) -> u32 { return v.at + (n / v.cols) * v.stride + n % v.cols; }
// Number of a thread in a grid that is folded at 32768 workgroups of 64.
fn thread(group: vec3<u32>, lane: u32) -> u32 { return (group.y * 32768u + group.x) * 64u + lane; }
";

const OWN: &str = "
fn attr(t: At, index: u32) -> u32 { return tasks[t.word + OPERANDS * 5u + index]; }
fn attr_f32(t: At, index: u32) -> f32 { return bitcast<f32>(attr(t, index)); }
";

/// What several kernels call, after the calls that it is known by.
const INCLUDES: [(&[&str], &str); 4] = [
    (&["curve(", "write_tile("], include_str!("ops/curve.wgsl")),
    (&["finite("], include_str!("ops/finite.wgsl")),
    (&["write_tile("], include_str!("ops/tile.wgsl")),
    (&["key_and_time("], include_str!("random.wgsl")),
];

/// How the entry of a kernel's shader begins and ends.
const ENTRY: [&str; 3] = [
    "@compute @workgroup_size(",
    ")\nfn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>)",
    "fn main(group: vec3<u32>, lane: vec3<u32>)",
];

/// Threads of a workgroup of the kernel along x and y.
///
/// # Panics
/// Where its shader has no entry in the form that all have.
pub fn workgroup(kernel: &Kernel) -> [u32; 2] {
    let sizes = kernel
        .wgsl
        .split_once(ENTRY[0])
        .and_then(|(_, rest)| Some(rest.split_once(ENTRY[1])?.0))
        .unwrap_or_else(|| panic!("the entry of {}", kernel.name));
    let mut sizes = sizes.split(", ").map(|size| {
        size.parse().unwrap_or_else(|error| panic!("the workgroup of {}: {error}", kernel.name))
    });
    [sizes.next().unwrap_or(1), sizes.next().unwrap_or(1)]
}

/// The whole shader of a dispatch of these kernels.
pub fn source(kernels: &[&Kernel]) -> String {
    // Writing to a String cannot fail.
    let mut text = format!("const HEAD_WORDS: u32 = {HEAD_WORDS}u;\n");
    for (i, field) in state::FIELDS.iter().enumerate() {
        constant(&mut text, &format!("AT_{field}"), i);
    }
    text.push_str(SHARED);
    for (marks, shared) in INCLUDES {
        if kernels.iter().any(|k| marks.iter().any(|mark| k.wgsl.contains(mark))) {
            text.push_str(shared);
        }
    }
    let sizes: Vec<[u32; 2]> = kernels.iter().map(|kernel| workgroup(kernel)).collect();
    let threads = sizes.iter().map(|[x, y]| x * y).max().unwrap_or(1);
    let mut cases = String::new();
    for ((n, kernel), [x, y]) in kernels.iter().enumerate().zip(&sizes) {
        text.push_str(&renamed(&own(kernel), kernel.name));
        let call = format!("main_{}(place, vec3<u32>(lane % {x}u, lane / {x}u, 0u));", kernel.name);
        // Nothing in a kernel of fewer threads waits for the others: a test holds that.
        let call =
            if x * y < threads { format!("if (lane < {}u) {{ {call} }}", x * y) } else { call };
        let _written = writeln!(cases, "    case {n}u: {{ {call} }}");
    }
    let _written = write!(
        text,
        "
@compute @workgroup_size({threads})
fn main(
  @builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) all: vec3<u32>,
  @builtin(local_invocation_index) lane: u32
) {{
  let id = group.y * all.x + group.x;
  if (id >= dispatch.groups) {{ return; }}
  var task = 0u;
  while (task + 1u < dispatch.tasks && id >= head(task + 1u, 2u)) {{ task++; }}
  let at = id - head(task, 2u);
  let width = head(task, 3u);
  let area = head(task, 4u);
  let within = at % area;
  let place = vec3<u32>(within % width, within / width, task * dispatch.replicas + at / area);
  switch (head(task, 0u)) {{
{cases}    default: {{}}
  }}
}}
"
    );
    text
}

fn constant(text: &mut String, name: &str, value: usize) {
    let _written = writeln!(text, "const {name}: u32 = {value}u;");
}

/// What belongs to one kernel, its entry as a function.
fn own(kernel: &Kernel) -> String {
    let mut text = String::new();
    constant(&mut text, "OPERANDS", kernel.operands.len());
    for (i, operand) in kernel.operands.iter().enumerate() {
        constant(&mut text, &operand.name.to_uppercase(), i);
    }
    for (i, attr) in kernel.attrs.iter().enumerate() {
        constant(&mut text, &attr.to_uppercase(), i);
    }
    text.push_str(OWN);
    let (before, rest) = kernel.wgsl.split_once(ENTRY[0]).unwrap_or((kernel.wgsl, ""));
    let body = rest.split_once(ENTRY[1]).map_or("", |(_, body)| body);
    text.extend([before, ENTRY[2], body]);
    text
}

/// The text with this name behind every name that it declares outside of functions.
fn renamed(text: &str, name: &str) -> String {
    let declared: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| {
            let rest = ["fn ", "const ", "var<workgroup> ", "struct "]
                .iter()
                .find_map(|keyword| line.strip_prefix(keyword))?;
            rest.split(|c: char| !is_word(c)).next()
        })
        .collect();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let (between, from) = rest.split_at(start);
        let end = from.find(|c| !is_word(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        out.push_str(between);
        out.push_str(word);
        // What follows a point is a member of something.
        if declared.contains(word) && !out[..out.len() - word.len()].ends_with('.') {
            out.extend(["_", name]);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KERNELS;

    #[test]
    fn what_a_kernel_declares_is_its_own() {
        let text = "const A: u32 = 0u;\nvar<workgroup> part: u32;\nfn f(a: u32) { v.part = A + part + parts; }\n";
        let own = "const A_k: u32 = 0u;\nvar<workgroup> part_k: u32;\nfn f_k(a: u32) { v.part = A_k + part_k + parts; }\n";
        assert_eq!(renamed(text, "k"), own);
    }

    /// So that any of them can share a dispatch: a thread that a smaller one does not have would be
    /// missing at its barriers.
    #[test]
    fn kernels_that_wait_for_each_others_threads_have_the_most_threads_of_all() {
        let threads = |kernel: &Kernel| workgroup(kernel).iter().product::<u32>();
        for kernel in KERNELS {
            let waits = kernel.wgsl.contains("workgroupBarrier");
            assert!(threads(kernel) <= 64 && (!waits || threads(kernel) == 64), "{kernel:?}");
        }
    }
}
