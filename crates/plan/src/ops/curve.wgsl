// erf to 1e-7: the two minimax polynomials of Juffa's erff (BSD-2); 1 from 4 on.
fn erf(x: f32) -> f32 {
  let a = abs(x);
  let t = min(a, 4.0);
  let s = t * t;
  let n = 1.12819925e-1 + s * (-2.67681349e-2 + s * (4.99119423e-3 - s * 5.96761703e-4));
  let near = 1.28379166e-1 + s * (-3.76125336e-1 + s * n);
  let f = (3.83197126e-4 - 1.72853470e-5 * t) * s + (2.42546219e-2 - 3.88396438e-3 * t);
  let far = -1.28717512e-1 + t * (-6.34846687e-1 + t * (-1.06777877e-1 + t * f));
  let y = select(near * t + t, 1.0 - exp(far * t - t), a > 0.92773438);
  return select(y, -y, x < 0.0);
}

// Value and derivative, in the order of `Curve`.
fn curve(kind: u32, x: f32) -> vec2<f32> {
  switch (kind) {
    case 0u: {
      let cdf = 0.5 * (1.0 + erf(x * 0.70710678));
      return vec2<f32>(x * cdf, cdf + x * 0.39894228 * exp(-0.5 * x * x));
    }
    case 1u: {
      let s = 1.0 / (1.0 + exp(-1.702 * x));
      return vec2<f32>(x * s, s + 1.702 * x * s * (1.0 - s));
    }
    case 2u: { return vec2<f32>(x * x, 2.0 * x); }
    case 3u: { return vec2<f32>(max(x, 0.0), select(0.0, 1.0, x > 0.0)); }
    default: { return vec2<f32>(x, 1.0 - x * x); }
  }
}
