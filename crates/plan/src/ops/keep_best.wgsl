@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let t = enter(group.z);
  let state = view(t, STATE);
  let weights = view(t, WEIGHTS);
  let best = view(t, BEST);
  let n = thread(group, lane.x);
  if (n >= weights.cols || arena[state.at + AT_IMPROVED] == 0.0) { return; }
  arena[best.at + n] = arena[weights.at + n];
}
