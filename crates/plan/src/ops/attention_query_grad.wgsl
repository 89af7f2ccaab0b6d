// A workgroup a column.
var<workgroup> part: array<f32, 64>;

@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let keys = view(t, KEYS);
  let d_scores = view(t, D_SCORES);
  let d_query = view(t, D_QUERY);
  let tokens = attr(t, TOKENS);
  let c = t.x;
  var total = 0.0;
  if (c < keys.cols) {
    let head = c / (keys.cols / attr(t, HEADS));
    for (var row = lane.x; row < keys.rows; row += 64u) {
      let score = d_scores.at + (row / tokens) * d_scores.stride + head * tokens + row % tokens;
      total += arena[score] * arena[keys.at + row * keys.stride + c];
    }
  }
  part[lane.x] = total;
  for (var step = 32u; step > 0u; step /= 2u) {
    workgroupBarrier();
    if (lane.x < step) { part[lane.x] += part[lane.x + step]; }
  }
  if (lane.x == 0u && c < keys.cols) { arena[d_query.at + c] = part[0]; }
}
