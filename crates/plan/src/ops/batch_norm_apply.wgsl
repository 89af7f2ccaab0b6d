@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let x = view(t, X);
  let gamma = view(t, GAMMA);
  let beta = view(t, BETA);
  let mean = view(t, RUNNING_MEAN);
  let square = view(t, RUNNING_VAR);
  let y = view(t, Y);
  let n = thread(t, lane.x);
  if (n >= x.rows * x.cols) { return; }
  let j = n % x.cols;
  let hat = (arena[element(x, n)] - arena[mean.at + j]) / sqrt(max(arena[square.at + j], 0.0) + 1e-5);
  arena[element(y, n)] = hat * arena[gamma.at + j] + arena[beta.at + j];
}
