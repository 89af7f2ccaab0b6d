@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let x = view(t, X);
  let w = view(t, W);
  let y = view(t, Y);
  let n = thread(t, lane.x);
  if (n >= x.rows * x.cols) { return; }
  arena[element(y, n)] = arena[element(x, n)] * arena[w.at + (n / x.cols) * w.stride];
}
