@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let order = view(t, ORDER);
  let grad = view(t, GRAD);
  let d = view(t, D);
  let n = thread(t, lane.x);
  if (n >= d.rows * d.cols) { return; }
  let j = n / d.cols;
  let k = n % d.cols;
  let which = attr(t, WHICH);
  var product = arena[grad.at + j * grad.stride + k];
  var to = j;
  for (var q = 0u; q < 8u; q++) {
    let x = view(t, X0 + q);
    if (x.rows == 0u) { break; }
    let p = attr(t, P0 + q);
    var row = j;
    if (p != 0xffffffffu) { row = u32(arena[order.at + j * order.stride + p]); }
    if (q == which) { to = row; } else { product *= arena[x.at + row * x.stride + k]; }
  }
  arena[d.at + to * d.stride + k] = product;
}
