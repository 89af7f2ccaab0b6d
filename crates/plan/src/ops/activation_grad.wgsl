@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let t = enter(group.z);
  let x = view(t, X);
  let grad = view(t, GRAD);
  let d = view(t, D);
  let n = thread(group, lane.x);
  if (n >= x.rows * x.cols) { return; }
  arena[element(d, n)] = arena[element(grad, n)] * curve(attr(t, CURVE), arena[element(x, n)]).y;
}
