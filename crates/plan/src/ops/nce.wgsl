// A workgroup makes sixteen rows, a team of 16 threads four of them: each takes four keys at a time,
// keeps a running maximum and sum, and is merged with its team at the end.
var<workgroup> tops: array<vec4<f32>, 64>;
var<workgroup> sums: array<vec4<f32>, 64>;

const NONE: f32 = -3.0e38;

@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let x = view(t, X);
  let y = view(t, Y);
  let p = view(t, P);
  let mask = view(t, MASK);
  let scale = exp(arena[view(t, LOG_SCALE).at]);
  let shift = attr(t, SHIFT);
  let exclude_self = attr(t, EXCLUDE_SELF) != 0u;
  let team = lane.x / 16u;
  let member = lane.x % 16u;
  let i0 = (t.x * 4u + team) * 4u;
  let rows = min(vec4<u32>(i0, i0 + 1u, i0 + 2u, i0 + 3u), vec4<u32>(x.rows - 1u));
  let px = x.at + rows * x.stride;
  var top = vec4<f32>(NONE);
  var sum = vec4<f32>(0.0);
  for (var j0 = member * 4u; j0 < y.rows; j0 += 64u) {
    let keys = min(vec4<u32>(j0, j0 + 1u, j0 + 2u, j0 + 3u), vec4<u32>(y.rows - 1u));
    let py = y.at + keys * y.stride;
    // One vector a key; its lanes are the rows.
    var l0 = vec4<f32>(0.0);
    var l1 = vec4<f32>(0.0);
    var l2 = vec4<f32>(0.0);
    var l3 = vec4<f32>(0.0);
    for (var k = 0u; k < x.cols; k++) {
      let v = vec4<f32>(arena[px.x + k], arena[px.y + k], arena[px.z + k], arena[px.w + k]);
      l0 += arena[py.x + k] * v;
      l1 += arena[py.y + k] * v;
      l2 += arena[py.z + k] * v;
      l3 += arena[py.w + k] * v;
    }
    var tile = array<vec4<f32>, 4>(l0, l1, l2, l3);
    for (var q = 0u; q < 4u; q++) {
      let j = j0 + q;
      if (j >= y.rows) { break; }
      if (mask.rows > 0u) {
        if (arena[mask.at + j * mask.stride] == 0.0) { continue; }
      }
      var l = scale * tile[q];
      if (exclude_self) { l = select(l, vec4<f32>(NONE), rows == vec4<u32>(j)); }
      if (p.rows > 0u) {
        // This key stands where the positive is counted below.
        l = select(l, vec4<f32>(NONE), (rows + shift) % y.rows == vec4<u32>(j));
      }
      let higher = max(top, l);
      sum = sum * exp(top - higher) + select(exp(l - higher), vec4<f32>(0.0), l == vec4<f32>(NONE));
      top = higher;
    }
  }
  tops[lane.x] = top;
  sums[lane.x] = sum;
  workgroupBarrier();
  if (member >= 4u || i0 + member >= x.rows) { return; }
  let i = i0 + member;
  let lse = view(t, LSE);
  let loss = view(t, LOSS);
  if (mask.rows > 0u) {
    if (arena[mask.at + i * mask.stride] == 0.0) {
      arena[lse.at + i] = 0.0;
      arena[loss.at + i] = 0.0;
      return;
    }
  }
  var other = y.at + ((i + shift) % y.rows) * y.stride;
  if (p.rows > 0u) { other = p.at + i * p.stride; }
  var positive = 0.0;
  for (var k = 0u; k < x.cols; k++) {
    positive += arena[x.at + i * x.stride + k] * arena[other + k];
  }
  positive *= scale;
  var m = NONE;
  var z = 0.0;
  if (p.rows > 0u) {
    m = positive;
    z = 1.0;
  }
  for (var w = team * 16u; w < team * 16u + 16u; w++) {
    let higher = max(m, tops[w][member]);
    z = z * exp(m - higher) + sums[w][member] * exp(tops[w][member] - higher);
    m = higher;
  }
  let total = m + log(z);
  arena[lse.at + i] = total;
  arena[loss.at + i] = total - positive;
}
