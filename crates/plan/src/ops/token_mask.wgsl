@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let state = view(t, STATE);
  let presence = view(t, PRESENCE);
  let mask = view(t, MASK);
  let n = thread(t, lane.x);
  if (n >= mask.rows * mask.cols) { return; }
  let i = n / mask.cols;
  let j = n % mask.cols;
  if (j == 0u) {
    arena[element(mask, n)] = 1.0;
    return;
  }
  let stream = attr(t, STREAM);
  let modalities = attr(t, MODALITIES);
  let per_view = mask.rows / attr(t, VIEWS);
  let kt = key_and_time(state.at, attr(t, CLOCK));
  let owner = view(t, OWNER);
  let modality = u32(arena[owner.at + j]);
  let view_number = (i / per_view) % 2u;
  var kept = ((attr(t, KEEP) >> modality) & 1u) == 1u;
  if (presence.rows > 0u) {
    kept = kept && arena[presence.at + (i % presence.rows) * presence.stride + modality] > 0.0;
  }
  var hidden = vec2<u32>(0u, modalities - 1u);
  if (modalities > 2u) {
    let r = pcg4d(vec4<u32>(kt.x, stream + 1u, kt.y, 0u));
    let a = r.x % modalities;
    hidden = vec2<u32>(a, (a + 1u + r.y % (modalities - 1u)) % modalities);
  }
  let quarter = attr(t, QUARTER);
  var ratio = attr_f32(t, RATIO);
  if (quarter > 0u) {
    let stage = u32(arena[state.at + AT_STEP]) / quarter;
    if (stage == 0u) { ratio = attr_f32(t, FIRST); }
    if (stage == 1u) { ratio = attr_f32(t, SECOND); }
    if (stage == 2u) { ratio = attr_f32(t, THIRD); }
  }
  let mine = select(hidden.x, hidden.y, view_number == 1u);
  if (ratio > 0.0 && mine == modality) {
    kept = kept && uniform01(pcg4d(vec4<u32>(kt.x, stream, kt.y, n)).x) >= ratio;
  }
  arena[element(mask, n)] = select(0.0, 1.0, kept);
}
