@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let t = enter(group.z);
  let source = view(t, SOURCE);
  let index = view(t, INDEX);
  let x = view(t, X);
  let n = thread(group, lane.x);
  if (n >= x.rows * x.cols) { return; }
  let row = u32(arena[index.at + (n / x.cols) * index.stride]);
  arena[element(x, n)] = data[source.at + row * source.stride + n % x.cols];
}
