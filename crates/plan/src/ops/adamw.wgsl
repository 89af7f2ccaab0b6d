// 1 − β^t without the cancellation of small t: −(e^{t ln β} − 1).
fn left(t: f32, log_beta: f32) -> f32 {
  let x = t * log_beta;
  if (x > -0.1) {
    return -x * (1.0 + x * (0.5 + x * (0.16666667 + x * (0.041666668 + x * 0.008333334))));
  }
  return 1.0 - exp(x);
}

@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let clock = view(t, CLOCK);
  let grad = view(t, GRAD);
  let weights = view(t, WEIGHTS);
  let first = view(t, FIRST);
  let second = view(t, SECOND);
  let n = thread(t, lane.x);
  if (n >= grad.cols || arena[clock.at + 1u] == 0.0) { return; }
  // As `watch` sees it.
  var squares = 0.0;
  for (var k = 0u; k < 3u; k++) {
    let s = view(t, S0 + k);
    if (s.rows > 0u) { squares += arena[s.at]; }
  }
  if (!(finite(arena[view(t, TOTAL).at]) && finite(squares))) { return; }
  let step = arena[clock.at];
  let warmup = f32(attr(t, WARMUP));
  var rate = attr_f32(t, RATE);
  if (warmup > 0.0) { rate *= min(step / warmup, 1.0); }
  if (attr(t, COSINE) != 0u) {
    let done = clamp((step - warmup) / max(f32(attr(t, STEPS)) - warmup, 1.0), 0.0, 1.0);
    rate *= 0.01 + 0.99 * 0.5 * (1.0 + cos(3.14159265 * done));
  }
  let g = arena[grad.at + n];
  let m = 0.9 * arena[first.at + n] + 0.1 * g;
  let v = 0.999 * arena[second.at + n] + 0.001 * g * g;
  arena[first.at + n] = m;
  arena[second.at + n] = v;
  // ln 0.9 and ln 0.999
  let along = (m / left(step, -0.105360516)) / (sqrt(v / left(step, -0.0010005003)) + 1e-8);
  let w = arena[weights.at + n];
  arena[weights.at + n] = w - rate * (along + attr_f32(t, DECAY) * w);
}
