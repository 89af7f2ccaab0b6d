@compute @workgroup_size(1)
fn main(t: Group, lane: vec3<u32>) {
  let state = view(t, STATE);
  let tally = view(t, TALLY);
  for (var k = 0u; k < attr(t, TERMS); k++) { arena[tally.at + k] += arena[view(t, T0 + k).at]; }
  arena[state.at + AT_VALIDATION_BATCH] += 1.0;
}
