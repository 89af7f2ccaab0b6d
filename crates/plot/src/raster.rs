//! Many small marks as pixels.
//!
//! A canvas needs microseconds for each mark that it draws, and more where it has no GPU: ten
//! thousand points in six plots would take longer than a frame. Here a mark is a stamp, drawn
//! once, whose pixels are copied; the canvas then gets one picture.

use crate::Shape;

/// Red, green, blue, opacity; colours multiplied by the opacity.
type Pixel = [u8; 4];

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// A mark as pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    side: usize,
    pixels: Vec<Pixel>,
}

/// Samples of a pixel along each side.
const SAMPLES: usize = 4;

impl Stamp {
    /// A shape of `radius` pixels, filled, with an edge outside of it that is `edge_width` pixels
    /// wide: an edge in the colour of the ground keeps neighbours apart.
    pub fn new(shape: Shape, radius: f64, fill: Rgb, edge_width: f64, edge: Rgb) -> Self {
        let radius = radius.max(0.1);
        let outer = radius + edge_width;
        let side = 2 * (outer * 1.25).ceil() as usize + 1;
        let middle = side as f64 / 2.0;
        let pixels = (0..side * side)
            .map(|i| {
                let (column, row) = ((i % side) as f64 - middle, (i / side) as f64 - middle);
                let (mut filled, mut edged) = (0, 0);
                for sample in 0..SAMPLES * SAMPLES {
                    let at = |k: usize| (k as f64 + 0.5) / SAMPLES as f64;
                    let (x, y) = (column + at(sample % SAMPLES), row + at(sample / SAMPLES));
                    if inside(shape, x / radius, y / radius) {
                        filled += 1;
                    } else if inside(shape, x / outer, y / outer) {
                        edged += 1;
                    }
                }
                let all = (SAMPLES * SAMPLES) as u32;
                let mix =
                    |c: usize| (u32::from(fill[c]) * filled + u32::from(edge[c]) * edged) / all;
                let opacity = 255 * (filled + edged) / all;
                [mix(0), mix(1), mix(2), opacity].map(|v| v as u8)
            })
            .collect();
        Self { side, pixels }
    }

    /// A ring of `radius` pixels and `width`.
    pub fn ring(radius: f64, width: f64, colour: Rgb) -> Self {
        let mut ring = Self::new(Shape::Disc, radius - width / 2.0, [0; 3], width, colour);
        let hole = Self::new(Shape::Disc, radius - width / 2.0, [0; 3], 0.0, [0; 3]);
        let inset = (ring.side - hole.side) / 2;
        for (i, pixel) in hole.pixels.iter().enumerate() {
            let at = (i / hole.side + inset) * ring.side + i % hole.side + inset;
            // Black was put where the hole is: only its opacity has to go.
            ring.pixels[at][3] = ring.pixels[at][3].saturating_sub(pixel[3]);
        }
        ring
    }
}

/// Whether a shape of size 1 contains a point; y grows downwards, as on a canvas.
fn inside(shape: Shape, x: f64, y: f64) -> bool {
    let corners = shape.corners();
    if corners.is_empty() {
        return x * x + y * y <= 1.0;
    }
    // Even-odd rule.
    let mut odd = false;
    for (i, &(ax, ay)) in corners.iter().enumerate() {
        let (bx, by) = corners[(i + 1) % corners.len()];
        if (ay > y) != (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax) {
            odd = !odd;
        }
    }
    odd
}

/// A square picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raster {
    side: usize,
    pixels: Vec<Pixel>,
}

impl Raster {
    /// An empty picture of `side` × `side` pixels.
    pub fn new(side: usize) -> Self {
        Self { side, pixels: vec![[0; 4]; side * side] }
    }

    /// Puts `stamp` over what is there, its middle at the pixel nearest to `x`, `y` (from the
    /// upper left corner); what lies outside is cut.
    pub fn put(&mut self, stamp: &Stamp, x: f64, y: f64) {
        let start = |v: f64| (v - stamp.side as f64 / 2.0).round() as i64;
        let (left, top) = (start(x), start(y));
        let limit = self.side.cast_signed() as i64;
        let rows = (-top).max(0)..(limit - top).min(stamp.side.cast_signed() as i64);
        let columns = (-left).max(0)..(limit - left).min(stamp.side.cast_signed() as i64);
        if columns.start >= columns.end {
            return;
        }
        for row in rows {
            let from = row as usize * stamp.side;
            let source = &stamp.pixels[from + columns.start as usize..from + columns.end as usize];
            let to = (top + row) as usize * self.side + (left + columns.start) as usize;
            for (over, under) in source.iter().zip(&mut self.pixels[to..]) {
                blend(*over, under);
            }
        }
    }

    /// Red, green, blue and opacity of each pixel, row by row, as `ImageData` wants them: colours
    /// not multiplied by the opacity.
    pub fn into_rgba(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(4 * self.pixels.len());
        for [r, g, b, a] in self.pixels {
            let plain = |v: u8| match a {
                0 | 255 => v,
                _ => (u32::from(v) * 255 / u32::from(a)).min(255) as u8,
            };
            out.extend([plain(r), plain(g), plain(b), a]);
        }
        out
    }
}

fn blend(over: Pixel, under: &mut Pixel) {
    match over[3] {
        0 => {}
        255 => *under = over,
        opacity => {
            let rest = 255 - u32::from(opacity);
            for (o, u) in over.into_iter().zip(under) {
                *u = (u32::from(o) + (u32::from(*u) * rest + 127) / 255).min(255) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RED: Rgb = [200, 10, 0];
    const WHITE: Rgb = [255; 3];

    fn area(raster: Raster) -> f64 {
        raster.into_rgba().chunks(4).map(|p| f64::from(p[3]) / 255.0).sum()
    }

    #[test]
    fn a_disc_has_its_area_and_its_colour() {
        let mut raster = Raster::new(40);
        raster.put(&Stamp::new(Shape::Disc, 10.0, RED, 0.0, WHITE), 20.0, 20.0);
        let middle = raster.clone().into_rgba()[(20 * 40 + 20) * 4..][..4].to_vec();
        assert_eq!(middle, [200, 10, 0, 255]);
        let expected = std::f64::consts::PI * 100.0;
        assert!((area(raster) / expected - 1.0).abs() < 0.02);
    }

    #[test]
    fn all_shapes_are_about_as_large() {
        let disc = std::f64::consts::PI * 100.0;
        for class in 0..7 {
            let shape = crate::Marker::of(class).shape;
            let mut raster = Raster::new(60);
            raster.put(&Stamp::new(shape, 10.0, RED, 0.0, WHITE), 30.0, 30.0);
            let share = area(raster) / disc;
            assert!((0.6..1.2).contains(&share), "{shape:?} has {share:.2} of a disc");
        }
    }

    #[test]
    fn the_edge_separates_and_the_ring_is_open() {
        let mut raster = Raster::new(30);
        let stamp = Stamp::new(Shape::Disc, 5.0, RED, 2.0, WHITE);
        raster.put(&stamp, 12.0, 15.0);
        raster.put(&stamp, 21.0, 15.0);
        let pixels = raster.into_rgba();
        let at = |x: usize| &pixels[(15 * 30 + x) * 4..][..3];
        assert_eq!(at(12), RED);
        assert_eq!(at(15), WHITE, "the edge of the later one covers the earlier");
        assert_eq!(at(21), RED);
        let mut raster = Raster::new(30);
        raster.put(&Stamp::ring(8.0, 2.0, RED), 15.0, 15.0);
        let pixels = raster.into_rgba();
        let opacity = |x: usize| pixels[(15 * 30 + x) * 4 + 3];
        assert_eq!((opacity(15), opacity(10), opacity(23)), (0, 0, 255));
    }

    #[test]
    fn half_covered_pixels_keep_their_hue() {
        let mut raster = Raster::new(9);
        raster.put(&Stamp::new(Shape::Disc, 3.2, RED, 0.0, WHITE), 4.5, 4.5);
        for pixel in raster.into_rgba().chunks(4).filter(|p| p[3] > 60 && p[3] < 255) {
            assert!(pixel[0].abs_diff(200) <= 4 && pixel[1] <= 14, "{pixel:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_written_outside(x in -50.0_f64..80.0, y in -50.0_f64..80.0) {
            let stamp = Stamp::new(Shape::Cross, 6.0, RED, 1.0, WHITE);
            let (mut small, mut large) = (Raster::new(30), Raster::new(160));
            small.put(&stamp, x, y);
            large.put(&stamp, x + 60.0, y + 60.0);
            for row in 0..30 {
                let part = &large.pixels[(row + 60) * 160 + 60..][..30];
                prop_assert_eq!(&small.pixels[row * 30..(row + 1) * 30], part);
            }
        }
    }
}
