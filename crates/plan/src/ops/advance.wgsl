@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let t = enter(group.z);
  let state = view(t, STATE);
  arena[state.at + AT_CURSOR] += f32(attr(t, ROWS));
}
