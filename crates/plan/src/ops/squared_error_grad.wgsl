@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let x = view(t, X);
  let goal = view(t, TARGET);
  let grad = view(t, GRAD);
  let d = view(t, D);
  let n = thread(t, lane.x);
  if (n >= x.rows * x.cols) { return; }
  let off = arena[element(x, n)] - arena[element(goal, n)];
  arena[element(d, n)] = 2.0 / f32(x.cols) * arena[grad.at + (n / x.cols) * grad.stride] * off;
}
