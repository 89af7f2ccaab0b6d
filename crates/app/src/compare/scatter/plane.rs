//! The scatter plot of one column.

use super::paint::{Palette, Sheet, radius};
use super::shades::{Ink, Shades};
use super::{Linked, Mask, legend};
use crate::compare::frame::{LOST, rows_words};
use crate::compare::stage::{Column, Shown, Slot};
use crate::compare::tips::{TipAt, at_edge};
use crate::format::{count, fixed, percent};
use leptos::ev::PointerEvent;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use trefoil_plot::{Cloud, Rect};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlCanvasElement, ResizeObserver};

/// Points that can be found again, by place and by row.
#[derive(Debug)]
struct Points {
    shown: Shown,
    cloud: Cloud,
    at: BTreeMap<u32, usize>,
}

/// Compared by identity.
#[derive(Clone, Debug)]
struct Found(Arc<Points>);

impl PartialEq for Found {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// How near the pointer must be to a point, in pixels.
const REACH: f64 = 12.0;
/// How far a pointer must be dragged to be a brush, in pixels.
const DRAG: f64 = 4.0;

/// The plot, and its numbers as a table.
#[component]
pub(super) fn Plane(column: Column) -> impl IntoView {
    let linked = expect_context::<Linked>();
    let shown = linked.stage.points(column.slot);
    let points = Memo::new(move |_| {
        let shown = shown.get()?;
        let cloud = Cloud::new(&shown.points.xy);
        let at = shown.points.rows.iter().enumerate().map(|(i, row)| (*row, i)).collect();
        Some(Found(Arc::new(Points { shown, cloud, at })))
    });
    let name = column.name();
    let label = Signal::derive(move || {
        points.with(|found| found.as_ref().map(|f| summary(&name, &f.0)).unwrap_or_default())
    });
    let axis = move |which: usize| {
        points.with(|found| {
            let shown = found.as_ref().filter(|f| !f.0.at.is_empty());
            let share = shown.map(|f| f64::from(f.0.shown.points.explained[which]));
            let share = share.map(|s| format!(", {}", percent(s))).unwrap_or_default();
            format!("PC {}{share}", which + 1)
        })
    };
    let empty = move || points.with(|f| f.as_ref().is_none_or(|f| f.0.at.is_empty()));
    // A look and a report are of different rows: a column that lags behind says so.
    let first = linked.stage.points(Slot::Objective(0));
    let rows = move || {
        let of = |shown: &Option<Shown>| shown.as_ref().map(|s| s.rows);
        let (here, there) = (shown.with(of), first.with(of));
        here.filter(|_| here != there).map_or("", rows_words)
    };
    let finding = linked.stage.finding(column.slot);
    let why = move || {
        let lost = finding.with(|f| f.as_ref().is_some_and(|f| f.0.lost));
        if lost { LOST } else { "Not measured yet." }
    };
    view! {
        <div class="plane-frame">
            <Drawing linked points label />
            <Show when=empty>
                <p class="plane-empty small soft">{why}</p>
            </Show>
        </div>
        <p class="plane-axes small soft">
            <span>{move || format!("\u{2192} {}", axis(0))}</span>
            <span>{move || format!("\u{2191} {}", axis(1))}</span>
            <span class="plane-rows">{rows}</span>
        </p>
        <details class="small plane-table">
            <summary>"As a table"</summary>
            {move || points.get().map(|found| table(linked, &found.0))}
        </details>
    }
}

/// Where a drag began and is, in fractions.
type Drag = Option<((f64, f64), (f64, f64))>;

#[component]
fn Drawing(linked: Linked, points: Memo<Option<Found>>, label: Signal<String>) -> impl IntoView {
    let TipAt(tip) = expect_context::<TipAt>();
    let (base, over) = (NodeRef::<Canvas>::new(), NodeRef::<Canvas>::new());
    let area = NodeRef::<Div>::new();
    let side = watched_side(area);
    let drag = RwSignal::new(None as Drag);

    // All points: drawn again when they, their colours, the theme or the size change.
    Effect::new(move |_| {
        let (Some(canvas), side) = (base.get(), side.get()) else { return };
        let (palette, shades) = (linked.palette.get(), linked.shades.get());
        let Some(palette) = palette.filter(|_| side > 0.0) else { return };
        points.with(|found| {
            let all = found.as_ref().map(|f| f.0.as_ref());
            let shades = shades.as_ref().map(|h| h.shades.as_ref());
            report(draw_all(&canvas, side, &palette, all, shades));
        });
    });
    // The selected ones and the one under the pointer, above the others.
    Effect::new(move |_| {
        let (Some(canvas), side) = (over.get(), side.get()) else { return };
        let (palette, shades) = (linked.palette.get(), linked.shades.get());
        let (selected, hovered) = (linked.selected.get(), linked.hovered.get());
        let Some(palette) = palette.filter(|_| side > 0.0) else { return };
        points.with(|found| {
            let all = found.as_ref().map(|f| f.0.as_ref());
            let shades = shades.as_ref().map(|h| h.shades.as_ref());
            let marked = (selected.as_deref(), hovered);
            report(draw_over(&canvas, side, &palette, all, shades, marked));
        });
    });

    let down = move |event: PointerEvent| {
        // A finger scrolls the page; a tap still finds a point.
        if event.button() != 0 || event.pointer_type() == "touch" {
            return;
        }
        if let Some(area) = area.get_untracked() {
            report(area.set_pointer_capture(event.pointer_id()));
            let at = place(&area, &event);
            drag.set(Some((at, at)));
            tip.set(None);
        }
    };
    let moved = move |event: PointerEvent| {
        let Some(area) = area.get_untracked() else { return };
        let at = place(&area, &event);
        if let Some((from, _)) = drag.get_untracked() {
            drag.set(Some((from, at)));
            if far(from, at, side.get_untracked()) {
                linked.selected.set(Some(Arc::new(inside(points, Rect::between(from, at)))));
            }
            return;
        }
        hover(linked, points, &area, at, tip);
    };
    let up = move |event: PointerEvent| {
        let Some(area) = area.get_untracked() else { return };
        let at = place(&area, &event);
        if let Some((from, _)) = drag.get_untracked() {
            drag.set(None);
            if !far(from, at, side.get_untracked()) {
                let row = nearest(points, at, side.get_untracked());
                linked.selected.set(row.map(|row| Arc::new(Mask::of([row]))));
            }
        } else {
            hover(linked, points, &area, at, tip);
        }
    };
    let left = move |_: PointerEvent| {
        linked.hovered.set(None);
        tip.set(None);
    };
    let brush = move || {
        let (from, to) = drag.get()?;
        let rect = Rect::between(from, to);
        let at = |v: f64| format!("{:.2}%", v.clamp(0.0, 1.0) * 100.0);
        Some(view! {
            <span
                class="brush"
                style=("left", at(rect.left))
                style=("right", at(1.0 - rect.right))
                style=("top", at(1.0 - rect.top))
                style=("bottom", at(rect.bottom))
            ></span>
        })
    };
    let selecting = move || linked.selected.with(Option::is_some);
    view! {
        <div
            class="plane"
            class:selecting=selecting
            node_ref=area
            role="img"
            aria-label=label
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=up
            on:pointercancel=move |_| drag.set(None)
            on:pointerleave=left
        >
            <canvas class="plane-base" node_ref=base></canvas>
            <canvas class="plane-over" node_ref=over></canvas>
            {brush}
        </div>
    }
}

/// The width of an element, kept current.
fn watched_side(area: NodeRef<Div>) -> RwSignal<f64> {
    let side = RwSignal::new(0.0);
    let watcher = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn Fn()>)>);
    Effect::new(move |_| {
        let Some(element) = area.get() else { return };
        let measured: Element = element.into();
        let element = measured.clone();
        let measure = Closure::<dyn Fn()>::new(move || {
            let width = f64::from(measured.client_width());
            if (side.get_untracked() - width).abs() > 0.5 {
                side.set(width);
            }
        });
        match ResizeObserver::new(measure.as_ref().unchecked_ref()) {
            Ok(observer) => {
                observer.observe(&element);
                watcher.set_value(Some((observer, measure)));
            }
            Err(error) => web_sys::console::error_1(&error),
        }
    });
    on_cleanup(move || {
        let watched = watcher.try_update_value(Option::take).flatten();
        if let Some((observer, _)) = watched {
            observer.disconnect();
        }
    });
    side
}

fn ink(shades: Option<&Shades>, row: u32) -> Ink {
    shades.map_or(Ink::Plain, |s| s.ink(row))
}

fn draw_all(
    canvas: &HtmlCanvasElement,
    side: f64,
    palette: &Palette,
    points: Option<&Points>,
    shades: Option<&Shades>,
) -> Result<(), JsValue> {
    let mut sheet = Sheet::new(side, palette);
    if let Some(points) = points {
        let spots = points.cloud.spots();
        let inked = spots.iter().zip(&points.shown.points.rows);
        let inked = inked.filter_map(|(spot, row)| Some(((*spot)?, ink(shades, *row))));
        sheet.stamp(inked, radius(spots.len()));
    }
    sheet.show(canvas)
}

fn draw_over(
    canvas: &HtmlCanvasElement,
    side: f64,
    palette: &Palette,
    points: Option<&Points>,
    shades: Option<&Shades>,
    (selected, hovered): (Option<&Mask>, Option<u32>),
) -> Result<(), JsValue> {
    let mut sheet = Sheet::new(side, palette);
    if let Some(points) = points {
        let spots = points.cloud.spots();
        if let Some(selected) = selected {
            let rows = spots.iter().zip(&points.shown.points.rows);
            let inked = rows
                .filter(|(_, row)| selected.has(**row))
                .filter_map(|(spot, row)| Some(((*spot)?, ink(shades, *row))));
            sheet.stamp(inked, radius(spots.len()) + 0.6);
        }
        let hovered = hovered.and_then(|row| spots[*points.at.get(&row)?]);
        if let Some(at) = hovered {
            sheet.ring(at);
        }
    }
    sheet.show(canvas)
}

/// What the browser refuses is told in the console; the page goes on.
fn report(outcome: Result<(), JsValue>) {
    if let Err(error) = outcome {
        web_sys::console::error_1(&error);
    }
}

/// Where the pointer is, in fractions of the area, y upwards.
fn place(area: &Element, event: &PointerEvent) -> (f64, f64) {
    let rect = area.get_bounding_client_rect();
    let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
    let size = rect.width().max(1.0);
    ((x - rect.left()) / size, 1.0 - (y - rect.top()) / size)
}

fn far(from: (f64, f64), to: (f64, f64), side: f64) -> bool {
    (from.0 - to.0).hypot(from.1 - to.1) * side > DRAG
}

fn inside(points: Memo<Option<Found>>, rect: Rect) -> Mask {
    points.with_untracked(|found| {
        let Some(Found(points)) = found else { return Mask::default() };
        let rows = &points.shown.points.rows;
        Mask::of(points.cloud.inside(rect).into_iter().map(|i| rows[i]))
    })
}

fn nearest(points: Memo<Option<Found>>, at: (f64, f64), side: f64) -> Option<u32> {
    points.with_untracked(|found| {
        let Found(points) = found.as_ref()?;
        let i = points.cloud.nearest(at, REACH / side.max(1.0))?;
        points.shown.points.rows.get(i).copied()
    })
}

/// Marks the point under the pointer in all columns, and names it here.
fn hover(
    linked: Linked,
    points: Memo<Option<Found>>,
    area: &Element,
    at: (f64, f64),
    tip: RwSignal<Option<crate::compare::tips::Tip>>,
) {
    let rect = area.get_bounding_client_rect();
    let row = nearest(points, at, rect.width());
    if linked.hovered.get_untracked() == row {
        return;
    }
    linked.hovered.set(row);
    let words = row.and_then(|row| {
        let value = linked.shades.with_untracked(|held| {
            held.as_ref().map(|held| format!(": {}", held.shades.words(row))).unwrap_or_default()
        });
        let spot = points.with_untracked(|found| {
            let Found(points) = found.as_ref()?;
            points.cloud.spots()[*points.at.get(&row)?]
        })?;
        let x = rect.left() + spot.0 * rect.width();
        let y = rect.top() + (1.0 - spot.1) * rect.width();
        Some(at_edge(format!("{}{value}", linked.id(row)), x, y - 8.0, y + 8.0))
    });
    tip.set(words);
}

fn summary(name: &str, points: &Points) -> String {
    let [x, y] = points.shown.points.explained.map(|e| percent(f64::from(e)));
    format!(
        "{} {} of {name} as points on two principal components, which hold {x} and {y} of the \
         variance. Where classes lie is in the table below; choose a class in the legend to see its \
         rows.",
        count(points.at.len() as u64),
        rows_words(points.shown.rows)
    )
}

/// Rows, mean and spread of each class; of a number, its correlation with the axes.
fn table(linked: Linked, points: &Points) -> AnyView {
    let Some(held) = linked.shades.get() else {
        return view! { <p>"Choose what to colour by."</p> }.into_any();
    };
    let shades = &held.shades;
    let xy = points.shown.points.xy.as_chunks::<2>().0.iter();
    let all = xy.zip(&points.shown.points.rows);
    let finite = all.filter(|(p, _)| p.iter().all(|v| v.is_finite()));
    if shades.classes.is_empty() {
        let values: Vec<[f64; 3]> = finite
            .filter_map(|(p, row)| {
                let value = shades.values.get(*row as usize).filter(|v| v.is_finite())?;
                Some([f64::from(p[0]), f64::from(p[1]), f64::from(*value)])
            })
            .collect();
        let r = [0, 1].map(|axis| fixed(correlation(&values, axis), 2));
        let words = format!(
            "Correlation of the value with PC 1: {}, with PC 2: {}, over {} rows.",
            r[0],
            r[1],
            count(values.len() as u64)
        );
        return view! { <p>{words}</p> }.into_any();
    }
    let mut classes: BTreeMap<usize, (u64, f64, f64)> = BTreeMap::new();
    for (p, row) in finite {
        if let Ink::Class(class) = shades.ink(*row) {
            let entry = classes.entry(class).or_default();
            *entry = (entry.0 + 1, entry.1 + f64::from(p[0]), entry.2 + f64::from(p[1]));
        }
    }
    let rows = classes
        .into_iter()
        .map(|(class, (n, x, y))| {
            let name = shades.classes.get(class).cloned().unwrap_or_default();
            view! {
                <tr>
                    <th scope="row">{legend::symbol(class)} {name}</th>
                    <td>{count(n)}</td>
                    <td>{fixed(x / n as f64, 2)}</td>
                    <td>{fixed(y / n as f64, 2)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="plain">
            <thead>
                <tr>
                    <th scope="col">"class"</th>
                    <th scope="col">"rows"</th>
                    <th scope="col">"mean PC 1"</th>
                    <th scope="col">"mean PC 2"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// Of the third entry with entry `axis`.
fn correlation(values: &[[f64; 3]], axis: usize) -> f64 {
    let n = values.len() as f64;
    let mean = |k: usize| values.iter().map(|v| v[k]).sum::<f64>() / n;
    let means = [mean(axis), mean(2)];
    let product = |a: usize, b: usize, ma: f64, mb: f64| {
        values.iter().map(|v| (v[a] - ma) * (v[b] - mb)).sum::<f64>()
    };
    let cross = product(axis, 2, means[0], means[1]);
    let sizes = product(axis, axis, means[0], means[0]) * product(2, 2, means[1], means[1]);
    cross / sizes.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlations_are_pearsons() {
        let values = [[0.0, 1.0, 1.0], [1.0, 0.0, 3.0], [2.0, 1.0, 5.0], [3.0, 0.0, 7.0]];
        assert!((correlation(&values, 0) - 1.0).abs() < 1e-12);
        assert!((correlation(&values, 1) + 0.447_213_595_5).abs() < 1e-9);
        assert!(correlation(&[], 0).is_nan());
    }
}
