// A thread a column of a group.
@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let x = view(t, X);
  let gamma = view(t, GAMMA);
  let mask = view(t, MASK);
  let mean = view(t, MEAN);
  let inverse = view(t, INVERSE);
  let grad = view(t, GRAD);
  let d = view(t, D);
  let d_gamma = view(t, D_GAMMA);
  let d_beta = view(t, D_BETA);
  let n = thread(t, lane.x);
  if (n >= mean.rows * mean.cols) { return; }
  let g = n / mean.cols;
  let j = n % mean.cols;
  let size = x.rows / mean.rows;
  let mu = arena[mean.at + n];
  let inv = arena[inverse.at + n];
  var total = 0.0;
  var sum = 0.0;
  var along = 0.0;
  for (var i = g * size; i < (g + 1u) * size; i++) {
    var w = 1.0;
    if (mask.rows > 0u) { w = arena[mask.at + i * mask.stride]; }
    let v = arena[grad.at + i * grad.stride + j];
    total += w;
    sum += v;
    along += v * (arena[x.at + i * x.stride + j] - mu) * inv;
  }
  total = max(total, 1.0);
  arena[d_beta.at + n] = sum;
  arena[d_gamma.at + n] = along;
  let scale = arena[gamma.at + j] * inv;
  for (var i = g * size; i < (g + 1u) * size; i++) {
    var w = 1.0;
    if (mask.rows > 0u) { w = arena[mask.at + i * mask.stride]; }
    let hat = (arena[x.at + i * x.stride + j] - mu) * inv;
    let through = w * (sum + hat * along) / total;
    arena[d.at + i * d.stride + j] = scale * (arena[grad.at + i * grad.stride + j] - through);
  }
}
