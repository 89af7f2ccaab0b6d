@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let t = enter(group.z);
  let y = view(t, Y);
  let norm = view(t, NORM);
  let grad = view(t, GRAD);
  let d = view(t, D);
  let i = thread(group, lane.x);
  if (i >= y.rows) { return; }
  var along = 0.0;
  for (var j = 0u; j < y.cols; j++) {
    along += arena[y.at + i * y.stride + j] * arena[grad.at + i * grad.stride + j];
  }
  let length = arena[norm.at + i];
  for (var j = 0u; j < y.cols; j++) {
    let g = arena[grad.at + i * grad.stride + j];
    arena[d.at + i * d.stride + j] = (g - arena[y.at + i * y.stride + j] * along) / length;
  }
}
