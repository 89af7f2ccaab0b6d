@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let y = view(t, Y);
  let norm = view(t, NORM);
  let d = view(t, D);
  let i = thread(t, lane.x);
  if (i >= y.rows) { return; }
  let row = d.at + i * d.stride;
  for (var j = 0u; j < y.cols; j++) { arena[row + j] = 0.0; }
  for (var k = 0u; k < 8u; k++) {
    let g = view(t, G0 + k);
    if (g.rows == 0u) { break; }
    for (var j = 0u; j < y.cols; j++) { arena[row + j] += arena[g.at + i * g.stride + j]; }
  }
  var along = 0.0;
  for (var j = 0u; j < y.cols; j++) { along += arena[y.at + i * y.stride + j] * arena[row + j]; }
  let length = arena[norm.at + i];
  for (var j = 0u; j < y.cols; j++) {
    arena[row + j] = (arena[row + j] - arena[y.at + i * y.stride + j] * along) / length;
  }
}
