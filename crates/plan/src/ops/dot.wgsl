var<workgroup> part: array<f32, 64>;

@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let a = view(t, A);
  let b = view(t, B);
  let y = view(t, Y);
  var total = 0.0;
  for (var n = lane.x; n < a.rows * a.cols; n += 64u) {
    total += arena[element(a, n)] * arena[element(b, n)];
  }
  part[lane.x] = total;
  for (var step = 32u; step > 0u; step /= 2u) {
    workgroupBarrier();
    if (lane.x < step) { part[lane.x] += part[lane.x + step]; }
  }
  if (lane.x == 0u) { arena[y.at] = part[0]; }
}
