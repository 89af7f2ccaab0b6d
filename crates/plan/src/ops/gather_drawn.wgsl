@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let t = enter(group.z);
  let rows = view(t, ROWS);
  let source = view(t, SOURCE);
  let x = view(t, X);
  let n = thread(group, lane.x);
  if (n >= x.rows * x.cols) { return; }
  let at = position(view(t, STATE).at, attr(t, ORDER), attr(t, BATCHES), rows.rows, x.rows, n / x.cols);
  let row = u32(data[rows.at + at]);
  arena[element(x, n)] = data[source.at + row * source.stride + n % x.cols];
}
