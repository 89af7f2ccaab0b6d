@compute @workgroup_size(1)
fn main(t: Group, lane: vec3<u32>) {
  let state = view(t, STATE);
  let tally = view(t, TALLY);
  let ring = view(t, RING);
  let s = state.at;
  let count = f32(attr(t, BATCHES));
  let patience = attr(t, PATIENCE);
  let none = attr_f32(t, NAN);
  let row = ring.at + (u32(arena[s + AT_VALIDATIONS]) % ring.rows) * ring.stride;
  let running = arena[s + AT_STATUS] == 0.0;
  let loss = arena[tally.at] / count;
  for (var k = 0u; k < tally.cols; k++) {
    let mean = arena[tally.at + k] / count;
    if (running) { arena[row + k] = mean; } else { arena[row + k] = none; }
    arena[tally.at + k] = 0.0;
  }
  arena[s + AT_VALIDATION_BATCH] = 0.0;
  arena[s + AT_VALIDATIONS] += 1.0;
  arena[s + AT_IMPROVED] = 0.0;
  if (!running) { return; }
  if (!finite(loss)) {
    arena[s + AT_STATUS] = 2.0;
    arena[s + AT_STOPPED_AT] = arena[s + AT_STEP];
  } else if (loss < arena[s + AT_BEST]) {
    arena[s + AT_BEST] = loss;
    arena[s + AT_BEST_STEP] = arena[s + AT_STEP];
    arena[s + AT_BAD] = 0.0;
    arena[s + AT_IMPROVED] = 1.0;
  } else {
    arena[s + AT_BAD] += 1.0;
    if (patience > 0u && arena[s + AT_BAD] >= f32(patience)) {
      arena[s + AT_STATUS] = 1.0;
      arena[s + AT_STOPPED_AT] = arena[s + AT_STEP];
    }
  }
}
