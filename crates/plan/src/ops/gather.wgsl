@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let source = view(t, SOURCE);
  let index = view(t, INDEX);
  let x = view(t, X);
  let n = thread(t, lane.x);
  if (n >= x.rows * x.cols) { return; }
  let row = u32(arena[index.at + (n / x.cols) * index.stride]);
  arena[element(x, n)] = data[source.at + row * source.stride + n % x.cols];
}
