// A workgroup makes 64 columns of one row: its threads weigh 64 combinations of the others at a
// time, then each adds up a column.
var<workgroup> weights: array<f32, 64>;

@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let m = attr(t, MODALITIES);
  let which = attr(t, WHICH);
  let first = view(t, X0);
  let n = first.rows;
  let d = first.cols;
  let lse = view(t, LSE);
  let grad = view(t, GRAD);
  let out = view(t, D);
  let i = t.x;
  let column = t.y * 64u + lane.x;
  let scale = exp(arena[view(t, LOG_SCALE).at]);
  var combinations = 1u;
  for (var q = 1u; q < m; q++) { combinations *= n; }
  var at: array<u32, 8>;
  for (var q = 0u; q < m; q++) { at[q] = view(t, X0 + q).at; }
  var total = 0.0;
  for (var base = 0u; base < combinations; base += 64u) {
    let c = base + lane.x;
    var weight = 0.0;
    if (c < combinations && i < n) {
      var rest = c;
      var pick: array<u32, 8>;
      var positive = true;
      for (var q = 0u; q < m; q++) {
        pick[q] = i;
        if (q != which) {
          pick[q] = rest % n;
          rest /= n;
          positive = positive && pick[q] == i;
        }
      }
      var l = 0.0;
      for (var k = 0u; k < d; k++) {
        var product = 1.0;
        for (var q = 0u; q < m; q++) { product *= arena[at[q] + pick[q] * d + k]; }
        l += product;
      }
      l *= scale;
      for (var q = 0u; q < m; q++) {
        let share = exp(l - arena[lse.at + pick[q] * lse.stride + q]);
        weight += arena[grad.at + pick[q] * grad.stride + q] * (share - select(0.0, 1.0, positive));
      }
    }
    weights[lane.x] = weight;
    workgroupBarrier();
    if (column < d) {
      let count = min(64u, combinations - base);
      for (var w = 0u; w < count; w++) {
        var rest = base + w;
        var product = weights[w];
        for (var q = 0u; q < m; q++) {
          if (q != which) {
            product *= arena[at[q] + (rest % n) * d + column];
            rest /= n;
          }
        }
        total += product;
      }
    }
    workgroupBarrier();
  }
  if (i < n && column < d) { arena[out.at + i * out.stride + column] = scale * total; }
}
