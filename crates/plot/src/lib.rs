//! Numbers to scales, ticks and paths; no DOM.
//!
//! Before this crate, `trefoil-app` took the numbers of a picture out of a `RunView`; after it,
//! the app puts what is made here into SVG attributes, style properties and canvas calls. All
//! positions are fractions of the plot area, from 0 to 1, so that a picture is drawn at any size
//! without being computed again.
//!
//! * [`Scale`] takes values to fractions and finds round ticks;
//! * [`Spread`] is the mean over seeds with its interval;
//! * [`path`] writes the `d` of SVG paths: lines that break where there is no number, and bands;
//! * [`Bar`] and [`Heat`] say how a value is drawn as a bar and as a cell;
//! * [`Cloud`] holds the points of a scatter plot and finds them again under a pointer or a brush;
//! * [`Marker`] tells classes apart by shape and hue, [`Raster`] draws thousands of them.

mod bar;
mod cloud;
mod marker;
pub mod path;
mod raster;
mod scale;
mod spread;
mod ticks;

pub use bar::{Bar, Heat};
pub use cloud::{Cloud, Rect};
pub use marker::{HUES, Marker, Shape};
pub use raster::{Raster, Rgb, Stamp};
pub use scale::{Cut, Scale};
pub use spread::Spread;
pub use ticks::Tick;
