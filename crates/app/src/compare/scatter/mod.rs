//! The embedding as a scatter plot, linked over all columns.
//!
//! [`shades`] turns the values of a column into colours and shapes, [`plane`] is the plot of one
//! column, [`paint`] draws it on canvas, [`legend`] says what colours mean and selects classes.

mod choice;
mod legend;
mod paint;
mod plane;
mod shades;

use super::frame::{Picture, rows_words};
use super::stage::{Slot, Stage};
use super::words;
use crate::format::counted;
use crate::theme::Theme;
use leptos::prelude::*;
use paint::Palette;
use shades::Held;
use std::sync::Arc;
use trefoil_protocol::Colour;

/// A flag for each kept row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Mask(Vec<bool>);

impl Mask {
    /// The mask of these rows.
    fn of(rows: impl IntoIterator<Item = u32>) -> Self {
        let mut mask = Self::default();
        for row in rows {
            let at = row as usize;
            if mask.0.len() <= at {
                mask.0.resize(at + 1, false);
            }
            mask.0[at] = true;
        }
        mask
    }

    fn has(&self, row: u32) -> bool {
        self.0.get(row as usize).copied().unwrap_or(false)
    }
}

/// Rows that are selected, in every column alike; none: there is no selection.
type Selection = Option<Arc<Mask>>;

/// What all planes share. From context.
#[derive(Clone, Copy)]
struct Linked {
    stage: Stage,
    /// Colours of the theme, once the page has them.
    palette: RwSignal<Option<Palette>>,
    /// What points are coloured by.
    by: RwSignal<Option<Colour>>,
    /// Its values, once they have come.
    shades: Memo<Option<Held>>,
    selected: RwSignal<Selection>,
    /// Row under the pointer.
    hovered: RwSignal<Option<u32>>,
    /// Rows of the first plane: what counts are of.
    rows: Memo<Arc<Vec<u32>>>,
}

impl Linked {
    /// Those of `rows` that are selected.
    fn chosen(self) -> Vec<u32> {
        self.selected.with(|selected| {
            let Some(selected) = selected else { return Vec::new() };
            self.rows.with(|rows| rows.iter().copied().filter(|r| selected.has(*r)).collect())
        })
    }

    /// Id of a row.
    fn id(self, row: u32) -> String {
        self.stage.link.view.with_untracked(|view| {
            view.ids.get(row as usize).cloned().unwrap_or_else(|| row.to_string())
        })
    }
}

/// The picture.
#[component]
pub(super) fn Embedding() -> impl IntoView {
    let stage = expect_context::<Stage>();
    let theme = expect_context::<Theme>();
    let view = stage.link.view;
    let by = RwSignal::new(None::<Colour>);
    let shades = Memo::new(move |before: Option<&Option<Held>>| {
        let by = by.get()?;
        view.with(|view| Held::new(view.colour.as_ref()?, &by, before?.as_ref()))
    });
    let first = stage.points(Slot::Objective(0));
    let rows = Memo::new(move |_| {
        first.with(|shown| {
            Arc::new(shown.as_ref().map(|s| s.points.rows.clone()).unwrap_or_default())
        })
    });
    let linked = Linked {
        stage,
        palette: RwSignal::new(None),
        by,
        shades,
        selected: RwSignal::new(None),
        hovered: RwSignal::new(None),
        rows,
    };
    provide_context(linked);
    // The style sheet follows the theme: read it again whenever that changes.
    Effect::new(move |_| {
        theme.dark();
        match Palette::read() {
            Ok(palette) => linked.palette.set(Some(palette)),
            Err(error) => web_sys::console::error_1(&error),
        }
    });
    // Other rows, other selection.
    Effect::new(move |before: Option<Arc<Vec<u32>>>| {
        let now = rows.get();
        if before.is_some_and(|before| before != now) {
            linked.selected.set(None);
        }
        now
    });
    let escape = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "Escape" && linked.selected.with_untracked(Option::is_some) {
            linked.selected.set(None);
        }
    });
    on_cleanup(move || escape.remove());
    let kind = Signal::derive(move || {
        first
            .with(|shown| shown.as_ref().map(|s| rows_words(s.rows).to_owned()).unwrap_or_default())
    });
    view! {
        <Picture
            id="embedding"
            title="Embedding"
            term="principal components"
            hint=words::EMBEDDING
            lead="Do rows of a kind lie together? Drag a rectangle, or choose a class: the same rows light up in every column."
            controls=move || view! { <choice::Choose /> <legend::Legend /> <Selected /> <paint::Swatches /> }
            rows=kind
            draw=move |column| view! { <plane::Plane column /> }
        />
    }
}

/// How many rows are selected, and which.
#[component]
fn Selected() -> impl IntoView {
    let linked = expect_context::<Linked>();
    let chosen = Memo::new(move |_| linked.chosen());
    let any = move || linked.selected.with(Option::is_some);
    let words = move || {
        let all = linked.rows.with(|rows| rows.len()) as u64;
        if any() {
            let some = chosen.with(Vec::len);
            format!("{some} of {} selected", counted(all, "row", "rows"))
        } else {
            format!("{}, none selected", counted(all, "row", "rows"))
        }
    };
    let ids = move || {
        const MOST: usize = 12;
        chosen.with(|rows| {
            let ids: Vec<String> = rows.iter().take(MOST).map(|r| linked.id(*r)).collect();
            let rest = rows.len().saturating_sub(MOST);
            let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            format!("{}{more}", ids.join(", "))
        })
    };
    view! {
        <p class="selected small" data-testid="selected">
            <span class="selected-count" aria-live="polite" data-testid="selected-count">{words}</span>
            <button
                type="button"
                class="button quiet small"
                aria-disabled=move || (!any()).to_string()
                data-testid="clear-selection"
                on:click=move |_| linked.selected.set(None)
            >
                "Clear (Esc)"
            </button>
            <span class="selected-ids soft">{ids}</span>
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_has_its_rows_and_no_others() {
        let mask = Mask::of([4, 1]);
        assert_eq!((0..6).filter(|r| mask.has(*r)).collect::<Vec<u32>>(), [1, 4]);
        assert_eq!(mask, Mask::of([1, 4]));
        assert!(!Mask::of([]).has(0));
    }
}
