@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let x = view(t, X);
  let goal = view(t, TARGET);
  let y = view(t, Y);
  let i = thread(t, lane.x);
  if (i >= x.rows) { return; }
  var total = 0.0;
  for (var j = 0u; j < x.cols; j++) {
    let off = arena[x.at + i * x.stride + j] - arena[goal.at + i * goal.stride + j];
    total += off * off;
  }
  arena[y.at + i * y.stride] = total / f32(x.cols);
}
