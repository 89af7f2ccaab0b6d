@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let x = view(t, X);
  let grad = view(t, GRAD);
  let d = view(t, D);
  let n = thread(t, lane.x);
  if (n >= x.rows * x.cols) { return; }
  arena[element(d, n)] = arena[element(grad, n)] * curve(attr(t, CURVE), arena[element(x, n)]).y;
}
