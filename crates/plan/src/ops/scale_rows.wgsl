@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let t = enter(group.z);
  let x = view(t, X);
  let w = view(t, W);
  let y = view(t, Y);
  let n = thread(group, lane.x);
  if (n >= x.rows * x.cols) { return; }
  arena[element(y, n)] = arena[element(x, n)] * arena[w.at + (n / x.cols) * w.stride];
}
