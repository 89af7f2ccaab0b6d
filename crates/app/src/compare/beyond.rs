//! What no pair of modalities shows, by the losses of Symile and CLIP.

use super::stage::Stage;
use super::words;
use crate::format::fixed;
use crate::widgets::Hint;
use leptos::prelude::*;
use std::collections::BTreeSet;
use trefoil_protocol::{BeyondPairs, Cell};

/// The picture: one for all columns. It comes with the report of a run that has both objectives.
#[component]
pub(super) fn Beyond() -> impl IntoView {
    let stage = expect_context::<Stage>();
    let found = Memo::new(move |_| {
        stage.link.view.with(|view| view.report.as_ref().and_then(|r| r.beyond_pairs.clone()))
    });
    view! {
        <Show when=move || found.with(Option::is_some)>
            <section class="picture" aria-labelledby="beyond-title" data-testid="beyond">
                <header class="picture-head">
                    <div class="picture-title">
                        <h3 id="beyond-title">
                            "What no pair shows"
                            <span class="term">"total correlation, nats"</span>
                        </h3>
                        <Hint label="total correlation" text=words::BEYOND />
                        <span class="rows-badge">"validation rows"</span>
                    </div>
                    <p class="soft picture-lead">
                        "How much do all modalities have in common, and how much of it do the best pairs already show? The difference is an estimate, not a bound."
                    </p>
                </header>
                <div class="decompositions scroll-x">{move || found.get().map(|found| table(&found))}</div>
            </section>
        </Show>
    }
}

/// `2.31 (2.20 to 2.41)`
fn in_nats(cell: &Cell) -> String {
    let two = |value: f64| fixed(value, 2);
    let Some(mean) = cell.mean else { return "\u{2013}".to_owned() };
    let interval = cell.low.zip(cell.high);
    let interval = interval.map(|(low, high)| format!(" ({} to {})", two(low), two(high)));
    format!("{}{}", two(mean), interval.unwrap_or_default())
}

fn table(found: &BeyondPairs) -> AnyView {
    let exact = |pick: fn(&trefoil_protocol::ExactShared) -> f64| {
        found.exact.as_ref().map_or_else(|| "\u{2013}".to_owned(), |e| fixed(pick(e), 2))
    };
    let row = |name: String, cell: &Cell, ceiling: Option<f64>, exact: String| {
        let ceiling = ceiling.map_or_else(|| "\u{2013}".to_owned(), |c| fixed(c, 2));
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td class="number">{in_nats(cell)}</td>
                <td class="number soft">{ceiling}</td>
                <td class="number">{exact}</td>
            </tr>
        }
    };
    let none = || "\u{2013}".to_owned();
    // A tree of M modalities has M − 1 pairs, each below the ceiling.
    let names: BTreeSet<&String> = found.pairs.iter().flat_map(|pair| &pair.given).collect();
    let tree = found.ceiling * names.len().saturating_sub(1) as f64;
    let pairs: Vec<_> = found
        .pairs
        .iter()
        .map(|pair| row(pair.given.join(" with "), &pair.value, Some(found.ceiling), none()))
        .collect();
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col">"Information"</th>
                    <th scope="col" class="number">"by the losses"</th>
                    <th scope="col" class="number">"no more can be seen than"</th>
                    <th scope="col" class="number">"by counting"</th>
                </tr>
            </thead>
            <tbody>
                {row("all together, by Symile".to_owned(), &found.total, Some(found.ceiling), exact(|e| e.total))}
                {row("best tree of pairs, by CLIP".to_owned(), &found.shown, Some(tree), exact(|e| e.shown))}
                {row("what no pair shows".to_owned(), &found.beyond, None, exact(|e| e.beyond))}
                {pairs}
            </tbody>
        </table>
    }
    .into_any()
}
