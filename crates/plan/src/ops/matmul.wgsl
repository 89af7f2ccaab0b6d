// A workgroup makes 32×32 outputs, a thread 4×4 of them in registers. Rows and columns beyond the
// matrix read the last one instead (no branch in the inner loop) and are not written.

@compute @workgroup_size(8, 8)
fn main(t: Group, lane: vec3<u32>) {
  let a = view(t, A);
  let b = view(t, B);
  let bias = view(t, BIAS);
  let gate = view(t, GATE);
  let c = view(t, C);
  let before = view(t, BEFORE);
  let i0 = t.y * 32u + lane.y * 4u;
  let j0 = t.x * 32u + lane.x * 4u;
  if (i0 >= c.rows || j0 >= c.cols) { return; }
  let flip_a = attr(t, TRANSPOSE_A) != 0u;
  let flip_b = attr(t, TRANSPOSE_B) != 0u;
  let inner = select(a.cols, a.rows, flip_a);
  let ai = select(a.stride, 1u, flip_a);
  let ak = select(1u, a.stride, flip_a);
  let bj = select(1u, b.stride, flip_b);
  let bk = select(b.stride, 1u, flip_b);
  let i = min(vec4<u32>(i0, i0 + 1u, i0 + 2u, i0 + 3u), vec4<u32>(c.rows - 1u));
  let j = min(vec4<u32>(j0, j0 + 1u, j0 + 2u, j0 + 3u), vec4<u32>(c.cols - 1u));
  var pa = a.at + i * ai;
  var pb = b.at + j * bj;
  var c0 = vec4<f32>(0.0);
  var c1 = vec4<f32>(0.0);
  var c2 = vec4<f32>(0.0);
  var c3 = vec4<f32>(0.0);
  for (var k = 0u; k < inner; k++) {
    let y = vec4<f32>(arena[pb.x], arena[pb.y], arena[pb.z], arena[pb.w]);
    c0 += arena[pa.x] * y;
    c1 += arena[pa.y] * y;
    c2 += arena[pa.z] * y;
    c3 += arena[pa.w] * y;
    pa += vec4<u32>(ak);
    pb += vec4<u32>(bk);
  }
  let scale = 1.0 / f32(attr(t, DIVISOR));
  let tile = array<vec4<f32>, 4>(c0 * scale, c1 * scale, c2 * scale, c3 * scale);
  write_tile(tile, i0, j0, c, bias, gate, before, attr(t, ACT), attr(t, GATE_CURVE));
}
