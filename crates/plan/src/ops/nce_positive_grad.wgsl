@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let x = view(t, X);
  let p = view(t, P);
  let lse = view(t, LSE);
  let g = view(t, G);
  let d = view(t, D);
  let i = thread(t, lane.x);
  if (i >= x.rows) { return; }
  let scale = exp(arena[view(t, LOG_SCALE).at]);
  var positive = 0.0;
  for (var k = 0u; k < x.cols; k++) {
    positive += arena[x.at + i * x.stride + k] * arena[p.at + i * p.stride + k];
  }
  let share = exp(scale * positive - arena[lse.at + i * lse.stride]);
  let weight = scale * arena[g.at + i * g.stride] * (share - 1.0);
  for (var k = 0u; k < x.cols; k++) {
    arena[d.at + i * d.stride + k] = weight * arena[x.at + i * x.stride + k];
  }
}
