// A thread a head of a row.
@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let keys = view(t, KEYS);
  let values = view(t, VALUES);
  let query = view(t, QUERY);
  let weights = view(t, WEIGHTS);
  let out = view(t, OUT);
  let tokens = attr(t, TOKENS);
  let heads = attr(t, HEADS);
  let n = thread(t, lane.x);
  if (n >= out.rows * heads) { return; }
  let b = n / heads;
  let width = keys.cols / heads;
  let c0 = (n % heads) * width;
  let factor = select(1.0, inverseSqrt(f32(width)), attr(t, SCALED) != 0u);
  let w0 = weights.at + b * weights.stride + (n % heads) * tokens;
  var top = -3.0e38;
  for (var k = 0u; k < tokens; k++) {
    var score = 0.0;
    for (var c = c0; c < c0 + width; c++) {
      score += arena[query.at + c] * arena[keys.at + (b * tokens + k) * keys.stride + c];
    }
    score *= factor;
    arena[w0 + k] = score;
    top = max(top, score);
  }
  var total = 0.0;
  for (var k = 0u; k < tokens; k++) {
    let e = exp(arena[w0 + k] - top);
    arena[w0 + k] = e;
    total += e;
  }
  for (var k = 0u; k < tokens; k++) { arena[w0 + k] /= total; }
  for (var c = c0; c < c0 + width; c++) {
    var o = 0.0;
    for (var k = 0u; k < tokens; k++) {
      o += arena[w0 + k] * arena[values.at + (b * tokens + k) * values.stride + c];
    }
    arena[out.at + b * out.stride + c] = o;
  }
}
