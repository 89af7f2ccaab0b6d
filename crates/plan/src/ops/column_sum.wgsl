// 16 columns, each by 4 threads that take every eighth row twice.
var<workgroup> part: array<f32, 128>;

@compute @workgroup_size(16, 4)
fn main(t: Group, lane: vec3<u32>) {
  let a = view(t, A);
  let b = view(t, B);
  let y = view(t, Y);
  let j = t.x * 16u + lane.x;
  for (var turn = lane.y; turn < 8u; turn += 4u) {
    var total = 0.0;
    if (j < a.cols) {
      // In blocks of 32, as a long sum loses what is added to it late.
      for (var first = turn; first < a.rows; first += 256u) {
        let end = min(first + 256u, a.rows);
        var block = 0.0;
        for (var i = first; i < end; i += 8u) {
          var term = arena[a.at + i * a.stride + j];
          if (b.cols > 0u) { term *= arena[b.at + i * b.stride + j]; }
          block += term;
        }
        total += block;
      }
    }
    part[turn * 16u + lane.x] = total;
  }
  workgroupBarrier();
  if (lane.y == 0u && j < a.cols) {
    var sum = 0.0;
    for (var r = 0u; r < 8u; r++) { sum += part[r * 16u + lane.x]; }
    arena[y.at + j] = sum;
  }
}
