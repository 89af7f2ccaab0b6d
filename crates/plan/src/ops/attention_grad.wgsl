// A thread a head of a row.
@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let keys = view(t, KEYS);
  let values = view(t, VALUES);
  let query = view(t, QUERY);
  let weights = view(t, WEIGHTS);
  let grad = view(t, GRAD);
  let d_keys = view(t, D_KEYS);
  let d_values = view(t, D_VALUES);
  let d_scores = view(t, D_SCORES);
  let tokens = attr(t, TOKENS);
  let heads = attr(t, HEADS);
  let n = thread(t, lane.x);
  if (n >= grad.rows * heads) { return; }
  let b = n / heads;
  let width = keys.cols / heads;
  let c0 = (n % heads) * width;
  let factor = select(1.0, inverseSqrt(f32(width)), attr(t, SCALED) != 0u);
  let w0 = weights.at + b * weights.stride + (n % heads) * tokens;
  let s0 = d_scores.at + b * d_scores.stride + (n % heads) * tokens;
  let g0 = grad.at + b * grad.stride;
  var mean = 0.0;
  for (var k = 0u; k < tokens; k++) {
    var slope = 0.0;
    for (var c = c0; c < c0 + width; c++) {
      slope += arena[g0 + c] * arena[values.at + (b * tokens + k) * values.stride + c];
    }
    arena[s0 + k] = slope;
    mean += arena[w0 + k] * slope;
  }
  for (var k = 0u; k < tokens; k++) {
    let w = arena[w0 + k];
    let d = w * (arena[s0 + k] - mean) * factor;
    arena[s0 + k] = d;
    let row = b * tokens + k;
    for (var c = c0; c < c0 + width; c++) {
      arena[d_keys.at + row * d_keys.stride + c] = d * arena[query.at + c];
      arena[d_values.at + row * d_values.stride + c] = w * arena[g0 + c];
    }
  }
}
