//! Classes told apart by shape as well as by hue.

/// Hues that there are for classes.
pub const HUES: usize = 8;

/// Shape of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// A disc.
    Disc,
    /// A square.
    Square,
    /// A triangle that points up.
    Up,
    /// A diamond.
    Diamond,
    /// A triangle that points down.
    Down,
    /// An upright cross.
    Plus,
    /// A diagonal cross.
    Cross,
}

const SHAPES: [Shape; 7] =
    [Shape::Disc, Shape::Square, Shape::Up, Shape::Diamond, Shape::Down, Shape::Plus, Shape::Cross];

/// How the points of a class are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Marker {
    /// Position of its hue, below [`HUES`].
    pub hue: usize,
    /// Its shape.
    pub shape: Shape,
}

impl Marker {
    /// The marker of class `class`. The numbers of hues and of shapes have no common factor, so
    /// that 56 classes look different, and neighbours differ in both.
    pub fn of(class: usize) -> Self {
        Self { hue: class % HUES, shape: SHAPES[class % SHAPES.len()] }
    }
}

impl Shape {
    /// Its corners in a square from −1 to 1, all shapes of about the same area; empty for a disc.
    pub fn corners(self) -> &'static [(f64, f64)] {
        match self {
            Self::Disc => &[],
            Self::Square => &[(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
            Self::Up => &[(0.0, -1.15), (1.05, 0.8), (-1.05, 0.8)],
            Self::Down => &[(0.0, 1.15), (1.05, -0.8), (-1.05, -0.8)],
            Self::Diamond => &[(0.0, -1.2), (1.2, 0.0), (0.0, 1.2), (-1.2, 0.0)],
            Self::Plus => &[
                (-0.4, -1.15),
                (0.4, -1.15),
                (0.4, -0.4),
                (1.15, -0.4),
                (1.15, 0.4),
                (0.4, 0.4),
                (0.4, 1.15),
                (-0.4, 1.15),
                (-0.4, 0.4),
                (-1.15, 0.4),
                (-1.15, -0.4),
                (-0.4, -0.4),
            ],
            Self::Cross => &[
                (0.0, -0.5),
                (0.6, -1.1),
                (1.1, -0.6),
                (0.5, 0.0),
                (1.1, 0.6),
                (0.6, 1.1),
                (0.0, 0.5),
                (-0.6, 1.1),
                (-1.1, 0.6),
                (-0.5, 0.0),
                (-1.1, -0.6),
                (-0.6, -1.1),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn as_many_classes_as_a_label_may_have_look_different() {
        let markers: BTreeSet<_> = (0..56).map(Marker::of).map(|m| (m.hue, m.shape)).collect();
        assert_eq!(markers.len(), 56);
        for class in 0..55 {
            let (a, b) = (Marker::of(class), Marker::of(class + 1));
            assert!(a.hue != b.hue && a.shape != b.shape, "{class}");
        }
    }
}
