@compute @workgroup_size(1)
fn main(t: Group, lane: vec3<u32>) {
  let state = view(t, STATE);
  arena[state.at + AT_CURSOR] += f32(attr(t, ROWS));
}
