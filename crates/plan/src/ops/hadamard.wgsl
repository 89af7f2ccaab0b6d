@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let order = view(t, ORDER);
  let y = view(t, Y);
  let n = thread(t, lane.x);
  if (n >= y.rows * y.cols) { return; }
  let j = n / y.cols;
  let k = n % y.cols;
  var product = 1.0;
  for (var q = 0u; q < 8u; q++) {
    let x = view(t, X0 + q);
    if (x.rows == 0u) { break; }
    let p = attr(t, P0 + q);
    var row = j;
    if (p != 0xffffffffu) { row = u32(arena[order.at + j * order.stride + p]); }
    product *= arena[x.at + row * x.stride + k];
  }
  arena[element(y, n)] = product;
}
