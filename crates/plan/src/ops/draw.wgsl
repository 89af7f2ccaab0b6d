@compute @workgroup_size(64)
fn main(t: Group, lane: vec3<u32>) {
  let state = view(t, STATE);
  let rows = view(t, ROWS);
  let index = view(t, INDEX);
  let i = thread(t, lane.x);
  if (i >= index.rows) { return; }
  let n = rows.rows;
  let b = index.rows;
  let order = attr(t, ORDER);
  let batches = attr(t, BATCHES);
  let step = u32(arena[state.at + AT_STEP]);
  var at = 0u;
  if (order <= 1u) {
    let per_epoch = max(n / b, 1u);
    at = ((step % per_epoch) * b + i) % n;
    if (order == 0u) { at = shuffled(key_and_time(state.at, 0u).x, step / per_epoch, n, at); }
  } else if (order == 2u) {
    let room = n - min(b, n);
    let batch = u32(arena[state.at + AT_VALIDATION_BATCH]);
    let last = max(batches - 1u, 1u);
    at = (batch * (room / last) + batch * (room % last) / last + i) % n;
  } else {
    at = min(u32(arena[state.at + AT_CURSOR]) + i, n - 1u);
  }
  arena[index.at + i] = data[rows.at + at];
}
