//! Data with known truth: three worlds and their few parameters.

use crate::experiment::Experiment;
use crate::fields::{Field, Select, Takes, parse_between};
use crate::widgets::Hint;
use crate::words;
use leptos::prelude::*;
use std::collections::BTreeMap;
use trefoil_protocol::{DataSource, Generator};

/// Rows of a new world.
const ROWS: u32 = 2000;

fn xor() -> Generator {
    Generator::Xor { bits: 5, p: 1.0, rows: ROWS }
}

fn hierarchy() -> Generator {
    Generator::Hierarchy { dims: vec![20; 3], ranks: ranks(3), noise: 0.3, rows: ROWS }
}

fn rus() -> Generator {
    Generator::Rus { flips: false, noise: 0.3, rows: ROWS }
}

/// One factor that all share, one a pair, one that each keeps.
fn ranks(modalities: usize) -> BTreeMap<String, u32> {
    subsets(modalities)
        .into_iter()
        .filter(|set| {
            let size = set.split('+').count();
            size <= 2 || size == modalities
        })
        .map(|set| (set, 2))
        .collect()
}

/// Names of the subsets of the first modalities, larger ones first: `a+b+c`, `a+b`, …
fn subsets(modalities: usize) -> Vec<String> {
    let letters: Vec<char> = ('a'..='h').take(modalities).collect();
    let mut sets: Vec<Vec<char>> = (1u32..1 << letters.len())
        .map(|bits| (0..letters.len()).filter(|i| bits >> i & 1 == 1).map(|i| letters[i]).collect())
        .collect();
    sets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    sets.iter().map(|set| set.iter().map(char::to_string).collect::<Vec<_>>().join("+")).collect()
}

fn key(generator: &Generator) -> &'static str {
    match generator {
        Generator::Xor { .. } => "xor",
        Generator::Hierarchy { .. } => "hierarchy",
        Generator::Rus { .. } => "rus",
    }
}

/// Cards, and the parameters of the world in use.
#[component]
pub(super) fn Generated() -> impl IntoView {
    let experiment = expect_context::<Experiment>();
    let now = Memo::new(move |_| {
        let of = |data: &DataSource| match data {
            DataSource::Generated(generator) => Some(generator.clone()),
            _ => None,
        };
        match &*experiment.reading.read() {
            Some(data) => of(data),
            None => experiment.config.with(|config| of(&config.data)),
        }
    });
    let worlds = [
        (
            xor(),
            "Exclusive or",
            "Bits a and b are random; c is their exclusive or. No pair of modalities shares anything: only all three together do.",
        ),
        (
            hierarchy(),
            "Hierarchy",
            "Hidden factors, some shared by all modalities, some by pairs, some by none. Which objective takes them apart?",
        ),
        (
            rus(),
            "Redundant, unique, synergistic",
            "Two modalities and three labels: one that both tell, some that one tells, one that only both together tell.",
        ),
    ];
    let shape = Memo::new(move |_| now.with(|now| now.as_ref().map(|g| (key(g), modalities(g)))));
    view! {
        <ul class="cards">
            {worlds
                .map(|(world, title, about)| {
                    let name = key(&world);
                    let pressed = move || {
                        now.with(|now| now.as_ref().is_some_and(|now| key(now) == name)).to_string()
                    };
                    view! {
                        <li>
                            <button
                                type="button"
                                class="card"
                                aria-pressed=pressed
                                data-testid=format!("world-{name}")
                                on:click=move |_| {
                                    experiment.choose(DataSource::Generated(world.clone()));
                                }
                            >
                                <span class="card-title">{title}</span>
                                <span class="card-text">{about}</span>
                            </button>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
        <p class="soft small">"Known truth" <Hint label="known truth" text=words::WORLD /></p>
        {move || {
            shape.get().map(|_| now.get_untracked().map(|g| view! { <Parameters start=g now=now /> }))
        }}
    }
}

fn modalities(generator: &Generator) -> usize {
    match generator {
        Generator::Hierarchy { dims, .. } => dims.len(),
        Generator::Xor { .. } => 3,
        Generator::Rus { .. } => 2,
    }
}

/// A number of a generator: how it is read and written.
type Shown = fn(&Generator) -> String;
type Typed = fn(&mut Generator, &str) -> Result<(), String>;

fn rows(generator: &mut Generator) -> &mut u32 {
    match generator {
        Generator::Xor { rows, .. }
        | Generator::Hierarchy { rows, .. }
        | Generator::Rus { rows, .. } => rows,
    }
}

#[component]
fn Parameters(start: Generator, now: Memo<Option<Generator>>) -> impl IntoView {
    let experiment = expect_context::<Experiment>();
    let current = Signal::derive(move || now.get().unwrap_or_else(xor));
    let change = move |put: &dyn Fn(&mut Generator) -> Result<(), String>| {
        let mut next = current.get_untracked();
        put(&mut next)?;
        if next != current.get_untracked() {
            experiment.choose(DataSource::Generated(next));
        }
        Ok(())
    };
    let field = move |label: &'static str, id: &'static str, get: Shown, put: Typed| {
        view! {
            <Field
                label=label
                value=Signal::derive(move || current.with(get))
                apply=Callback::new(move |text: String| change(&|g| put(g, &text)))
                takes=Takes::Leaving
                testid=id
            />
        }
    };
    let own = match &start {
        Generator::Xor { .. } => view! {
            {field("Bits of each modality", "bits", |g| match g {
                Generator::Xor { bits, .. } => bits.to_string(),
                _ => String::new(),
            }, |g, text| {
                if let Generator::Xor { bits, .. } = g { *bits = parse_between(text, 1, 64)?; }
                Ok(())
            })}
            {field("Share of rows that are an exclusive or", "p", |g| match g {
                Generator::Xor { p, .. } => p.to_string(),
                _ => String::new(),
            }, |g, text| {
                if let Generator::Xor { p, .. } = g { *p = parse_between(text, 0.0, 1.0)?; }
                Ok(())
            })}
        }
        .into_any(),
        Generator::Hierarchy { dims, .. } => {
            let count = dims.len();
            view! {
                <Count current=current />
                {field("Columns of each modality", "dims", |g| match g {
                    Generator::Hierarchy { dims, .. } => {
                        dims.first().map(u32::to_string).unwrap_or_default()
                    }
                    _ => String::new(),
                }, |g, text| {
                    if let Generator::Hierarchy { dims, .. } = g {
                        let columns = parse_between(text, 1, 512)?;
                        dims.fill(columns);
                    }
                    Ok(())
                })}
                {field("Noise", "noise", noise_of, put_noise)}
                <Ranks current=current count=count />
            }
            .into_any()
        }
        Generator::Rus { .. } => view! {
            {field("Noise", "noise", noise_of, put_noise)}
            <Select
                label="Random signs"
                hint="Whether each group of columns also has a random sign in each row, so that no label can be read linearly from the raw columns."
                value=Signal::derive(move || current.with(|g| {
                    matches!(g, Generator::Rus { flips: true, .. }).to_string()
                }))
                options=vec![("false".to_owned(), "off".to_owned()), ("true".to_owned(), "on".to_owned())]
                apply=Callback::new(move |text: String| {
                    // A choice cannot be wrong.
                    let _done = change(&|g| {
                        if let Generator::Rus { flips, .. } = g { *flips = text == "true"; }
                        Ok(())
                    });
                })
                testid="flips"
            />
        }
        .into_any(),
    };
    view! {
        <div class="fields world">
            {own}
            {field("Rows", "rows", |g| rows(&mut g.clone()).to_string(), |g, text| {
                *rows(g) = parse_between(text, 20, 200_000)?;
                Ok(())
            })}
        </div>
    }
}

fn noise_of(generator: &Generator) -> String {
    match generator {
        Generator::Hierarchy { noise, .. } | Generator::Rus { noise, .. } => noise.to_string(),
        Generator::Xor { .. } => String::new(),
    }
}

fn put_noise(generator: &mut Generator, text: &str) -> Result<(), String> {
    match generator {
        Generator::Hierarchy { noise, .. } | Generator::Rus { noise, .. } => {
            *noise = parse_between(text, 0.0, 10.0)?;
        }
        Generator::Xor { .. } => {}
    }
    Ok(())
}

/// How many modalities a hierarchy has; another number starts with the usual factors.
#[component]
fn Count(current: Signal<Generator>) -> impl IntoView {
    let experiment = expect_context::<Experiment>();
    let apply = move |text: String| {
        let mut next = current.get_untracked();
        if let Generator::Hierarchy { dims, ranks: factors, .. } = &mut next
            && let Ok(count) = text.parse::<usize>()
        {
            dims.resize(count, dims.first().copied().unwrap_or(20));
            *factors = ranks(count);
        }
        experiment.choose(DataSource::Generated(next));
    };
    let options: Vec<_> = (2..=5).map(|n| (n.to_string(), n.to_string())).collect();
    view! {
        <Select
            label="Modalities"
            hint=words::MODALITY
            value=Signal::derive(move || current.with(modalities).to_string())
            options=options
            apply=Callback::new(apply)
            testid="modalities"
        />
    }
}

/// Factors of each subset.
#[component]
fn Ranks(current: Signal<Generator>, count: usize) -> impl IntoView {
    let experiment = expect_context::<Experiment>();
    let fields = subsets(count).into_iter().map(|set| {
        let label = match set.split('+').count() {
            1 => format!("Factors of {set} alone"),
            n if n == count => "Factors that all share".to_owned(),
            _ => format!("Factors of {}", set.replace('+', " and ")),
        };
        let (read, write) = (set.clone(), set.clone());
        let value = move || {
            current.with(|g| match g {
                Generator::Hierarchy { ranks, .. } => {
                    ranks.get(&read).copied().unwrap_or(0).to_string()
                }
                _ => String::new(),
            })
        };
        let apply = move |text: String| {
            let rank = parse_between(&text, 0u32, 16)?;
            let mut next = current.get_untracked();
            if let Generator::Hierarchy { ranks, .. } = &mut next {
                if rank == 0 {
                    ranks.remove(&write);
                } else {
                    ranks.insert(write.clone(), rank);
                }
            }
            if next != current.get_untracked() {
                experiment.choose(DataSource::Generated(next));
            }
            Ok(())
        };
        view! {
            <Field
                label=label
                value=Signal::derive(value)
                apply=Callback::new(apply)
                takes=Takes::Leaving
                testid=format!("rank-{set}")
            />
        }
    });
    fields.collect_view()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsets_are_named_as_generators_name_them() {
        assert_eq!(subsets(3), ["a+b+c", "a+b", "a+c", "b+c", "a", "b", "c"]);
    }

    #[test]
    fn a_hierarchy_starts_with_all_pairs_and_singles() {
        let keys: Vec<String> = ranks(4).into_keys().collect();
        assert_eq!(keys.len(), 1 + 6 + 4);
        assert!(!keys.contains(&"a+b+c".to_owned()));
    }
}
