//! Section 4: the objectives side by side.

use crate::widgets::Section;
use leptos::prelude::*;

/// The pictures.
#[component]
pub(crate) fn Compare() -> impl IntoView {
    view! {
        <Section id="compare" number=4 title="Compare" lead="The objectives side by side.">
            <p class="panel soft">"Press Train, and the pictures grow here."</p>
        </Section>
    }
}
