@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let y = view(t, Y);
  let n = thread(t, lane.x);
  if (n >= y.rows * y.cols) { return; }
  let i = n / y.cols;
  let j = n % y.cols;
  var total = 0.0;
  for (var k = 0u; k < 8u; k++) {
    let x = view(t, X0 + k);
    if (x.cols == 0u) { break; }
    total += attr_f32(t, C0 + k) * arena[x.at + select(i, 0u, x.rows == 1u) * x.stride + j];
  }
  arena[y.at + i * y.stride + j] = total;
}
