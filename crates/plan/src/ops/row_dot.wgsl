@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let a = view(t, A);
  let b = view(t, B);
  let y = view(t, Y);
  let i = thread(t, lane.x);
  if (i >= a.rows) { return; }
  var total = 0.0;
  for (var j = 0u; j < a.cols; j++) {
    total += arena[a.at + i * a.stride + j] * arena[b.at + i * b.stride + j];
  }
  arena[y.at + i * y.stride] = total;
}
