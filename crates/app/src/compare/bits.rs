//! What the whole embedding tells of a class beyond the best single modality, in bits.

use crate::format::{NONE, fixed};
use leptos::prelude::*;
use trefoil_protocol::{Cell, NeedsSeveral, ProbeKind, SynergyControl};

/// Instead of a zero where the control was not seen: the setting could see nothing.
pub(super) const BLIND: &str = "cannot see";

/// A line for each label that is a class; nothing where there is none.
pub(super) fn bits(
    found: &[NeedsSeveral],
    kind: ProbeKind,
    control: Option<&SynergyControl>,
) -> Option<AnyView> {
    let of_kind = found.iter().filter(|f| f.probe == kind);
    let lines: Vec<_> = of_kind.map(|found| line(found, control)).collect();
    (!lines.is_empty()).then(|| {
        view! {
            <table class="bits">
                <thead>
                    <tr>
                        <th scope="col">"bits of"</th>
                        <th scope="col" class="number">"everything"</th>
                        <th scope="col" class="number">"best single modality"</th>
                        <th scope="col" class="number">"needs several"</th>
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        }
        .into_any()
    })
}

fn line(found: &NeedsSeveral, control: Option<&SynergyControl>) -> AnyView {
    let best = found.best.clone().unwrap_or_else(|| "none tells any".to_owned());
    let interval = found.needs_several.low.zip(found.needs_several.high);
    let interval = interval.map(|(low, high)| {
        view! { <span class="soft range">{format!("{} to {}", fixed(low, 2), fixed(high, 2))}</span> }
    });
    // Zero is inside the interval, or there is none to know it by.
    let clear = found.needs_several.low.is_some_and(|low| low > 0.0);
    let hidden = control.is_some_and(|control| control.hides(found.probe, clear));
    let several = if hidden {
        view! { <span class="soft">{BLIND}</span> }.into_any()
    } else {
        view! { {mean(&found.needs_several)}{interval} }.into_any()
    };
    view! {
        <tr>
            <th scope="row"><span class="cut" title=found.target.clone()>{found.target.clone()}</span></th>
            <td class="number" data-name="everything">{mean(&found.all)}</td>
            <td class="number" data-name="best single modality">
                {mean(&found.best_single)}
                <span class="soft range">{best}</span>
            </td>
            <td class="number" class:clear=clear data-name="needs several">{several}</td>
        </tr>
    }
    .into_any()
}

fn mean(cell: &Cell) -> String {
    cell.mean.map_or_else(|| NONE.to_owned(), |m| fixed(m, 2))
}
