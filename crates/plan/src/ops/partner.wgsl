@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let state = view(t, STATE);
  let places = view(t, PLACES);
  let members = view(t, MEMBERS);
  let index = view(t, INDEX);
  let partner = view(t, PARTNER);
  let i = thread(t, lane.x);
  if (i >= partner.rows) { return; }
  let row = u32(arena[index.at + i * index.stride]);
  let place = places.at + row * places.stride;
  let count = u32(data[place + 1u]);
  var found = row;
  if (count >= 2u) {
    let kt = key_and_time(state.at, attr(t, CLOCK));
    let pick = pcg4d(vec4<u32>(kt.x, attr(t, STREAM), kt.y, i)).x % (count - 1u);
    let own = u32(data[place + 2u]);
    let at = u32(data[place]) + pick + select(0u, 1u, pick >= own);
    found = u32(data[members.at + at]);
  }
  arena[partner.at + i * partner.stride] = f32(found);
}
