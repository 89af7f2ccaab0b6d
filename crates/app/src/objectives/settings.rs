//! All settings, made from `protocol::SETTINGS`: what is added there is here.

use crate::experiment::Experiment;
use crate::fields::{Field, Select};
use leptos::prelude::*;
use trefoil_protocol::{Kind, ObjectiveName, RunConfig, SETTINGS, Setting, Value};

/// An expander with every setting, the general ones first.
#[component]
pub(super) fn AllSettings() -> impl IntoView {
    let config = expect_context::<Experiment>().config;
    let changed = Memo::new(move |_| config.with(|c| c.set.len()));
    let count = move || match changed.get() {
        0 => String::new(),
        1 => "1 changed".to_owned(),
        n => format!("{n} changed"),
    };
    let mut groups: Vec<&'static [ObjectiveName]> = Vec::new();
    for setting in SETTINGS {
        if !groups.contains(&setting.only) {
            groups.push(setting.only);
        }
    }
    view! {
        <details class="panel all-settings" data-testid="all-settings">
            <summary>
                <span>"All settings"</span>
                <span class="soft small">{count}</span>
            </summary>
            <div class="setting-groups">
                {groups.into_iter().map(|only| view! { <Group only=only /> }).collect_view()}
            </div>
            <Show when=move || { changed.get() > 0 }>
                <button
                    type="button"
                    class="button small"
                    data-testid="reset-settings"
                    on:click=move |_| config.update(|c| c.set.clear())
                >
                    "Put all back to their defaults"
                </button>
            </Show>
        </details>
    }
}

/// `CLIP, Symile`, without what stands behind a comma in a title.
fn short(name: ObjectiveName) -> &'static str {
    name.title().split(',').next().unwrap_or_default()
}

#[component]
fn Group(only: &'static [ObjectiveName]) -> impl IntoView {
    let config = expect_context::<Experiment>().config;
    let unused = Memo::new(move |_| {
        !only.is_empty() && config.with(|c| !c.objectives.iter().any(|o| only.contains(&o.name)))
    });
    let title = match only {
        [] => "All objectives".to_owned(),
        names => names.iter().map(|n| short(*n)).collect::<Vec<_>>().join(" and "),
    };
    let dots = only.iter().map(|n| view! { <span class=format!("dot square o-{}", n.key()) /> });
    let fields =
        SETTINGS.iter().filter(|s| s.only == only).map(|s| view! { <Control setting=s /> });
    view! {
        <fieldset class="setting-group">
            <legend>
                <span class="dots" aria-hidden="true">{dots.collect_view()}</span>
                {title}
                <span class="soft">{move || unused.get().then_some(" (not in this run)")}</span>
            </legend>
            <div class="fields">{fields.collect_view()}</div>
        </fieldset>
    }
}

/// The default of `setting` for the objectives of the run that look at it; one value where they
/// agree.
fn default_of(config: &RunConfig, setting: &Setting) -> Result<Value, String> {
    let names: Vec<ObjectiveName> = ObjectiveName::ALL
        .iter()
        .copied()
        .filter(|name| setting.applies_to(*name))
        .filter(|name| config.objectives.iter().any(|o| o.name == *name))
        .collect();
    let names = if names.is_empty() { ObjectiveName::ALL.to_vec() } else { names };
    let values: Vec<(ObjectiveName, Value)> =
        names.into_iter().filter_map(|n| Some((n, n.defaults().get(setting.key)?))).collect();
    let first = values.first().map_or(Value::Word(String::new()), |(_, value)| value.clone());
    if values.iter().all(|(_, value)| *value == first) {
        Ok(first)
    } else {
        let each: Vec<String> = values.iter().map(|(n, v)| format!("{} {v}", short(*n))).collect();
        Err(each.join(", "))
    }
}

#[component]
fn Control(setting: &'static Setting) -> impl IntoView {
    let config = expect_context::<Experiment>().config;
    let default = Memo::new(move |_| config.with(|c| default_of(c, setting)));
    let set = Memo::new(move |_| config.with(|c| c.set.get(setting.key).cloned()));
    let value = Signal::derive(move || match (set.get(), default.get()) {
        (Some(value), _) | (None, Ok(value)) => value.to_string(),
        (None, Err(_)) => String::new(),
    });
    let put = move |text: String| {
        if text.trim().is_empty() {
            config.update(|c| {
                c.set.remove(setting.key);
            });
            return Ok(());
        }
        let value = setting.parse(&text).map_err(|_| bounds(setting.kind))?;
        config.update(|c| {
            if default.get_untracked().as_ref() == Ok(&value) {
                c.set.remove(setting.key);
            } else {
                c.set.insert(setting.key.to_owned(), value);
            }
        });
        Ok(())
    };
    let back = move |_| {
        config.update(|c| {
            c.set.remove(setting.key);
        });
    };
    let note = move || {
        let words = match default.get() {
            Ok(value) => format!("Default {value}"),
            Err(each) => format!("Default {each}"),
        };
        view! {
            <span>{words}</span>
            {set.get().is_some().then(|| {
                view! {
                    <button
                        type="button"
                        class="link-button"
                        aria-label=format!("{}: back to the default", setting.label)
                        on:click=back
                    >
                        "Put back"
                    </button>
                }
            })}
        }
    };
    let testid = format!("set-{}", setting.key);
    match setting.kind {
        Kind::Choice(words) => {
            let options: Vec<_> =
                words.iter().map(|w| ((*w).to_owned(), (*w).to_owned())).collect();
            // A choice cannot be wrong.
            let apply = Callback::new(move |text: String| drop(put(text)));
            view! {
                <Select
                    label=setting.label
                    hint=setting.help
                    value=value
                    options=options
                    apply=apply
                    note=note
                    testid=testid
                />
            }
            .into_any()
        }
        Kind::Count { .. } | Kind::Number { .. } => view! {
            <Field
                label=setting.label
                hint=setting.help
                value=value
                apply=Callback::new(put)
                note=note
                testid=testid
            />
        }
        .into_any(),
    }
}

/// What could stand there.
fn bounds(kind: Kind) -> String {
    match kind {
        Kind::Count { min, max } => format!("A whole number from {min} to {max}"),
        Kind::Number { min, max } => format!("A number from {min} to {max}"),
        Kind::Choice(words) => format!("One of {}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_default_and_words() {
        let config = RunConfig::default();
        for setting in SETTINGS {
            assert!(default_of(&config, setting).is_ok_and(|v| !v.to_string().is_empty()));
            assert!(!setting.label.is_empty() && !setting.help.is_empty());
        }
    }
}
