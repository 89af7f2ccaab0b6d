// As `matmul`, the rows of a from a table.
@compute @workgroup_size(8, 8)
fn main(t: Group, lane: vec3<u32>) {
  let index = view(t, INDEX);
  let source = view(t, SOURCE);
  let b = view(t, B);
  let c = view(t, C);
  let i0 = t.y * 32u + lane.y * 4u;
  let j0 = t.x * 32u + lane.x * 4u;
  if (i0 >= c.rows || j0 >= c.cols) { return; }
  var pa = vec4<u32>(0u);
  for (var p = 0u; p < 4u; p++) {
    let i = min(i0 + p, c.rows - 1u);
    pa[p] = source.at + u32(arena[index.at + i * index.stride]) * source.stride;
  }
  let j = min(vec4<u32>(j0, j0 + 1u, j0 + 2u, j0 + 3u), vec4<u32>(c.cols - 1u));
  var pb = b.at + j;
  var c0 = vec4<f32>(0.0);
  var c1 = vec4<f32>(0.0);
  var c2 = vec4<f32>(0.0);
  var c3 = vec4<f32>(0.0);
  for (var k = 0u; k < source.cols; k++) {
    let y = vec4<f32>(arena[pb.x], arena[pb.y], arena[pb.z], arena[pb.w]);
    c0 += data[pa.x + k] * y;
    c1 += data[pa.y + k] * y;
    c2 += data[pa.z + k] * y;
    c3 += data[pa.w + k] * y;
    pb += vec4<u32>(b.stride);
  }
  let tile = array<vec4<f32>, 4>(c0, c1, c2, c3);
  let none = View(0u, 0u, 0u, 0u);
  write_tile(tile, i0, j0, c, view(t, BIAS), none, view(t, BEFORE), attr(t, ACT), 0u);
}
