@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let x = view(t, X);
  let mask = view(t, MASK);
  let y = view(t, Y);
  let j = thread(t, lane.x);
  if (j >= x.cols) { return; }
  var total = 0.0;
  var sum = 0.0;
  for (var i = 0u; i < x.rows; i++) {
    var w = 1.0;
    if (mask.rows > 0u) { w = arena[mask.at + i * mask.stride + j]; }
    total += w;
    sum += w * arena[x.at + i * x.stride + j];
  }
  let mean = sum / max(total, 1.0);
  for (var i = 0u; i < x.rows; i++) {
    var w = 1.0;
    if (mask.rows > 0u) { w = arena[mask.at + i * mask.stride + j]; }
    arena[y.at + i * y.stride + j] = w * (arena[x.at + i * x.stride + j] - mean);
  }
}
