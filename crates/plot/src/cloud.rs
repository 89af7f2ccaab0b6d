//! The points of a scatter plot, found again under a pointer or a brush.

use crate::Scale;
use rstar::primitives::GeomWithData;
use rstar::{AABB, PointDistance, RTree};

type Spot = GeomWithData<[f64; 2], usize>;

/// Points in fractions of a square plot area, y growing upwards. One unit is as long on x as on
/// y, so that distances are those of the embedding.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// `None` where a point is not finite.
    spots: Vec<Option<(f64, f64)>>,
    tree: RTree<Spot>,
    x: Scale,
    y: Scale,
}

/// A rectangle in fractions of the plot area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Smaller x.
    pub left: f64,
    /// Larger x.
    pub right: f64,
    /// Smaller y.
    pub bottom: f64,
    /// Larger y.
    pub top: f64,
}

impl Rect {
    /// The rectangle between two corners, in any order.
    pub fn between(a: (f64, f64), b: (f64, f64)) -> Self {
        Self { left: a.0.min(b.0), right: a.0.max(b.0), bottom: a.1.min(b.1), top: a.1.max(b.1) }
    }
}

/// Share of the plot area that stays free on each side, so that no marker is cut.
const MARGIN: f64 = 0.04;

impl Cloud {
    /// `xy` holds x and y of each point, one after the other.
    pub fn new(xy: &[f32]) -> Self {
        let (pairs, _) = xy.as_chunks::<2>();
        let pairs: Vec<[f64; 2]> = pairs.iter().map(|p| p.map(f64::from)).collect();
        let finite = |p: &&[f64; 2]| p.iter().all(|v| v.is_finite());
        let along = |axis: usize| {
            let values = pairs.iter().filter(finite).map(|p| p[axis]);
            Scale::of(values).unwrap_or_else(|| Scale::new(-1.0, 1.0))
        };
        let (x, y) = (along(0), along(1));
        let half = x.span().max(y.span()) / 2.0 / (1.0 - 2.0 * MARGIN);
        let around = |s: Scale| Scale::new(s.invert(0.5) - half, s.invert(0.5) + half);
        let (x, y) = (around(x), around(y));
        let spots: Vec<Option<(f64, f64)>> = pairs
            .iter()
            .map(|p| Some(p).filter(finite).map(|p| (x.at(p[0]), y.at(p[1]))))
            .collect();
        let indexed = spots
            .iter()
            .enumerate()
            .filter_map(|(i, s)| s.map(|(x, y)| GeomWithData::new([x, y], i)))
            .collect();
        Self { spots, tree: RTree::bulk_load(indexed), x, y }
    }

    /// Where each point lies; `None` where it is not finite.
    pub fn spots(&self) -> &[Option<(f64, f64)>] {
        &self.spots
    }

    /// The horizontal axis.
    pub fn x(&self) -> Scale {
        self.x
    }

    /// The vertical axis.
    pub fn y(&self) -> Scale {
        self.y
    }

    /// The point nearest to `at`, if it is no farther than `reach`.
    pub fn nearest(&self, at: (f64, f64), reach: f64) -> Option<usize> {
        let at = [at.0, at.1];
        let spot = self.tree.nearest_neighbor(at)?;
        (spot.distance_2(&at) <= reach * reach).then_some(spot.data)
    }

    /// The points inside `rect`, edges included, in order.
    pub fn inside(&self, rect: Rect) -> Vec<usize> {
        let corners = ([rect.left, rect.bottom], [rect.right, rect.top]);
        let area = AABB::from_corners(corners.0, corners.1);
        let mut found: Vec<usize> =
            self.tree.locate_in_envelope(area).map(|spot| spot.data).collect();
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_unit_is_as_long_on_both_axes_and_nothing_is_cut() {
        let cloud = Cloud::new(&[-4.0, 0.0, 4.0, 1.0, 0.0, f32::NAN]);
        assert!((cloud.x().span() - cloud.y().span()).abs() < 1e-9);
        let [Some(a), Some(b), None] = cloud.spots() else { panic!("{:?}", cloud.spots()) };
        assert!((a.0 - MARGIN).abs() < 1e-9 && (b.0 - (1.0 - MARGIN)).abs() < 1e-9);
        assert!((0.5 - a.1 - (b.1 - 0.5)).abs() < 1e-9, "in the middle: {a:?} {b:?}");
    }

    #[test]
    fn without_points_nothing_is_found() {
        for cloud in [Cloud::new(&[]), Cloud::new(&[f32::NAN, 1.0])] {
            assert_eq!(cloud.nearest((0.5, 0.5), 10.0), None);
            assert_eq!(cloud.inside(Rect::between((0.0, 0.0), (1.0, 1.0))), [0_usize; 0]);
        }
    }

    proptest! {
        #[test]
        fn the_index_finds_what_a_search_finds(
            xy in prop::collection::vec(-10.0_f32..10.0, 2..400),
            a in (0.0_f64..1.0, 0.0_f64..1.0),
            b in (0.0_f64..1.0, 0.0_f64..1.0),
            reach in 0.0_f64..0.3,
        ) {
            let cloud = Cloud::new(&xy);
            let spots: Vec<(f64, f64)> = cloud.spots().iter().flatten().copied().collect();
            prop_assert!(spots.iter().all(|s| (0.0..=1.0).contains(&s.0) && (0.0..=1.0).contains(&s.1)));

            let rect = Rect::between(a, b);
            let slow: Vec<usize> = (0..spots.len())
                .filter(|i| (rect.left..=rect.right).contains(&spots[*i].0))
                .filter(|i| (rect.bottom..=rect.top).contains(&spots[*i].1))
                .collect();
            prop_assert_eq!(cloud.inside(rect), slow);

            let distance = |i: usize| (spots[i].0 - a.0).hypot(spots[i].1 - a.1);
            let least = (0..spots.len()).map(distance).fold(f64::INFINITY, f64::min);
            match cloud.nearest(a, reach) {
                Some(i) => prop_assert!((distance(i) - least).abs() < 1e-12 && least <= reach),
                None => prop_assert!(least > reach),
            }
        }
    }
}
