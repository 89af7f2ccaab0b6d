@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let a = view(t, A);
  let b = view(t, B);
  let y = view(t, Y);
  let n = thread(t, lane.x);
  if (n >= a.rows * a.cols) { return; }
  arena[element(y, n)] = arena[element(a, n)] / max(arena[element(b, n)], 1.0);
}
