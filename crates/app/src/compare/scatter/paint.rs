//! Points on a canvas: colours from the style sheet, pixels from `trefoil-plot`.

use super::shades::{Ink, STEPS};
use leptos::prelude::*;
use trefoil_plot::{HUES, Marker, Raster, Rgb, Stamp};
use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// Colours as the style sheet has them in the theme of now.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Palette {
    hues: Vec<Rgb>,
    ramp: Vec<Rgb>,
    plain: Rgb,
    missing: Rgb,
    edge: Rgb,
    ink: Rgb,
}

const SWATCHES: &str = "swatches";

/// Classes of the swatches, in the order in which [`Palette::read`] takes them.
fn swatches() -> impl Iterator<Item = String> {
    (0..HUES)
        .map(|i| format!("hue-{i}"))
        .chain((0..STEPS).map(|i| format!("ramp-{i}")))
        .chain(["plain", "missing", "edge", "ink"].map(|name| format!("point-{name}")))
}

/// Elements that a canvas reads its colours from.
#[component]
pub(super) fn Swatches() -> impl IntoView {
    let swatch = |name: String| view! { <span class=format!("swatch {name}")></span> };
    view! { <span id=SWATCHES hidden>{swatches().map(swatch).collect_view()}</span> }
}

impl Palette {
    /// The colours of now.
    ///
    /// # Errors
    /// Where the browser gives no 2d context.
    pub(super) fn read() -> Result<Self, JsValue> {
        let names: Vec<String> = swatches().collect();
        // A style may say `rgb(…)` or `oklab(…)`: the canvas knows what it is in pixels.
        let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
        canvas.set_width(names.len() as u32);
        canvas.set_height(1);
        let context = context(&canvas)?;
        for (i, name) in names.iter().enumerate() {
            let element = document().query_selector(&format!("#{SWATCHES} .{name}"))?;
            let style = element.map(|e| window().get_computed_style(&e)).transpose()?.flatten();
            if let Some(style) = style {
                context.set_fill_style_str(&style.get_property_value("color")?);
            }
            context.fill_rect(i as f64, 0.0, 1.0, 1.0);
        }
        let pixels = context.get_image_data(0.0, 0.0, names.len() as f64, 1.0)?.data();
        let mut colours = pixels.0.chunks(4).map(|p| [p[0], p[1], p[2]]);
        let mut next = || colours.next().unwrap_or_default();
        Ok(Self {
            hues: (0..HUES).map(|_| next()).collect(),
            ramp: (0..STEPS).map(|_| next()).collect(),
            plain: next(),
            missing: next(),
            edge: next(),
            ink: next(),
        })
    }

    fn of(&self, ink: Ink) -> Rgb {
        let found = match ink {
            Ink::Plain => Some(&self.plain),
            Ink::Missing => Some(&self.missing),
            Ink::Class(class) => self.hues.get(Marker::of(class).hue),
            Ink::Step(step) => self.ramp.get(step),
        };
        found.copied().unwrap_or(self.plain)
    }
}

/// A picture for a canvas of `side` CSS pixels, as fine as the screen.
pub(super) struct Sheet<'a> {
    palette: &'a Palette,
    raster: Raster,
    pixels: f64,
    density: f64,
}

impl<'a> Sheet<'a> {
    /// An empty one.
    pub(super) fn new(side: f64, palette: &'a Palette) -> Self {
        let density = window().device_pixel_ratio().clamp(1.0, 3.0);
        let pixels = (side * density).round().max(1.0);
        Self { palette, raster: Raster::new(pixels as usize), pixels, density }
    }

    /// Stamps points; `spots` in fractions, y upwards, `radius` in CSS pixels.
    pub(super) fn stamp(&mut self, spots: impl Iterator<Item = ((f64, f64), Ink)>, radius: f64) {
        let mut stamps: Vec<(Ink, Stamp)> = Vec::new();
        for ((x, y), ink) in spots {
            // Few looks: a search is faster than a map.
            let known = stamps.iter().position(|(of, _)| *of == ink);
            let at = known.unwrap_or_else(|| {
                let (fill, edge) = (self.palette.of(ink), self.palette.edge);
                let (radius, width) = (radius * self.density, 0.7 * self.density);
                stamps.push((ink, Stamp::new(ink.shape(), radius, fill, width, edge)));
                stamps.len() - 1
            });
            self.raster.put(&stamps[at].1, x * self.pixels, (1.0 - y) * self.pixels);
        }
    }

    /// A ring around a point.
    pub(super) fn ring(&mut self, (x, y): (f64, f64)) {
        let stamp = Stamp::ring(6.5 * self.density, 2.0 * self.density, self.palette.ink);
        self.raster.put(&stamp, x * self.pixels, (1.0 - y) * self.pixels);
    }

    /// Puts the picture on `canvas`.
    ///
    /// # Errors
    /// Where the browser gives no 2d context.
    pub(super) fn show(self, canvas: &HtmlCanvasElement) -> Result<(), JsValue> {
        let side = self.pixels as u32;
        // Setting the size is slow: only where it changed.
        if canvas.width() != side || canvas.height() != side {
            canvas.set_width(side);
            canvas.set_height(side);
        }
        let pixels = self.raster.into_rgba();
        let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&pixels), side, side)?;
        context(canvas)?.put_image_data(&data, 0.0, 0.0)
    }
}

fn context(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, JsValue> {
    let context = canvas.get_context("2d")?.ok_or("no 2d context")?;
    Ok(context.unchecked_into())
}

/// Radius of a point, where there are so many.
pub(super) fn radius(points: usize) -> f64 {
    match points {
        0..400 => 3.6,
        400..1500 => 3.0,
        1500..4000 => 2.4,
        _ => 1.8,
    }
}
