//! Whether a setting can see synergy at all: one sentence below what needs several modalities.

use super::stage::Found;
use leptos::prelude::*;
use trefoil_protocol::ProbeKind;

/// What the control of a column tells a reader of this kind of probe; nothing where there is none.
pub(super) fn sentence(found: &Found, probe: ProbeKind) -> Option<AnyView> {
    let control = found.0.control.as_ref()?;
    let words = control.words(probe)?;
    let blind = control.readings.iter().any(|r| r.probe == probe && !r.seen);
    let title = format!(
        "Planted in {}; accuracy on {} held-out rows, guessing gives {:.2}",
        control.given.join(" and "),
        control.rows,
        control.chance
    );
    Some(
        view! {
            <p class="control-words small" class:soft=!blind data-testid="synergy-control" title=title>
                {words}
            </p>
        }
        .into_any(),
    )
}
