// A workgroup makes sixteen rows of 64 columns, a team of 16 threads four of them: they weigh 64 keys
// at a time, then each adds up four columns.
var<workgroup> weights: array<vec4<f32>, 256>;

@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let x = view(t, X);
  let y = view(t, Y);
  let p = view(t, P);
  let mask = view(t, MASK);
  let lse_x = view(t, LSE_X);
  let g_x = view(t, G_X);
  let lse_y = view(t, LSE_Y);
  let g_y = view(t, G_Y);
  let d = view(t, D);
  let scale = exp(arena[view(t, LOG_SCALE).at]);
  let shift = attr(t, SHIFT);
  let exclude_self = attr(t, EXCLUDE_SELF) != 0u;
  let replaced = attr(t, REPLACED) != 0u;
  let as_rows = lse_x.rows > 0u;
  let as_keys = lse_y.rows > 0u;
  let team = lane.x / 16u;
  let member = lane.x % 16u;
  let i0 = (t.x * 4u + team) * 4u;
  let c0 = t.y * 64u + member * 4u;
  let rows = min(vec4<u32>(i0, i0 + 1u, i0 + 2u, i0 + 3u), vec4<u32>(x.rows - 1u));
  let px = x.at + rows * x.stride;
  var lse = vec4<f32>(0.0);
  var g = vec4<f32>(0.0);
  if (as_rows) {
    let a = lse_x.at + rows * lse_x.stride;
    let b = g_x.at + rows * g_x.stride;
    lse = vec4<f32>(arena[a.x], arena[a.y], arena[a.z], arena[a.w]);
    g = vec4<f32>(arena[b.x], arena[b.y], arena[b.z], arena[b.w]);
  }
  let columns = min(vec4<u32>(c0, c0 + 1u, c0 + 2u, c0 + 3u), vec4<u32>(x.cols - 1u));
  // One vector a row; its lanes are the columns.
  var d0 = vec4<f32>(0.0);
  var d1 = vec4<f32>(0.0);
  var d2 = vec4<f32>(0.0);
  var d3 = vec4<f32>(0.0);
  for (var base = 0u; base < y.rows; base += 64u) {
    let j0 = base + member * 4u;
    let keys = min(vec4<u32>(j0, j0 + 1u, j0 + 2u, j0 + 3u), vec4<u32>(y.rows - 1u));
    let py = y.at + keys * y.stride;
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
      var w = vec4<f32>(0.0);
      var valid = j < y.rows;
      if (valid && mask.rows > 0u) { valid = arena[mask.at + j * mask.stride] != 0.0; }
      if (valid) {
        let l = scale * tile[q];
        let inside = select(vec4<f32>(1.0), vec4<f32>(0.0), vec4<bool>(exclude_self) & (rows == vec4<u32>(j)));
        if (as_rows) {
          let positive = (rows + shift) % y.rows == vec4<u32>(j);
          let e = g * (exp(l - lse) * inside - select(vec4<f32>(0.0), vec4<f32>(1.0), positive));
          w += select(e, vec4<f32>(0.0), vec4<bool>(replaced) & positive);
        }
        if (as_keys) {
          let positive = vec4<u32>((j + shift) % x.rows) == rows;
          let e = exp(l - arena[lse_y.at + j * lse_y.stride]) * inside
            - select(vec4<f32>(0.0), vec4<f32>(1.0), positive);
          w += arena[g_y.at + j * g_y.stride] * select(e, vec4<f32>(0.0), vec4<bool>(replaced) & positive);
        }
      }
      weights[lane.x * 4u + q] = w;
    }
    workgroupBarrier();
    let count = min(64u, y.rows - base);
    for (var q = 0u; q < count; q++) {
      let w = weights[team * 64u + q];
      let at = y.at + (base + q) * y.stride;
      let v = vec4<f32>(arena[at + columns.x], arena[at + columns.y], arena[at + columns.z], arena[at + columns.w]);
      d0 += w.x * v;
      d1 += w.y * v;
      d2 += w.z * v;
      d3 += w.w * v;
    }
    workgroupBarrier();
  }
  var tile = array<vec4<f32>, 4>(d0, d1, d2, d3);
  for (var r = 0u; r < 4u; r++) {
    let i = i0 + r;
    if (i >= x.rows) { break; }
    var live = 1.0;
    if (mask.rows > 0u) { live = arena[mask.at + i * mask.stride]; }
    var own = 0.0;
    if (p.rows > 0u) {
      var positive = 0.0;
      for (var k = 0u; k < x.cols; k++) {
        positive += arena[x.at + i * x.stride + k] * arena[p.at + i * p.stride + k];
      }
      own = g[r] * (exp(scale * positive - lse[r]) - 1.0);
    }
    for (var q = 0u; q < 4u; q++) {
      let c = c0 + q;
      if (c >= x.cols) { break; }
      var v = tile[r][q];
      if (p.rows > 0u) { v += own * arena[p.at + i * p.stride + c]; }
      // Not a product: the logits of a row that does not count may be infinite.
      arena[d.at + i * d.stride + c] = select(scale * v, 0.0, live == 0.0);
    }
  }
}
