@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let t = enter(group.z);
  let rows = view(t, ROWS);
  let index = view(t, INDEX);
  let i = thread(group, lane.x);
  if (i >= index.rows) { return; }
  let at = position(view(t, STATE).at, attr(t, ORDER), attr(t, BATCHES), rows.rows, index.rows, i);
  arena[index.at + i] = data[rows.at + at];
}
