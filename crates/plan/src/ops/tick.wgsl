@compute @workgroup_size(1)
fn main(t: Group, lane: vec3<u32>) {
  let state = view(t, STATE);
  let clock = view(t, CLOCK);
  let step = arena[state.at + AT_STEP] + 1.0;
  arena[state.at + AT_STEP] = step;
  arena[clock.at] = step;
  arena[clock.at + 1u] = select(0.0, 1.0, arena[state.at + AT_STATUS] == 0.0);
  let log_scale = view(t, LOG_SCALE);
  arena[clock.at + 2u] = attr_f32(t, NAN);
  if (log_scale.rows > 0u) { arena[clock.at + 2u] = exp(arena[log_scale.at]); }
}
