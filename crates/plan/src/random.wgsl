// The shader's half of random.rs.
fn pcg4d(seed: vec4<u32>) -> vec4<u32> {
  var v = seed * 1664525u + 1013904223u;
  v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
  v ^= v >> vec4<u32>(16u);
  v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
  return v;
}

fn uniform01(word: u32) -> f32 { return f32(word >> 8u) / 16777216.0; }

fn normals(a: u32, b: u32) -> vec2<f32> {
  let radius = sqrt(-2.0 * log((f32(a >> 8u) + 0.5) / 16777216.0));
  let angle = 6.2831853 * uniform01(b);
  return vec2<f32>(radius * cos(angle), radius * sin(angle));
}

fn shuffled(key: u32, epoch: u32, n: u32, index: u32) -> u32 {
  var at = index;
  for (var round = 0u; round < 32u; round++) {
    let partner = (pcg4d(vec4<u32>(key, epoch, round, 0u)).x % n + n - at) % n;
    if ((pcg4d(vec4<u32>(key, epoch, round, 1u + max(at, partner))).y >> 31u) == 1u) { at = partner; }
  }
  return at;
}

// Key and time of a replica; `at` is its state row.
fn key_and_time(at: u32, clock: u32) -> vec2<u32> {
  let key = (u32(arena[at + AT_KEY_HIGH]) << 16u) | u32(arena[at + AT_KEY_LOW]);
  let batch = 0x80000000u | u32(arena[at + AT_VALIDATION_BATCH]);
  return vec2<u32>(key, select(batch, u32(arena[at + AT_STEP]), clock == 0u));
}
