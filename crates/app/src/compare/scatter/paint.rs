//! Points on a canvas.
//!
//! Each look (colour, shape, size) is drawn once as a small picture and then stamped: ten thousand
//! paths would take longer than a frame.

use super::shades::{Ink, STEPS};
use leptos::prelude::*;
use std::collections::BTreeMap;
use trefoil_plot::{HUES, Marker, Shape};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Colours as the style sheet has them in the theme of now.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Palette {
    hues: Vec<String>,
    ramp: Vec<String>,
    plain: String,
    missing: String,
    edge: String,
    pub(super) ink: String,
}

const SWATCHES: &str = "swatches";

/// Elements that a canvas reads its colours from.
#[component]
pub(super) fn Swatches() -> impl IntoView {
    let swatch = |name: String| view! { <span class=format!("swatch {name}")></span> };
    let names = (0..HUES)
        .map(|i| format!("hue-{i}"))
        .chain((0..STEPS).map(|i| format!("ramp-{i}")))
        .chain(["plain", "missing", "edge", "ink"].map(|n| format!("point-{n}")));
    view! { <span id=SWATCHES hidden>{names.map(swatch).collect_view()}</span> }
}

impl Palette {
    /// The colours of now.
    pub(super) fn read() -> Self {
        let colour = |name: &str| {
            let element = document().query_selector(&format!("#{SWATCHES} .{name}")).ok()??;
            let style = window().get_computed_style(&element).ok()??;
            style.get_property_value("color").ok().filter(|c| !c.is_empty())
        };
        let colour = |name: String| colour(&name).unwrap_or_else(|| "gray".to_owned());
        Self {
            hues: (0..HUES).map(|i| colour(format!("hue-{i}"))).collect(),
            ramp: (0..STEPS).map(|i| colour(format!("ramp-{i}"))).collect(),
            plain: colour("point-plain".to_owned()),
            missing: colour("point-missing".to_owned()),
            edge: colour("point-edge".to_owned()),
            ink: colour("point-ink".to_owned()),
        }
    }

    fn of(&self, ink: Ink) -> &str {
        let found = match ink {
            Ink::Plain => Some(&self.plain),
            Ink::Missing => Some(&self.missing),
            Ink::Class(class) => self.hues.get(Marker::of(class).hue),
            Ink::Step(step) => self.ramp.get(step),
        };
        found.map_or("gray", String::as_str)
    }
}

/// A canvas of `side` CSS pixels, cleared, in CSS pixels.
pub(super) struct Sheet {
    context: CanvasRenderingContext2d,
    side: f64,
    density: f64,
}

impl Sheet {
    /// Makes `canvas` as fine as the screen and empties it.
    ///
    /// # Errors
    /// Where the browser gives no 2d context.
    pub(super) fn of(canvas: &HtmlCanvasElement, side: f64) -> Result<Self, JsValue> {
        let density = window().device_pixel_ratio().clamp(1.0, 3.0);
        let pixels = (side * density).round().max(1.0);
        // Setting the size empties it, and is slow: only where it changed.
        if canvas.width() != pixels as u32 || canvas.height() != pixels as u32 {
            canvas.set_width(pixels as u32);
            canvas.set_height(pixels as u32);
        }
        let context = context(canvas)?;
        context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)?;
        context.clear_rect(0.0, 0.0, pixels, pixels);
        Ok(Self { context, side, density })
    }

    /// Stamps points; `spots` in fractions, y upwards.
    ///
    /// # Errors
    /// Where the browser refuses to draw.
    pub(super) fn stamp(
        &self,
        spots: impl Iterator<Item = ((f64, f64), Ink)>,
        radius: f64,
        palette: &Palette,
    ) -> Result<(), JsValue> {
        let mut stamps: BTreeMap<Ink, HtmlCanvasElement> = BTreeMap::new();
        let reach = radius * 1.3 + 1.0;
        for ((x, y), ink) in spots {
            let stamp = match stamps.entry(ink) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(self.stamp_of(ink, radius, reach, palette)?)
                }
            };
            let place = |v: f64| (v * self.side - reach) * self.density;
            self.context.draw_image_with_html_canvas_element(stamp, place(x), place(1.0 - y))?;
        }
        Ok(())
    }

    fn stamp_of(
        &self,
        ink: Ink,
        radius: f64,
        reach: f64,
        palette: &Palette,
    ) -> Result<HtmlCanvasElement, JsValue> {
        let stamp: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
        let pixels = (2.0 * reach * self.density).ceil() as u32;
        stamp.set_width(pixels);
        stamp.set_height(pixels);
        let context = context(&stamp)?;
        context.scale(self.density, self.density)?;
        context.translate(reach, reach)?;
        context.begin_path();
        outline(&context, ink.shape(), radius)?;
        context.set_fill_style_str(palette.of(ink));
        context.fill();
        // An edge in the colour of the ground keeps neighbours apart.
        context.set_line_width(0.6);
        context.set_stroke_style_str(&palette.edge);
        context.stroke();
        Ok(stamp)
    }

    /// A ring around a point.
    ///
    /// # Errors
    /// Where the browser refuses to draw.
    pub(super) fn ring(&self, (x, y): (f64, f64), colour: &str) -> Result<(), JsValue> {
        self.context.set_transform(self.density, 0.0, 0.0, self.density, 0.0, 0.0)?;
        self.context.begin_path();
        let (x, y) = (x * self.side, (1.0 - y) * self.side);
        self.context.arc(x, y, 6.5, 0.0, std::f64::consts::TAU)?;
        self.context.set_line_width(2.0);
        self.context.set_stroke_style_str(colour);
        self.context.stroke();
        self.context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    }
}

fn outline(context: &CanvasRenderingContext2d, shape: Shape, radius: f64) -> Result<(), JsValue> {
    if shape == Shape::Disc {
        return context.arc(0.0, 0.0, radius, 0.0, std::f64::consts::TAU);
    }
    for (i, (x, y)) in shape.corners().iter().enumerate() {
        let (x, y) = (x * radius, y * radius);
        if i == 0 { context.move_to(x, y) } else { context.line_to(x, y) }
    }
    context.close_path();
    Ok(())
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
