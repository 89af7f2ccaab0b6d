@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let x = view(t, X);
  let gamma = view(t, GAMMA);
  let stats = view(t, STATS);
  let grad = view(t, GRAD);
  let d = view(t, D);
  let weighted = view(t, WEIGHTED);
  let i = thread(t, lane.x);
  if (i >= x.rows) { return; }
  let n = f32(x.cols);
  let mean = arena[stats.at + i * stats.stride];
  let inverse = arena[stats.at + i * stats.stride + 1u];
  var sum = 0.0;
  var along = 0.0;
  for (var j = 0u; j < x.cols; j++) {
    let hat = (arena[x.at + i * x.stride + j] - mean) * inverse;
    let outer = arena[grad.at + i * grad.stride + j];
    let g = outer * arena[gamma.at + j];
    arena[weighted.at + i * weighted.stride + j] = outer * hat;
    sum += g;
    along += g * hat;
  }
  for (var j = 0u; j < x.cols; j++) {
    let hat = (arena[x.at + i * x.stride + j] - mean) * inverse;
    let g = arena[grad.at + i * grad.stride + j] * arena[gamma.at + j];
    arena[d.at + i * d.stride + j] = inverse * (g - sum / n - hat * along / n);
  }
}
