@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let x = view(t, X);
  let y = view(t, Y);
  let norm = view(t, NORM);
  let i = thread(t, lane.x);
  if (i >= x.rows) { return; }
  var square = 0.0;
  for (var j = 0u; j < x.cols; j++) {
    let v = arena[x.at + i * x.stride + j];
    square += v * v;
  }
  let length = max(sqrt(square), 1e-12);
  arena[norm.at + i] = length;
  for (var j = 0u; j < x.cols; j++) {
    arena[y.at + i * y.stride + j] = arena[x.at + i * x.stride + j] / length;
  }
}
