var<workgroup> part: array<f32, 64>;

@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let g = view(t, G);
  let a = view(t, A);
  let w = view(t, W);
  let goal = view(t, TARGET);
  let y = view(t, Y);
  var total = 0.0;
  for (var n = lane.x; n < g.rows * g.cols; n += 64u) {
    let v = arena[element(g, n)];
    if (a.rows > 0u) { total += arena[element(a, n)] * v; }
    if (w.rows > 0u) {
      let off = v - arena[element(goal, n)];
      total += arena[element(w, n)] * off * off;
    }
  }
  part[lane.x] = total;
  for (var step = 32u; step > 0u; step /= 2u) {
    workgroupBarrier();
    if (lane.x < step) { part[lane.x] += part[lane.x + step]; }
  }
  if (lane.x == 0u) { arena[y.at] = part[0]; }
}
