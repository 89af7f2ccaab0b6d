@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let g = view(t, G);
  let a = view(t, A);
  let w = view(t, W);
  let goal = view(t, TARGET);
  let grad = view(t, GRAD);
  let d = view(t, D);
  let n = thread(t, lane.x);
  if (n >= g.rows * g.cols) { return; }
  var slope = 0.0;
  if (a.rows > 0u) { slope += arena[element(a, n)]; }
  if (w.rows > 0u) {
    slope += 2.0 * arena[element(w, n)] * (arena[element(g, n)] - arena[element(goal, n)]);
  }
  arena[element(d, n)] = arena[grad.at] * slope;
}
