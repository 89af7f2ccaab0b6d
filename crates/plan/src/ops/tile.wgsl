// Writes the 4×4 outputs of a thread: bias, what is kept of before the activation, gate, activation.
fn finish(x: f32, act: u32) -> f32 {
  if (act == 1u) { return max(x, 0.0); }
  // tanh overflows to NaN for large x on some drivers.
  if (act == 2u) { return tanh(clamp(x, -15.0, 15.0)); }
  if (act > 2u) { return curve(act - 3u, x).x; }
  return x;
}

fn write_tile(
  tile: array<vec4<f32>, 4>, i0: u32, j0: u32,
  c: View, bias: View, gate: View, before: View, act: u32, gate_curve: u32
) {
  for (var q = 0u; q < 4u; q++) {
    let jq = j0 + q;
    if (jq >= c.cols) { break; }
    var add = 0.0;
    if (bias.cols > 0u) { add = arena[bias.at + jq]; }
    for (var p = 0u; p < 4u; p++) {
      let ip = i0 + p;
      if (ip >= c.rows) { break; }
      var z = tile[p][q] + add;
      if (before.rows > 0u) { arena[before.at + ip * before.stride + jq] = z; }
      if (gate.rows > 0u) { z *= curve(gate_curve, arena[gate.at + ip * gate.stride + jq]).y; }
      arena[c.at + ip * c.stride + jq] = finish(z, act);
    }
  }
}
