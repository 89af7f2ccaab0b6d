@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let t = enter(group.z);
  let a = view(t, A);
  let b = view(t, B);
  let y = view(t, Y);
  let n = thread(group, lane.x);
  if (n >= a.rows * a.cols) { return; }
  arena[element(y, n)] = arena[element(a, n)] / max(arena[element(b, n)], 1.0);
}
