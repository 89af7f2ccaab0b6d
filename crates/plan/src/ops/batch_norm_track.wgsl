@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let mean = view(t, MEAN);
  let inverse = view(t, INVERSE);
  let running_mean = view(t, RUNNING_MEAN);
  let running_var = view(t, RUNNING_VAR);
  let j = thread(t, lane.x);
  if (j >= mean.cols) { return; }
  var mu = arena[running_mean.at + j];
  var square = arena[running_var.at + j];
  for (var g = 0u; g < mean.rows; g++) {
    let inv = arena[inverse.at + g * inverse.stride + j];
    mu = 0.9 * mu + 0.1 * arena[mean.at + g * mean.stride + j];
    square = 0.9 * square + 0.1 * (1.0 / (inv * inv) - 1e-5);
  }
  arena[running_mean.at + j] = mu;
  arena[running_var.at + j] = square;
}
