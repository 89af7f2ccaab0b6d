//! Recovery of known factors, where the data were generated.

use super::cells::{block_words, heat_cell, hundredths, in_words};
use super::frame::{LOST, Picture, Waiting};
use super::stage::{Column, Found, Stage};
use super::words;
use leptos::prelude::*;
use trefoil_plot::Heat;
use trefoil_protocol::{Recovery, Split};

/// The picture; there is none where the truth is not known.
#[component]
pub(super) fn RecoveryMap() -> impl IntoView {
    let stage = expect_context::<Stage>();
    let known = Memo::new(move |_| {
        stage.link.view.with(|view| view.data.as_ref().is_some_and(|d| !d.factors.is_empty()))
    });
    let controls = move || {
        view! {
            <p class="key small" aria-hidden="true">
                "Held-out R\u{b2}: "
                <span class="key-ramp"></span>
                "0 to 100\u{202f}%"
            </p>
        }
    };
    view! {
        <Show when=move || known.get()>
            <Picture
                id="recovery"
                title="Recovery"
                term="of the known factors"
                hint=words::RECOVERY
                lead="Here the truth is known. Does each factor end up in the block where it belongs?"
                controls=controls
                draw=move |column| view! { <Columned column /> }
            />
        </Show>
    }
}

#[component]
fn Columned(column: Column) -> impl IntoView {
    let stage = expect_context::<Stage>();
    let finding = stage.finding(column.slot);
    let name = column.name();
    move || {
        match finding.get() {
        Some(found) if found.0.lost => view! { <Waiting text=LOST /> }.into_any(),
        Some(found) => match &found.0.recovery {
            Some(recovery) => table(&name, recovery, &found),
            None if found.0.rows == Split::Test => {
                view! { <Waiting text="It has no blocks of its own to find factors in; probes show what its whole embedding tells." /> }
                    .into_any()
            }
            None => view! { <Waiting text="With the report at the end." /> }.into_any(),
        },
        None => view! { <Waiting text="With the report at the end." /> }.into_any(),
    }
    }
}

fn table(column: &str, recovery: &Recovery, found: &Found) -> AnyView {
    let heads: Vec<_> = recovery
        .blocks
        .iter()
        .map(|block| {
            let rank = found.0.blocks.iter().find(|b| b.name == *block).map(|b| b.rank);
            let rank = rank.map(|r| format!(", {r} dimensions")).unwrap_or_default();
            let short = block_words(block);
            view! {
                <th scope="col" tabindex="-1" data-tip=format!("{short}{rank}")>
                    <span class="tilted">{short.clone()}</span>
                </th>
            }
        })
        .collect();
    let rows: Vec<_> = recovery
        .factors
        .iter()
        .zip(&recovery.r2)
        .map(|(factor, cells)| {
            let cells: Vec<_> = recovery
                .blocks
                .iter()
                .zip(cells)
                .map(|(block, cell)| {
                    // Below five percent a number says no more than zero.
                    let heat = Heat::new(cell.mean, 0.05, 1.0);
                    let text = match heat {
                        Heat::Filled(_) => hundredths(cell.mean),
                        Heat::Empty => "\u{b7}".to_owned(),
                        Heat::Missing => String::new(),
                    };
                    let words = in_words(cell);
                    heat_cell(heat, text, format!("{factor} from {}: {words}", block_words(block)))
                })
                .collect();
            view! {
                <tr>
                    <th scope="row" tabindex="-1" data-tip=factor.clone()>
                        <span class="cut">{factor.clone()}</span>
                    </th>
                    {cells}
                </tr>
            }
        })
        .collect();
    let label = format!(
        "Recovery of {column}: {} factors from {} blocks, R\u{b2} in percent. Arrow keys move between cells.",
        recovery.factors.len(),
        recovery.blocks.len()
    );
    view! {
        <div class="recovery-scroll">
            <table class="matrix recovery" data-grid tabindex="0" aria-label=label>
                <thead>
                    <tr>
                        <th class="corner" scope="col">"factor"</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
