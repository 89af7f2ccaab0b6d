@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let x = view(t, X);
  let gamma = view(t, GAMMA);
  let beta = view(t, BETA);
  let y = view(t, Y);
  let stats = view(t, STATS);
  let i = thread(t, lane.x);
  if (i >= x.rows) { return; }
  let n = f32(x.cols);
  var sum = 0.0;
  for (var j = 0u; j < x.cols; j++) { sum += arena[x.at + i * x.stride + j]; }
  let mean = sum / n;
  var square = 0.0;
  for (var j = 0u; j < x.cols; j++) {
    let v = arena[x.at + i * x.stride + j] - mean;
    square += v * v;
  }
  let inverse = 1.0 / sqrt(square / n + 1e-5);
  arena[stats.at + i * stats.stride] = mean;
  arena[stats.at + i * stats.stride + 1u] = inverse;
  for (var j = 0u; j < x.cols; j++) {
    let hat = (arena[x.at + i * x.stride + j] - mean) * inverse;
    arena[y.at + i * y.stride + j] = hat * arena[gamma.at + j] + arena[beta.at + j];
  }
}
