@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let mask = view(t, MASK);
  let grad = view(t, GRAD);
  let d = view(t, D);
  let i = thread(t, lane.x);
  if (i >= d.rows) { return; }
  var count = f32(d.rows);
  var w = 1.0;
  if (mask.rows > 0u) {
    count = 0.0;
    for (var k = 0u; k < mask.rows; k++) { count += arena[mask.at + k * mask.stride]; }
    w = arena[mask.at + i * mask.stride];
  }
  let share = w * arena[grad.at] / (max(count, 1.0) * f32(d.cols));
  for (var j = 0u; j < d.cols; j++) { arena[d.at + i * d.stride + j] = share; }
}
