// Row of a list of n rows for position i of a batch of b, in the orders of `Order`.
fn position(state: u32, order: u32, batches: u32, n: u32, b: u32, i: u32) -> u32 {
  let step = u32(arena[state + AT_STEP]);
  if (order <= 1u) {
    let per_epoch = max(n / b, 1u);
    let at = ((step % per_epoch) * b + i) % n;
    if (order == 1u) { return at; }
    return shuffled(key_and_time(state, 0u).x, step / per_epoch, n, at);
  }
  if (order == 2u) {
    let room = n - min(b, n);
    let batch = u32(arena[state + AT_VALIDATION_BATCH]);
    let last = max(batches - 1u, 1u);
    return (batch * (room / last) + batch * (room % last) / last + i) % n;
  }
  return min(u32(arena[state + AT_CURSOR]) + i, n - 1u);
}
