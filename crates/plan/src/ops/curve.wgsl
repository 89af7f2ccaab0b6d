// erf to 1.5e-7 (Abramowitz & Stegun 7.1.26).
fn erf(x: f32) -> f32 {
  let a = abs(x);
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let y = 1.0 - p * exp(-a * a);
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
