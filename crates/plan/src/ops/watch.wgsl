@compute @workgroup_size(1)
fn main(t: Group, lane: vec3<u32>) {
  let stop = view(t, STOP);
  let ring = view(t, RING);
  let terms = attr(t, TERMS);
  let none = attr_f32(t, NAN);
  let clock = view(t, CLOCK);
  let step = arena[clock.at] - 1.0;
  let row = ring.at + (u32(step) % ring.rows) * ring.stride;
  let running = arena[clock.at + 1u] != 0.0;
  var squares = 0.0;
  for (var k = 0u; k < 3u; k++) {
    let s = view(t, S0 + k);
    if (s.rows > 0u) { squares += arena[s.at]; }
  }
  for (var k = 0u; k < terms; k++) {
    let value = arena[view(t, T0 + k).at];
    if (running) { arena[row + k] = value; } else { arena[row + k] = none; }
  }
  arena[row + terms] = none;
  arena[row + terms + 1u] = none;
  if (running) {
    arena[row + terms] = arena[clock.at + 2u];
    arena[row + terms + 1u] = sqrt(squares);
  }
  if (running && !(finite(arena[view(t, T0).at]) && finite(squares))) {
    arena[stop.at] = 2.0;
    arena[stop.at + 1u] = step;
  }
}
