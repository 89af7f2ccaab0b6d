@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let state = view(t, STATE);
  let source = view(t, SOURCE);
  let pool = view(t, POOL);
  let index = view(t, INDEX);
  let x = view(t, X);
  let half = (x.cols + 1u) / 2u;
  let counter = thread(t, lane.x);
  if (counter >= x.rows * half) { return; }
  let i = counter / half;
  let j0 = 2u * (counter % half);
  let row = u32(arena[index.at + (i % index.rows) * index.stride]);
  let stream = attr(t, STREAM);
  let kt = key_and_time(state.at, attr(t, CLOCK));
  let sigma = attr_f32(t, SIGMA);
  let drop = attr_f32(t, DROP);
  let swap = attr_f32(t, SWAP);
  let r = pcg4d(vec4<u32>(kt.x, stream, kt.y, counter));
  let noise = normals(r.x, r.y);
  for (var q = 0u; q < 2u; q++) {
    let j = j0 + q;
    if (j >= x.cols) { break; }
    let u = uniform01(select(r.z, r.w, q == 1u));
    var kept = 0.0;
    if (u >= drop) {
      var from_row = row;
      if (u < drop + swap) {
        let pick = pcg4d(vec4<u32>(kt.x, stream + 1u, kt.y, 2u * counter + q)).x;
        from_row = u32(data[pool.at + pick % pool.rows]);
      }
      kept = data[source.at + from_row * source.stride + j];
    }
    arena[x.at + i * x.stride + j] = kept + sigma * select(noise.x, noise.y, q == 1u);
  }
}
