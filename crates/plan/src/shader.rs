//! The shader of a dispatch: bindings, operands and attributes by name, from the contracts of its
//! kernels, so that the two sides cannot drift apart; and the way from a workgroup to its task.
//!
//! The workgroups of all jobs and replicas stand in one row, each job as many as it needs. A job is a
//! task, or a chain of tasks on a block of rows. A kernel sees the x and y of its own grid, and in a chain
//! the block as if it were all there is. The names that a kernel declares get the kernel's name behind
//! them, so that several fit into one shader.

use crate::kernel::Kernel;
use crate::state;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Words of a place in the task table: base, distance between replicas, rows, columns, stride, and the
/// rows of a block where the task is in a chain and the operand goes row by row.
pub const PLACE_WORDS: usize = 6;

/// Words of a job: its first workgroup, its workgroups for one replica, the word of its first link,
/// and how many links there are.
pub const JOB_WORDS: usize = 4;

/// Words of a link: position of its kernel among those of the dispatch, first word of its task, the
/// width of its grid, the workgroups of its grid, and whether the next link waits for it.
pub const LINK_WORDS: usize = 5;

const SHARED: &str = "
struct Dispatch { first: u32, jobs: u32, replicas: u32, groups: u32 }
@group(0) @binding(0) var<storage, read_write> arena: array<f32>;
@group(0) @binding(1) var<storage, read> data: array<f32>;
@group(0) @binding(2) var<storage, read> tasks: array<u32>;
@group(0) @binding(3) var<uniform> dispatch: Dispatch;

// A workgroup of a kernel: its place in the grid of a task, of a replica, of a block.
struct Group { x: u32, y: u32, word: u32, replica: u32, block: u32 }
// A matrix: first element, shape, elements from one row to the next.
struct View { at: u32, rows: u32, cols: u32, stride: u32 }

fn job(number: u32, word: u32) -> u32 { return tasks[dispatch.first + number * JOB_WORDS + word]; }
";

/// Where an operand lies.
const WHOLE: &str = "
fn view(t: Group, operand: u32) -> View {
  let w = t.word + operand * PLACE_WORDS;
  return View(tasks[w] + t.replica * tasks[w + 1u], tasks[w + 2u], tasks[w + 3u], tasks[w + 4u]);
}
";

/// Where the block of an operand lies.
const BLOCK: &str = "
fn view(t: Group, operand: u32) -> View {
  let w = t.word + operand * PLACE_WORDS;
  let stride = tasks[w + 4u];
  let most = tasks[w + 5u];
  let before = t.block * most;
  let rows = tasks[w + 2u];
  return View(
    tasks[w] + t.replica * tasks[w + 1u] + before * stride,
    select(rows, min(most, rows - before), most > 0u), tasks[w + 3u], stride
  );
}
";

const PLACES: &str = "
fn element(v: View, n: u32) -> u32 { return v.at + (n / v.cols) * v.stride + n % v.cols; }
// Number of a thread in a grid that is folded at 32768 workgroups of 64.
fn thread(group: Group, lane: u32) -> u32 { return (group.y * 32768u + group.x) * 64u + lane; }
";

const OWN: &str = "
fn attr(t: Group, index: u32) -> u32 { return tasks[t.word + OPERANDS * PLACE_WORDS + index]; }
fn attr_f32(t: Group, index: u32) -> f32 { return bitcast<f32>(attr(t, index)); }
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
    ")\nfn main(t: Group, lane: vec3<u32>)",
    "fn main(t: Group, lane: vec3<u32>)",
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

/// The whole shader of a dispatch of these kernels, with or without chains.
pub fn source(kernels: &[&Kernel], chained: bool) -> String {
    // Writing to a String cannot fail.
    let mut text = String::new();
    constant(&mut text, "PLACE_WORDS", PLACE_WORDS);
    constant(&mut text, "JOB_WORDS", JOB_WORDS);
    constant(&mut text, "LINK_WORDS", LINK_WORDS);
    for (i, field) in state::FIELDS.iter().enumerate() {
        constant(&mut text, &format!("AT_{field}"), i);
    }
    text.extend([SHARED, if chained { BLOCK } else { WHOLE }, PLACES]);
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
        let call = format!("main_{}(t, vec3<u32>(lane % {x}u, lane / {x}u, 0u));", kernel.name);
        // Nothing in a kernel of fewer threads waits for the others: a test holds that.
        let call =
            if x * y < threads { format!("if (lane < {}u) {{ {call} }}", x * y) } else { call };
        let _written = writeln!(cases, "    case {n}u: {{ {call} }}");
    }
    let cases = format!("switch (tasks[w]) {{\n{cases}    default: {{}}\n  }}");
    let work = if chained { CHAINED } else { ALONE };
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
  var number = 0u;
  while (number + 1u < dispatch.jobs && id >= job(number + 1u, 0u)) {{ number++; }}
  let at = id - job(number, 0u);
  let area = job(number, 1u);
  let replica = at / area;
  let within = at % area;
{}}}
",
        work.replace("CASES", &cases)
    );
    text
}

/// A job of one task.
const ALONE: &str = "  let w = job(number, 2u);
  let t = Group(within % tasks[w + 2u], within / tasks[w + 2u], tasks[w + 1u], replica, 0u);
  CASES
";

/// The links of a chain for a block, or one task.
const CHAINED: &str = "  let links = job(number, 3u);
  for (var link = 0u; link < links; link++) {
    let w = job(number, 2u) + link * LINK_WORDS;
    let width = tasks[w + 2u];
    let count = select(1u, tasks[w + 3u], links > 1u);
    for (var n = 0u; n < count; n++) {
      let g = select(within, n, links > 1u);
      let block = select(0u, within, links > 1u);
      let t = Group(g % width, g / width, tasks[w + 1u], replica, block);
      CASES
    }
    if (tasks[w + 4u] != 0u) { storageBarrier(); }
  }
";

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
