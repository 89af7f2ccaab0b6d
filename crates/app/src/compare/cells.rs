//! Numbers with their spread over seeds, in words and as cells.

use crate::format::{NONE, fixed, percent};
use leptos::prelude::*;
use trefoil_plot::Heat;
use trefoil_protocol::Cell;

/// Whole percent without the sign, for cells whose heading has it.
pub(super) fn hundredths(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), |v| fixed(v * 100.0, 0))
}

/// `82 %, 95 % interval 79 % to 85 %, 3 of 4 seeds`.
pub(super) fn in_words(cell: &Cell) -> String {
    let Some(mean) = cell.mean else { return "no value".to_owned() };
    let interval = within(cell).map_or_else(String::new, |(low, high)| {
        format!(", 95\u{202f}% interval {} to {}", percent(low), percent(high))
    });
    let (have, all) = (cell.per_seed.iter().flatten().count(), cell.per_seed.len());
    let seeds = match (have, all) {
        _ if have < all => format!(", {have} of {all} seeds"),
        (_, 2..) => format!(", {all} seeds"),
        _ => String::new(),
    };
    format!("{}{interval}{seeds}", percent(mean))
}

/// What a block, or another part of an embedding that is read from, is called.
pub(super) fn block_words(block: &str) -> String {
    if block == "all" {
        return "whole embedding".to_owned();
    }
    if let Some(modality) = block.strip_prefix("modality:") {
        return format!("{modality} alone");
    }
    // COrAL's shared embedding with the tokens of all other modalities hidden.
    if let Some(modality) = block.strip_prefix("shared:") {
        return format!("shared, {modality} alone");
    }
    block.replace(':', ": ").replace('+', " + ")
}

/// The interval, where there is one.
pub(super) fn interval(cell: &Cell) -> Option<(f64, f64)> {
    cell.low.zip(cell.high)
}

/// The interval of a share, which is not above one; nor below zero, unless a seed is.
fn within(cell: &Cell) -> Option<(f64, f64)> {
    let (low, high) = interval(cell)?;
    let positive = cell.per_seed.iter().flatten().all(|value| *value >= 0.0);
    Some((if positive { low.max(0.0) } else { low }, high.min(1.0)))
}

/// A cell of a heat map: colour, number, and on hover or focus the whole story.
pub(super) fn heat_cell(heat: Heat, text: String, tip: String) -> impl IntoView {
    let (class, level) = match heat {
        Heat::Missing => ("cell missing", 0.0),
        Heat::Empty => ("cell empty", 0.0),
        Heat::Filled(level) => ("cell filled", level),
    };
    view! {
        <td
            class=class
            style=("--v", format!("{level:.3}"))
            tabindex="-1"
            data-tip=tip.clone()
            aria-label=tip
        >
            {text}
        </td>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_names_for_people() {
        let words = ["all", "a+b", "modality:a", "shared", "shared:a", "unique:a"].map(block_words);
        let expected =
            ["whole embedding", "a + b", "a alone", "shared", "shared, a alone", "unique: a"];
        assert_eq!(words, expected);
    }

    #[test]
    fn a_cell_tells_its_interval_and_the_seeds_it_lacks() {
        let cell = Cell {
            per_seed: vec![Some(0.8), None, Some(0.9)],
            mean: Some(0.85),
            low: Some(0.2),
            high: Some(1.5),
        };
        let words = in_words(&cell).replace('\u{202f}', " ");
        assert_eq!(words, "85 %, 95 % interval 20 % to 100 %, 2 of 3 seeds");
        assert_eq!(in_words(&Cell::default()), "no value");
        let one = Cell { per_seed: vec![Some(0.5)], mean: Some(0.5), low: None, high: None };
        assert_eq!(in_words(&one), "50\u{202f}%");
        assert_eq!(hundredths(Some(-0.026)), "\u{2212}3");
        assert_eq!(hundredths(None), NONE);
    }
}
