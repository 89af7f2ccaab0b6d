//! What every two modalities tell of a label, in the data themselves.

use super::stage::Stage;
use super::words;
use crate::format::{count, fixed, percent};
use crate::widgets::Hint;
use leptos::prelude::*;
use trefoil_protocol::{Bits, Decomposition};

/// The picture: one for all columns, since no objective enters. It comes with the report.
#[component]
pub(super) fn Decompositions() -> impl IntoView {
    let stage = expect_context::<Stage>();
    let found = Memo::new(move |_| {
        stage.link.view.with(|view| {
            let report = view.report.as_ref();
            report.map(|report| report.decompositions.clone()).unwrap_or_default()
        })
    });
    view! {
        <Show when=move || found.with(|found| !found.is_empty())>
            <section class="picture" aria-labelledby="decomposition-title" data-testid="decomposition">
                <header class="picture-head">
                    <div class="picture-title">
                        <h3 id="decomposition-title">
                            "Redundant, unique, synergistic"
                            <span class="term">"partial information decomposition, BROJA"</span>
                        </h3>
                        <Hint label="information decomposition" text=words::DECOMPOSITION />
                        <span class="rows-badge">"the data, all rows"</span>
                    </div>
                    <p class="soft picture-lead">
                        "How many bits of a label do two modalities tell, and is it the same, one's own, or only in both together? Numbers that shuffled labels reach as well are grey."
                    </p>
                </header>
                <div class="decompositions scroll-x">{move || found.with(|found| table(found))}</div>
            </section>
        </Show>
    }
}

fn table(found: &[Decomposition]) -> AnyView {
    let rows: Vec<_> = found.iter().map(row).collect();
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col">"Label"</th>
                    <th scope="col">"From"</th>
                    <th scope="col" class="number">"both together, bits"</th>
                    <th scope="col" class="number">"redundant"</th>
                    <th scope="col" class="number">"only the first"</th>
                    <th scope="col" class="number">"only the second"</th>
                    <th scope="col" class="number">"synergistic"</th>
                    <th scope="col" class="number">"synergistic when shuffled"</th>
                    <th scope="col" class="number">"rows"</th>
                    <th scope="col" class="number">"variance looked at"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(found: &Decomposition) -> AnyView {
    let parts = parts(&found.bits);
    let reached = found.shuffled_high.as_ref().map(self::parts);
    let cells: Vec<_> = parts
        .iter()
        .enumerate()
        .map(|(i, bits)| {
            let grey = reached.as_ref().is_some_and(|high| *bits <= high[i]);
            view! { <td class="number" class:soft=grey>{fixed(*bits, 3)}</td> }
        })
        .collect();
    let shuffled = found
        .shuffled
        .as_ref()
        .map_or_else(|| "\u{2013}".to_owned(), |shuffled| fixed(shuffled.synergistic, 3));
    let kept: Vec<String> = found.kept.iter().map(|share| percent(*share)).collect();
    view! {
        <tr>
            <th scope="row">{found.target.clone()}</th>
            <td>{found.given.join(", ")}</td>
            <td class="number">{fixed(found.total, 3)}</td>
            {cells}
            <td class="number soft">{shuffled}</td>
            <td class="number soft">{count(u64::from(found.rows))}</td>
            <td class="number soft">{kept.join(", ")}</td>
        </tr>
    }
    .into_any()
}

/// Redundant, of the first, of the second, synergistic.
fn parts(bits: &Bits) -> [f64; 4] {
    let unique = |i: usize| bits.unique.get(i).copied().unwrap_or_default();
    [bits.redundant, unique(0), unique(1), bits.synergistic]
}
