// A tree, not a chain: a chain of thousands of f32 loses the fourth decimal.
var<workgroup> sums: array<vec2<f32>, 64>;

@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let x = view(t, X);
  let mask = view(t, MASK);
  let y = view(t, Y);
  var total = vec2<f32>(0.0);
  for (var i = lane.x; i < x.rows; i += 64u) {
    var w = 1.0;
    if (mask.rows > 0u) { w = arena[mask.at + i * mask.stride]; }
    if (w > 0.0) {
      var row = 0.0;
      for (var j = 0u; j < x.cols; j++) { row += arena[x.at + i * x.stride + j]; }
      total += vec2<f32>(row, w);
    }
  }
  sums[lane.x] = total;
  for (var step = 32u; step > 0u; step /= 2u) {
    workgroupBarrier();
    if (lane.x < step) { sums[lane.x] += sums[lane.x + step]; }
  }
  if (lane.x == 0u) { arena[y.at] = sums[0].x / (max(sums[0].y, 1.0) * f32(x.cols)); }
}
