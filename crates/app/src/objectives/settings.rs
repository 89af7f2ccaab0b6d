//! All settings, made from `protocol::SETTINGS`: what is added there is here.

use crate::experiment::Experiment;
use crate::fields::{Field, Select, Wrong};
use leptos::prelude::*;
use trefoil_protocol::{Kind, ObjectiveName, RunConfig, SETTINGS, Setting, Value};

/// What nothing comes to where the objectives have different defaults.
const EACH: &str = "each its own";

/// An expander with every setting, the general ones first.
#[component]
pub(super) fn AllSettings() -> impl IntoView {
    let config = expect_context::<Experiment>().config;
    let wrong = expect_context::<Wrong>();
    let put_all_back = move |_| {
        config.update(clear);
        wrong.forget();
    };
    let changed = Memo::new(move |_| {
        config.with(|c| c.set.len() + c.objectives.iter().map(|o| o.set.len()).sum::<usize>())
    });
    let scope = RwSignal::new(None::<ObjectiveName>);
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
            <Scopes scope=scope />
            <div class="setting-groups">
                {groups
                    .into_iter()
                    .map(|only| view! { <Group only=only scope=scope /> })
                    .collect_view()}
            </div>
            <Show when=move || { changed.get() > 0 }>
                <button
                    type="button"
                    class="button small"
                    data-testid="reset-settings"
                    on:click=put_all_back
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

/// Every setting back to its default. Variants that are then the same are one.
fn clear(config: &mut RunConfig) {
    config.set.clear();
    config.objectives.iter_mut().for_each(|o| o.set.clear());
    config.objectives.dedup();
}

/// For whom the controls below are: all objectives, or one alone.
#[component]
fn Scopes(scope: RwSignal<Option<ObjectiveName>>) -> impl IntoView {
    let config = expect_context::<Experiment>().config;
    let chosen = Memo::new(move |_| {
        let names = config.with(|c| c.objectives.iter().map(|o| o.name).collect::<Vec<_>>());
        let mut scopes = vec![None];
        for name in names {
            if !scopes.contains(&Some(name)) {
                scopes.push(Some(name));
            }
        }
        scopes
    });
    Effect::new(move || {
        if !chosen.get().contains(&scope.get()) {
            scope.set(None);
        }
    });
    let button = move |of: Option<ObjectiveName>| {
        let words = of.map_or("All alike", short);
        let id = of.map_or("scope-all".to_owned(), |name| format!("scope-{}", name.key()));
        view! {
            <button
                type="button"
                class="segment"
                data-testid=id
                aria-pressed=move || (scope.get() == of).to_string()
                on:click=move |_| scope.set(of)
            >
                {words}
            </button>
        }
    };
    view! {
        <div class="segments scopes" role="group" aria-label="For which objective">
            {move || chosen.get().into_iter().map(button).collect_view()}
        </div>
        <p class="soft small">
            {move || match scope.get() {
                None => "What is set here holds for every objective that looks at it.".to_owned(),
                Some(name) => format!(
                    "What is set here holds for {} alone; its column then says so.",
                    short(name)
                ),
            }}
        </p>
    }
}

#[component]
fn Group(only: &'static [ObjectiveName], scope: RwSignal<Option<ObjectiveName>>) -> impl IntoView {
    let config = expect_context::<Experiment>().config;
    let unused = Memo::new(move |_| {
        !only.is_empty() && config.with(|c| !c.objectives.iter().any(|o| only.contains(&o.name)))
    });
    let title = match only {
        [] => "All objectives".to_owned(),
        names => names.iter().map(|n| short(*n)).collect::<Vec<_>>().join(" and "),
    };
    let dots = only.iter().map(|n| view! { <span class=format!("dot square o-{}", n.key()) /> });
    let fields = SETTINGS
        .iter()
        .filter(|s| s.only == only)
        .map(|s| view! { <Control setting=s scope=scope /> });
    let beside = move || scope.get().is_some_and(|name| !only.is_empty() && !only.contains(&name));
    view! {
        <fieldset class="setting-group" hidden=beside>
            <legend>
                {(!only.is_empty())
                    .then(|| {
                        view! { <span class="dots" aria-hidden="true">{dots.collect_view()}</span> }
                    })}
                {title}
                <span class="soft">{move || unused.get().then_some(" (not in this run)")}</span>
            </legend>
            <div class="fields">{fields.collect_view()}</div>
        </fieldset>
    }
}

/// The default of `setting` for the objectives of the run that look at it; one value where they
/// agree.
fn default_of(
    config: &RunConfig,
    setting: &Setting,
    scope: Option<ObjectiveName>,
) -> Result<Value, String> {
    if let Some(name) = scope {
        let general = config.set.get(setting.key).cloned();
        return general.or_else(|| name.defaults().get(setting.key)).ok_or_else(String::new);
    }
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

/// Why nothing in the run looks at `setting`, though objectives are there that could.
fn idle(
    config: &RunConfig,
    setting: &Setting,
    scope: Option<ObjectiveName>,
) -> Option<&'static str> {
    let all = config.objectives.iter();
    let of_scope = all.filter(|o| scope.is_none_or(|name| name == o.name));
    let mut why = None;
    for spec in of_scope.filter(|o| setting.applies_to(o.name)) {
        why = Some(config.settings(spec).idle(spec.name, setting.key)?);
    }
    why
}

/// What a control shows: where nothing was set and the defaults differ, nothing.
fn shown(set: Option<Value>, default: Result<Value, String>) -> String {
    set.or(default.ok()).map_or_else(String::new, |value| value.to_string())
}

/// The words of a choice; where the defaults differ, also none of them, or a browser would show
/// the first as if it held for all.
fn choices(words: &[&str], default: &Result<Value, String>) -> Vec<(String, String)> {
    let each = default.is_err().then(|| (String::new(), EACH.to_owned()));
    each.into_iter().chain(words.iter().map(|w| ((*w).to_owned(), (*w).to_owned()))).collect()
}

/// What was set for `key`, for all or for one objective alone.
fn set_of(config: &RunConfig, key: &str, scope: Option<ObjectiveName>) -> Option<Value> {
    match scope {
        None => config.set.get(key).cloned(),
        Some(name) => config.objectives.iter().find(|o| o.name == name)?.set.get(key).cloned(),
    }
}

/// Sets `key`, or takes that back.
fn put_in(config: &mut RunConfig, key: &str, value: Option<Value>, scope: Option<ObjectiveName>) {
    let set = match scope {
        None => Some(&mut config.set),
        Some(name) => config.objectives.iter_mut().find(|o| o.name == name).map(|o| &mut o.set),
    };
    if let Some(set) = set {
        match value {
            Some(value) => set.insert(key.to_owned(), value),
            None => set.remove(key),
        };
    }
}

#[component]
fn Control(setting: &'static Setting, scope: RwSignal<Option<ObjectiveName>>) -> impl IntoView {
    let config = expect_context::<Experiment>().config;
    let default = Memo::new(move |_| config.with(|c| default_of(c, setting, scope.get())));
    let set = Memo::new(move |_| config.with(|c| set_of(c, setting.key, scope.get())));
    let value = Signal::derive(move || shown(set.get(), default.get()));
    let empty = Signal::derive(move || match default.get() {
        Ok(value) => value.to_string(),
        Err(_) => EACH.to_owned(),
    });
    let store = move |value: Option<Value>| {
        config.update(|c| put_in(c, setting.key, value, scope.get_untracked()));
    };
    let put = move |text: String| {
        if text.trim().is_empty() {
            store(None);
            return Ok(());
        }
        let value = setting.parse(&text).ok().ok_or_else(|| bounds(setting.kind))?;
        let usual = default.get_untracked().as_ref() == Ok(&value);
        store((!usual).then_some(value));
        Ok(())
    };
    let back = move |_| store(None);
    let unused = Memo::new(move |_| config.with(|c| idle(c, setting, scope.get())));
    let note = move || {
        let words = match default.get() {
            Ok(value) if scope.get().is_some() => format!("Otherwise {value}"),
            Ok(value) => format!("Default {value}"),
            Err(each) => format!("Default {each}"),
        };
        view! {
            <span>{words}</span>
            {unused.get().map(|why| {
                // A default that nothing looks at is nobody's mistake.
                let class = if set.get().is_some() { "warn" } else { "" };
                view! { <span class=class>"Not looked at: " {why}</span> }
            })}
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
    let control = move || match setting.kind {
        Kind::Choice(words) => {
            let options = Signal::derive(move || default.with(|default| choices(words, default)));
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
                    testid=testid.clone()
                />
            }
            .into_any()
        }
        Kind::Count { .. } | Kind::Number { .. } | Kind::Ranks => view! {
            <Field
                label=setting.label
                hint=setting.help
                value=value
                apply=Callback::new(put)
                placeholder=empty
                note=note
                words=setting.kind == Kind::Ranks
                testid=testid.clone()
            />
        }
        .into_any(),
    };
    // What was typed for one objective is not for another: each starts with a field of its own.
    move || {
        scope.track();
        control()
    }
}

/// What could stand there.
fn bounds(kind: Kind) -> String {
    match kind {
        Kind::Count { min, max } => format!("A whole number from {min} to {max}"),
        Kind::Number { min, max } => format!("A number from {min} to {max}"),
        Kind::Choice(words) => format!("One of {}", words.join(", ")),
        Kind::Ranks => "equal, found, or blocks with their sizes: a+b=2,c=1".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trefoil_protocol::ObjectiveSpec;

    #[test]
    fn every_setting_has_a_default_and_words() {
        let all = ObjectiveName::ALL.iter().copied().map(ObjectiveSpec::new).collect();
        let config = RunConfig { objectives: all, ..RunConfig::default() };
        for setting in SETTINGS {
            let default = default_of(&config, setting, None);
            // The value, or what each objective has where they differ.
            let words = default.clone().map_or_else(|w| w, |v| v.to_string());
            assert!(!words.is_empty(), "{}", setting.key);
            assert!(!setting.label.is_empty() && !setting.help.is_empty());
            if let Kind::Choice(words) = setting.kind {
                let options = choices(words, &default);
                let each = options.first() == Some(&(String::new(), EACH.to_owned()));
                assert_eq!(each, default.is_err(), "{}", setting.key);
                // A browser shows the first of them in place of one that is not there.
                let now = shown(None, default);
                assert!(options.iter().any(|(key, _)| *key == now), "{}", setting.key);
            }
        }
    }

    #[test]
    fn a_choice_for_all_can_be_the_default_of_one() {
        let objectives = [ObjectiveName::Clip, ObjectiveName::Hcl].map(ObjectiveSpec::new).into();
        let mut config = RunConfig { objectives, ..RunConfig::default() };
        let activation = Setting::find("activation").unwrap();
        let now = |config: &RunConfig| {
            shown(set_of(config, "activation", None), default_of(config, activation, None))
        };
        assert_eq!(now(&config), "");
        put_in(&mut config, "activation", Some(activation.parse("relu").unwrap()), None);
        assert_eq!(now(&config), "relu");
        put_in(&mut config, "activation", None, None);
        assert_eq!(now(&config), "");
    }

    #[test]
    fn a_setting_is_idle_only_where_nobody_looks() {
        let tokens = Setting::find("tokens").unwrap();
        let objectives = ["coral:tokenizer=feature", "comm"].map(|text| text.parse().unwrap());
        let mut config = RunConfig { objectives: objectives.into(), ..RunConfig::default() };
        assert_eq!(idle(&config, tokens, None), None);
        assert!(idle(&config, tokens, Some(ObjectiveName::Coral)).is_some());
        config.objectives.pop();
        assert!(idle(&config, tokens, None).is_some());
        config.objectives.clear();
        assert_eq!(idle(&config, tokens, None), None);
    }

    #[test]
    fn one_objective_alone_starts_from_what_all_have() {
        let mut config = RunConfig::default();
        let hcl = Some(ObjectiveName::Hcl);
        let (wide, narrow) = (Value::Number(256.0), Value::Number(16.0));
        put_in(&mut config, "width", Some(wide.clone()), None);
        put_in(&mut config, "width", Some(narrow.clone()), hcl);
        let width = Setting::find("width").unwrap();
        assert_eq!(default_of(&config, width, hcl), Ok(wide));
        assert_eq!(set_of(&config, "width", hcl), Some(narrow));
        assert_eq!(set_of(&config, "width", Some(ObjectiveName::Clip)), None);
        clear(&mut config);
        assert_eq!(config, RunConfig::default());
    }
}
