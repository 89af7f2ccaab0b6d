//! The sets that come with Trefoil, as cards.

use super::index::{Index, fetch};
use crate::experiment::Experiment;
use crate::format;
use leptos::prelude::*;
use trefoil_protocol::{DataSource, DatasetCard};

/// The cards.
#[component]
pub(super) fn Shipped() -> impl IntoView {
    let index = fetch();
    let cards = move || {
        index.with(|index| match index {
            Index::Loading => (0..6)
                .map(|_| view! { <li class="card waiting" aria-hidden="true" /> })
                .collect_view()
                .into_any(),
            Index::Ready(index) => index
                .datasets
                .iter()
                .map(|card| view! { <Card card=card.clone() /> })
                .collect_view()
                .into_any(),
            Index::Failed(words) => {
                let words = format!(
                    "The list of sets could not be fetched: {words}. Reload the page to try again; \
                     generated data and your own files work without it."
                );
                view! { <li class="fault">{words}</li> }.into_any()
            }
        })
    };
    view! { <ul class="cards" data-testid="datasets">{cards}</ul> }
}

#[component]
fn Card(card: DatasetCard) -> impl IntoView {
    let experiment = expect_context::<Experiment>();
    let name = StoredValue::new(card.name.clone());
    let pressed = Memo::new(move |_| {
        let is = |data: &DataSource| matches!(data, DataSource::Shipped { name: n, .. } if name.with_value(|name| name == n));
        match &*experiment.reading.read() {
            Some(data) => is(data),
            None => experiment.config.with(|config| is(&config.data)),
        }
    });
    let load = move |_| {
        experiment.choose(DataSource::Shipped { name: name.get_value(), modalities: None });
    };
    let on: Vec<_> = card.modalities.iter().filter(|m| m.on).collect();
    let rows = on.iter().map(|m| m.rows).max().unwrap_or(0);
    let size: u64 = on.iter().map(|m| m.bytes).sum();
    let more = card.modalities.len() - on.len();
    let more = if more > 0 { format!(" of {}", card.modalities.len()) } else { String::new() };
    let facts = format!(
        "{} \u{d7} {}{more} modalities \u{b7} {}",
        format::counted(u64::from(rows), "row", "rows"),
        on.len(),
        format::bytes(size)
    );
    let names = on.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", ");
    view! {
        <li>
            <button
                type="button"
                class="card"
                aria-pressed=move || pressed.get().to_string()
                data-testid=format!("dataset-{}", card.name)
                on:click=load
            >
                <span class="card-title">{card.title.clone()}</span>
                <span class="card-text">{first_sentence(&card.about)}</span>
                <span class="card-facts">{facts}</span>
                <span class="card-names">{names}</span>
            </button>
        </li>
    }
}

/// A card has room for one.
fn first_sentence(text: &str) -> String {
    match text.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => text.to_owned(),
    }
}
