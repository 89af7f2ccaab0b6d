//! Section 2: what is trained, how long, how often, and every setting.

mod factors;
mod settings;

use crate::experiment::Experiment;
use crate::fields::{Field, parse_between};
use crate::icons::{Icon, Picture};
use crate::widgets::{Hint, Section};
use crate::words;
use leptos::prelude::*;
use settings::AllSettings;
use trefoil_protocol::{MAX_SEEDS, MAX_STEPS, ObjectiveName, ObjectiveSpec, RunConfig};

/// The section.
#[component]
pub(crate) fn Objectives() -> impl IntoView {
    let experiment = expect_context::<Experiment>();
    let differs = Memo::new(move |_| experiment.differs());
    view! {
        <Section
            id="objectives"
            number=2
            title="Objectives"
            lead="Choose what the models are trained to do. All of them get the same rows, batches and \
                  seeds, so that what differs between the columns below is the objective alone."
        >
            <p class="soft small">
                "Objective" <Hint label="objective" text=words::OBJECTIVE />
            </p>
            <ul class="cards objectives">
                {ObjectiveName::ALL.iter().map(|&name| view! { <Card name=name /> }).collect_view()}
            </ul>
            <div class="fields main-fields">
                <Numbers />
            </div>
            <p class="applies" role="status" data-testid="applies">
                {move || {
                    if differs.get() {
                        "Changed since this run began: applies when you train again."
                    } else {
                        ""
                    }
                }}
            </p>
            <factors::SharedFactors />
            <AllSettings />
        </Section>
    }
}

/// One line of plain words for each.
fn idea(name: ObjectiveName) -> (&'static str, &'static str) {
    match name {
        ObjectiveName::Clip => {
            ("What any two modalities have in common, pair by pair.", words::CLIP)
        }
        ObjectiveName::Symile => {
            ("What only shows when all modalities are taken together.", words::SYMILE)
        }
        ObjectiveName::Hcl => {
            ("A block for each set of modalities: shared by all, by some, by one.", words::HCL)
        }
        ObjectiveName::Coral => (
            "What modalities share, what each has alone, and what only several tell.",
            words::CORAL,
        ),
        ObjectiveName::Comm => ("What fusing the modalities adds to each one alone.", words::COMM),
        ObjectiveName::CrossSelf => {
            ("What modalities share, and what each one tells of itself.", words::CROSS_SELF)
        }
    }
}

/// Its page about the method, which is built beside this one.
fn page(name: ObjectiveName) -> &'static str {
    match name {
        ObjectiveName::Clip => "methods/clip.html",
        ObjectiveName::Symile => "methods/symile.html",
        ObjectiveName::Hcl => "methods/hcl.html",
        ObjectiveName::Coral => "methods/coral.html",
        ObjectiveName::Comm => "methods/coral.html#comm",
        ObjectiveName::CrossSelf => "methods/coral.html#crossself",
    }
}

#[component]
fn Card(name: ObjectiveName) -> impl IntoView {
    let experiment = expect_context::<Experiment>();
    let config = experiment.config;
    let on = Memo::new(move |_| config.with(|c| c.objectives.iter().any(|o| o.name == name)));
    let last = Memo::new(move |_| {
        on.get() && config.with(|c| c.objectives.iter().all(|o| o.name == name))
    });
    let own = Memo::new(move |_| {
        config.with(|c| {
            c.objectives.iter().filter(|o| o.name == name).cloned().collect::<Vec<ObjectiveSpec>>()
        })
    });
    let (line, about) = idea(name);
    view! {
        <li class=format!("card objective o-{}", name.key()) class:off=move || !on.get()>
            <label class="objective-head">
                <input
                    type="checkbox"
                    class="switch"
                    data-testid=format!("objective-{}", name.key())
                    prop:checked=on
                    disabled=last
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        config.update(|config| toggle(config, name, on));
                    }
                />
                <span class="card-title">{name.title()}</span>
            </label>
            <p class="card-text">{line} " " <Hint label=name.title() text=about /> " "
                <a href=page(name) target="_blank" rel="noopener">"How it works"</a></p>
            <Show when=move || last.get()>
                <p class="soft small">"At least one objective trains."</p>
            </Show>
            {move || own.get().into_iter().map(|spec| view! { <Own spec=spec /> }).collect_view()}
        </li>
    }
}

/// Adds an objective where the usual order has it, or takes it out with all its variants.
fn toggle(config: &mut RunConfig, name: ObjectiveName, on: bool) {
    config.objectives.retain(|o| o.name != name);
    if on {
        let at = config.objectives.iter().position(|o| o.name > name);
        let at = at.unwrap_or(config.objectives.len());
        config.objectives.insert(at, ObjectiveSpec::new(name));
    }
}

/// Settings that a link gives to one objective alone, each of which can be taken back.
#[component]
fn Own(spec: ObjectiveSpec) -> impl IntoView {
    let config = expect_context::<Experiment>().config;
    let label = spec.label();
    let chips = spec.set.into_iter().map(|(key, value)| {
        let label = label.clone();
        let words = format!("{key} = {value}");
        let taken = key.clone();
        let take = move |_| {
            config.update(|config| {
                let mut next = config.clone();
                for spec in next.objectives.iter_mut().filter(|o| o.label() == label) {
                    spec.set.remove(&taken);
                }
                // It may have been a variant of one that is there too.
                let mut seen = Vec::new();
                next.objectives.retain(|o| {
                    let fresh = !seen.contains(&o.label());
                    seen.push(o.label());
                    fresh
                });
                *config = next;
            });
        };
        view! {
            <button
                type="button"
                class="tag"
                aria-label=format!("{words}, for this objective alone. Take it back")
                on:click=take
            >
                {words.clone()} <Icon picture=Picture::Close />
            </button>
        }
    });
    view! { <div class="tags">{chips.collect_view()}</div> }
}

/// Steps, seeds, first seed.
#[component]
fn Numbers() -> impl IntoView {
    let config = expect_context::<Experiment>().config;
    let default = RunConfig::default();
    let usual = |n: u64| move || view! { <span>"Usual: " {n}</span> };
    view! {
        <Field
            label="Steps"
            hint=words::STEPS
            value=Signal::derive(move || config.with(|c| c.steps.to_string()))
            apply=Callback::new(move |text: String| {
                let steps = parse_between(&text, 1, MAX_STEPS)?;
                config.update(|c| c.steps = steps);
                Ok(())
            })
            note=usual(u64::from(default.steps))
            testid="steps"
        />
        <Field
            label="Seeds"
            hint=words::SEEDS
            value=Signal::derive(move || config.with(|c| c.seeds.to_string()))
            apply=Callback::new(move |text: String| {
                let seeds = parse_between(&text, 1, MAX_SEEDS)?;
                config.update(|c| c.seeds = seeds);
                Ok(())
            })
            note=usual(u64::from(default.seeds))
            testid="seeds"
        />
        <Field
            label="First seed"
            hint=words::SEED
            value=Signal::derive(move || config.with(|c| c.seed.to_string()))
            apply=Callback::new(move |text: String| {
                let seed = parse_between(&text, 0, u64::MAX)?;
                config.update(|c| c.seed = seed);
                Ok(())
            })
            note=usual(default.seed)
            testid="seed"
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objectives_come_back_where_they_were() {
        let mut config = RunConfig::default();
        let before = config.objectives.clone();
        toggle(&mut config, ObjectiveName::Symile, false);
        assert_eq!(config.objectives.len(), before.len() - 1);
        toggle(&mut config, ObjectiveName::Symile, true);
        assert_eq!(config.objectives, before);
    }
}
