@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let state = view(t, STATE);
  let weights = view(t, WEIGHTS);
  let best = view(t, BEST);
  let n = thread(t, lane.x);
  if (n >= weights.cols || arena[state.at + AT_IMPROVED] == 0.0) { return; }
  arena[best.at + n] = arena[weights.at + n];
}
