@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let state = view(t, STATE);
  let order = view(t, ORDER);
  let n = thread(t, lane.x);
  if (n >= order.rows * order.cols) { return; }
  let j = n / order.cols;
  let kt = key_and_time(state.at, attr(t, CLOCK));
  let stream = attr(t, STREAM) + n % order.cols;
  let mine = pcg4d(vec4<u32>(kt.x, stream, kt.y, j)).x;
  var rank = 0u;
  for (var k = 0u; k < order.rows; k++) {
    let other = pcg4d(vec4<u32>(kt.x, stream, kt.y, k)).x;
    if (other < mine || (other == mine && k < j)) { rank += 1u; }
  }
  arena[order.at + n] = f32(rank);
}
