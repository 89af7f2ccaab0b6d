//! The `d` attribute of SVG paths.
//!
//! Coordinates are those of a view box of 1000 × 1000 with y growing downwards, stretched over the
//! plot area (`preserveAspectRatio="none"`, `vector-effect: non-scaling-stroke`), so that a path
//! does not depend on the size it is drawn at.

use std::fmt::Write;

/// Width and height of the view box.
pub const SIDE: f64 = 1000.0;

/// A point in fractions of the plot area, y growing upwards.
pub type Point = (f64, f64);

/// A line through the points, in order; it breaks at a point that is not finite. A point between
/// two breaks becomes a line without length, which a round cap draws as a dot.
pub fn line(points: &[Point]) -> String {
    let mut d = String::with_capacity(points.len() * 12);
    for run in points.split(|(x, y)| !x.is_finite() || !y.is_finite()) {
        for (i, &(x, y)) in run.iter().enumerate() {
            put(&mut d, if i == 0 { 'M' } else { 'L' }, x, y);
        }
        if run.len() == 1 {
            d.push_str("h0");
        }
    }
    d
}

/// The area between two lines: (x, low, high) at each point. It breaks as a line does; a lone
/// point becomes a vertical line.
pub fn band(points: &[(f64, f64, f64)]) -> String {
    let mut d = String::with_capacity(points.len() * 24);
    let broken =
        |(x, low, high): &(f64, f64, f64)| ![x, low, high].into_iter().all(|v| v.is_finite());
    for run in points.split(broken).filter(|run| !run.is_empty()) {
        for (i, &(x, _, high)) in run.iter().enumerate() {
            put(&mut d, if i == 0 { 'M' } else { 'L' }, x, high);
        }
        for &(x, low, _) in run.iter().rev() {
            put(&mut d, 'L', x, low);
        }
        d.push('Z');
    }
    d
}

/// At most four points for each of `columns` columns of equal width: the first, lowest, highest
/// and last of those that fall into it ("M4", Jugel et al. 2014), which draws the same picture as
/// all points. `points` are ordered by x; one that is not finite is kept, so that the line still
/// breaks.
pub fn thin(points: &[Point], columns: usize) -> Vec<Point> {
    if points.len() <= 4 * columns.max(1) {
        return points.to_vec();
    }
    let column = |x: f64| (x * columns as f64).floor() as i64;
    let mut out = Vec::with_capacity(4 * columns);
    let mut start = 0;
    while start < points.len() {
        if !finite(points[start]) {
            out.push(points[start]);
            start += 1;
            continue;
        }
        let same = |p: &Point| finite(*p) && column(p.0) == column(points[start].0);
        let length = points[start..].iter().take_while(|p| same(p)).count();
        let bucket = &points[start..start + length];
        let by_height = |a: &usize, b: &usize| bucket[*a].1.total_cmp(&bucket[*b].1);
        let lowest = (0..length).min_by(by_height).unwrap_or(0);
        let highest = (0..length).max_by(by_height).unwrap_or(0);
        let mut keep = [0, lowest, highest, length - 1];
        keep.sort_unstable();
        for (i, &k) in keep.iter().enumerate() {
            if i == 0 || keep[i - 1] != k {
                out.push(bucket[k]);
            }
        }
        start += length;
    }
    out
}

fn finite((x, y): Point) -> bool {
    x.is_finite() && y.is_finite()
}

/// Far outside the view box nothing is seen, and browsers draw huge coordinates wrongly.
const FAR: f64 = 10.0;

fn put(d: &mut String, verb: char, x: f64, y: f64) {
    let [x, y] = [x, 1.0 - y].map(|v| v.clamp(-FAR, FAR) * SIDE);
    // Writing to a string cannot fail.
    let _written = write!(d, "{verb}{} {}", short(x), short(y));
}

/// One decimal, and none where it is zero.
fn short(value: f64) -> f64 {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded == 0.0 { 0.0 } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_goes_up_where_y_grows_and_breaks_where_there_is_no_number() {
        assert_eq!(line(&[(0.0, 0.0), (0.5, 1.0)]), "M0 1000L500 0");
        let broken = [(0.0, 0.0), (0.1, f64::NAN), (0.2, 0.25), (0.3, f64::INFINITY), (0.4, 0.5)];
        assert_eq!(line(&broken), "M0 1000h0M200 750h0M400 500h0");
        assert_eq!(line(&[]), "");
    }

    #[test]
    fn a_band_is_closed_and_breaks() {
        let points = [(0.0, 0.0, 0.5), (1.0, 0.25, 1.0), (0.0, f64::NAN, 1.0), (0.5, 0.1, 0.2)];
        assert_eq!(band(&points), "M0 500L1000 0L1000 750L0 1000ZM500 800L500 900Z");
    }

    #[test]
    fn what_is_far_outside_stays_drawable() {
        assert_eq!(line(&[(0.0, 1e12), (1.0, -1e12)]), "M0 -10000L1000 10000");
    }

    proptest! {
        #[test]
        fn thinning_keeps_ends_and_extremes(
            ys in prop::collection::vec(-5.0_f64..5.0, 1..3000),
            columns in 1_usize..200,
        ) {
            let n = ys.len() as f64;
            let points: Vec<Point> =
                ys.iter().enumerate().map(|(i, y)| (i as f64 / n, *y)).collect();
            let thinned = thin(&points, columns);
            prop_assert!(thinned.len() <= 4 * columns.max(1) || thinned.len() == points.len());
            prop_assert_eq!(thinned.first(), points.first());
            prop_assert_eq!(thinned.last(), points.last());
            prop_assert!(thinned.windows(2).all(|w| w[0].0 < w[1].0), "in order, none twice");
            let extremes = |of: &[Point]| {
                let ys = of.iter().map(|p| p.1);
                (ys.clone().fold(f64::MAX, f64::min), ys.fold(f64::MIN, f64::max))
            };
            prop_assert_eq!(extremes(&thinned), extremes(&points));
        }

        #[test]
        fn thinning_keeps_breaks(at in 1_usize..999) {
            let mut points: Vec<Point> =
                (0..1000).map(|i| (f64::from(i) / 1000.0, 0.5)).collect();
            points[at].1 = f64::NAN;
            let thinned = thin(&points, 10);
            prop_assert_eq!(thinned.iter().filter(|p| p.1.is_nan()).count(), 1);
        }
    }
}
