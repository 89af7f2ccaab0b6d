// A workgroup makes one row of one anchor: 64 threads stream the combinations of the others.
var<workgroup> tops: array<f32, 64>;
var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let m = attr(t, MODALITIES);
  let first = view(t, X0);
  let n = first.rows;
  let d = first.cols;
  let i = t.x;
  let anchor = t.y;
  let scale = exp(arena[view(t, LOG_SCALE).at]);
  var combinations = 1u;
  for (var q = 1u; q < m; q++) { combinations *= n; }
  var at: array<u32, 8>;
  for (var q = 0u; q < m; q++) { at[q] = view(t, X0 + q).at; }
  var top = -3.0e38;
  var sum = 0.0;
  if (i < n && anchor < m) {
    for (var c = lane.x; c < combinations; c += 64u) {
      var rest = c;
      var row: array<u32, 8>;
      for (var q = 0u; q < m; q++) {
        if (q == anchor) {
          row[q] = at[q] + i * d;
        } else {
          row[q] = at[q] + (rest % n) * d;
          rest /= n;
        }
      }
      var l = 0.0;
      for (var k = 0u; k < d; k++) {
        var product = arena[row[0] + k];
        for (var q = 1u; q < m; q++) { product *= arena[row[q] + k]; }
        l += product;
      }
      l *= scale;
      let higher = max(top, l);
      sum = sum * exp(top - higher) + exp(l - higher);
      top = higher;
    }
  }
  tops[lane.x] = top;
  sums[lane.x] = sum;
  workgroupBarrier();
  if (lane.x != 0u || i >= n || anchor >= m) { return; }
  var z = 0.0;
  var high = -3.0e38;
  for (var w = 0u; w < 64u; w++) {
    let higher = max(high, tops[w]);
    z = z * exp(high - higher) + sums[w] * exp(tops[w] - higher);
    high = higher;
  }
  var positive = 0.0;
  for (var k = 0u; k < d; k++) {
    var product = 1.0;
    for (var q = 0u; q < m; q++) { product *= arena[at[q] + i * d + k]; }
    positive += product;
  }
  let total = high + log(z);
  let lse = view(t, LSE);
  let loss = view(t, LOSS);
  arena[lse.at + i * lse.stride + anchor] = total;
  arena[loss.at + i * loss.stride + anchor] = total - scale * positive;
}
