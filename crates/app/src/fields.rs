//! Controls with a label, an explanation, and words for what cannot be.

use crate::widgets::{Hint, unique_id};
use leptos::prelude::*;
use std::collections::BTreeSet;
use web_sys::HtmlSelectElement;

/// When a typed value counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Takes {
    /// At once.
    #[default]
    Typing,
    /// With Enter, or when the field is left: for what is slow to follow.
    Leaving,
}

/// From context: the fields that hold what cannot be, by their ids. Nothing is trained until they
/// are mended, since it would be trained with the values of before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wrong {
    ids: RwSignal<BTreeSet<String>>,
    /// How often all was set anew.
    times: RwSignal<u32>,
}

impl Wrong {
    /// No field.
    pub(crate) fn none() -> Self {
        Self { ids: RwSignal::new(BTreeSet::new()), times: RwSignal::new(0) }
    }

    /// Whether there is one. Reactive.
    pub(crate) fn any(self) -> bool {
        !self.ids.with(BTreeSet::is_empty)
    }

    /// All was set anew: fields show what they stand at, not what was typed before. What was
    /// refused was never stored, so that a field cannot tell this from its value.
    pub(crate) fn forget(self) {
        self.times.update(|times| *times = times.wrapping_add(1));
    }

    fn mark(self, id: &str, wrong: bool) {
        if self.ids.with_untracked(|ids| ids.contains(id)) != wrong {
            self.ids.update(|ids| {
                if wrong {
                    ids.insert(id.to_owned());
                } else {
                    ids.remove(id);
                }
            });
        }
    }
}

/// A line of text, most often a number.
#[component]
pub(crate) fn Field(
    /// Name of the value.
    #[prop(into)]
    label: String,
    /// What it is.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// What it stands at.
    #[prop(into)]
    value: Signal<String>,
    /// Takes what was typed, or says what could stand there.
    apply: Callback<String, Result<(), String>>,
    /// When.
    #[prop(optional)]
    takes: Takes,
    /// What an empty field comes to.
    #[prop(optional, into)]
    placeholder: Signal<String>,
    /// A line below, such as the default.
    #[prop(optional, into)]
    note: ViewFn,
    /// Whether it is no number.
    #[prop(optional)]
    words: bool,
    /// For tests.
    #[prop(into)]
    testid: String,
) -> impl IntoView {
    let id = unique_id("field");
    let below = format!("{id}-note");
    let draft = RwSignal::new(None::<String>);
    let wrong = RwSignal::new(None::<String>);
    let all_wrong = expect_context::<Wrong>();
    let known_as = StoredValue::new(id.clone());
    let say = move |words: Option<String>| {
        known_as.with_value(|id| all_wrong.mark(id, words.is_some()));
        wrong.set(words);
    };
    on_cleanup({
        let id = id.clone();
        move || all_wrong.mark(&id, false)
    });
    let take = move |text: String| say(apply.run(text).err());
    let stands = Memo::new(move |_| value.get());
    // Another value from elsewhere, such as a link: it is what the field then stands at.
    Effect::watch(
        move || stands.track(),
        move |(), _, _| {
            if wrong.with_untracked(Option::is_some) {
                draft.set(None);
                say(None);
            }
        },
        false,
    );
    Effect::watch(
        move || all_wrong.times.track(),
        move |(), _, _| {
            draft.set(None);
            say(None);
        },
        false,
    );
    let on_input = move |event| {
        let text = event_target_value(&event);
        draft.set(Some(text.clone()));
        if takes == Takes::Typing {
            take(text);
        } else {
            say(None);
        }
    };
    let on_change = move |event| {
        let text = event_target_value(&event);
        // What fills a field without typing may only say that it changed.
        let unheard = draft.with_untracked(|draft| draft.as_ref() != Some(&text));
        if takes == Takes::Leaving || unheard {
            draft.set(Some(text.clone()));
            take(text);
        }
        if wrong.with_untracked(Option::is_none) {
            draft.set(None);
        }
    };
    view! {
        <div class="field" class:wrong=move || wrong.with(Option::is_some)>
            <span class="field-label">
                <label for=id.clone()>{label.clone()}</label>
                {hint.map(|text| view! { <Hint label=label text=text /> })}
            </span>
            <input
                id=id
                type="text"
                inputmode=if words { "text" } else { "decimal" }
                autocomplete="off"
                spellcheck="false"
                placeholder=placeholder
                data-testid=testid
                aria-describedby=below.clone()
                aria-invalid=move || wrong.with(|w| w.is_some().then_some("true"))
                prop:value=move || draft.get().unwrap_or_else(|| stands.get())
                on:input=on_input
                on:change=on_change
            />
            <span class="field-note" id=below>
                {move || match wrong.get() {
                    Some(words) => view! { <span class="bad" role="alert">{words}</span> }.into_any(),
                    None => note.run(),
                }}
            </span>
        </div>
    }
}

/// One of a few.
#[component]
pub(crate) fn Select(
    /// Name of the value.
    #[prop(into)]
    label: String,
    /// What it is.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// What it stands at.
    #[prop(into)]
    value: Signal<String>,
    /// Value and words of each choice.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// Takes the choice.
    apply: Callback<String>,
    /// A line below, such as the default.
    #[prop(optional, into)]
    note: ViewFn,
    /// For tests.
    #[prop(into)]
    testid: String,
) -> impl IntoView {
    let id = unique_id("select");
    let below = format!("{id}-note");
    let choose = move |event| {
        let select = event_target::<HtmlSelectElement>(&event);
        apply.run(select.value());
        // What was not taken is not shown either.
        let now = value.get_untracked();
        if select.value() != now {
            select.set_value(&now);
        }
    };
    view! {
        <div class="field">
            <span class="field-label">
                <label for=id.clone()>{label.clone()}</label>
                {hint.map(|text| view! { <Hint label=label text=text /> })}
            </span>
            <select
                id=id
                data-testid=testid
                aria-describedby=below.clone()
                on:change=choose
            >
                {move || {
                    let now = value.get();
                    options
                        .get()
                        .into_iter()
                        .map(|(key, words)| {
                            let selected = key == now;
                            // The attribute does nothing any more once an option was picked.
                            view! { <option value=key prop:selected=selected>{words}</option> }
                        })
                        .collect_view()
                }}
            </select>
            <span class="field-note" id=below>{move || note.run()}</span>
        </div>
    }
}

/// A number between bounds, both included, or the words for what could stand there.
pub(crate) fn parse_between<T>(text: &str, least: T, most: T) -> Result<T, String>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    text.trim()
        .parse()
        .ok()
        .filter(|n| *n >= least && *n <= most)
        .ok_or_else(|| format!("A number from {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_the_bounds_are_refused_in_words() {
        assert_eq!(parse_between(" 7 ", 1u32, 9), Ok(7));
        assert_eq!(parse_between("0.5", 0.0, 1.0), Ok(0.5));
        assert_eq!(parse_between("10", 1u32, 9), Err("A number from 1 to 9".to_owned()));
        assert!(parse_between("NaN", 0.0, 1.0).is_err());
        assert!(parse_between("7.5", 1u32, 9).is_err());
    }
}
