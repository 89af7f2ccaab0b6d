// A thread a column of a group.
@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let x = view(t, X);
  let gamma = view(t, GAMMA);
  let beta = view(t, BETA);
  let mask = view(t, MASK);
  let y = view(t, Y);
  let mean = view(t, MEAN);
  let inverse = view(t, INVERSE);
  let n = thread(t, lane.x);
  if (n >= mean.rows * mean.cols) { return; }
  let g = n / mean.cols;
  let j = n % mean.cols;
  let size = x.rows / mean.rows;
  var total = 0.0;
  var sum = 0.0;
  for (var i = g * size; i < (g + 1u) * size; i++) {
    var w = 1.0;
    if (mask.rows > 0u) { w = arena[mask.at + i * mask.stride]; }
    total += w;
    sum += w * arena[x.at + i * x.stride + j];
  }
  total = max(total, 1.0);
  let mu = sum / total;
  var square = 0.0;
  for (var i = g * size; i < (g + 1u) * size; i++) {
    var w = 1.0;
    if (mask.rows > 0u) { w = arena[mask.at + i * mask.stride]; }
    let v = arena[x.at + i * x.stride + j] - mu;
    square += w * v * v;
  }
  let inv = 1.0 / sqrt(square / total + 1e-5);
  arena[mean.at + n] = mu;
  arena[inverse.at + n] = inv;
  let scale = inv * arena[gamma.at + j];
  let shift = arena[beta.at + j];
  for (var i = g * size; i < (g + 1u) * size; i++) {
    arena[y.at + i * y.stride + j] = (arena[x.at + i * x.stride + j] - mu) * scale + shift;
  }
}
