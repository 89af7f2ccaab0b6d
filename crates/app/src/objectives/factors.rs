//! How many factors the modalities share: what HCL's linear theory counts before anything trains,
//! the evidence, and the sizes of blocks, which the user has the last word on.

use crate::experiment::Experiment;
use crate::fields::{Field, parse_between};
use crate::format::{count, counted, fixed};
use crate::link::Link;
use crate::widgets::Hint;
use crate::words;
use leptos::prelude::*;
use std::collections::BTreeMap;
use trefoil_plot::Scale;
use trefoil_protocol::{
    BlockRanks, Command, FactorCounts, FactorEvidence, LARGEST_BLOCK, ObjectiveName, ObjectiveSpec,
    RunConfig, Value,
};

/// Values of a plot that are drawn; the edge is among the first few of them or not there at all.
const MOST_VALUES: usize = 16;

/// An expander, where HCL is among the objectives.
#[component]
pub(super) fn SharedFactors() -> impl IntoView {
    let config = expect_context::<Experiment>().config;
    let hcl = Memo::new(move |_| {
        config.with(|c| c.objectives.iter().any(|o| o.name == ObjectiveName::Hcl))
    });
    view! {
        <Show when=move || hcl.get()>
            <details class="panel all-settings shared-factors" data-testid="shared-factors">
                <summary>
                    <span>"Sizes of HCL\u{2019}s blocks: how many factors are shared?"</span>
                    <span class="soft small">{move || config.with(in_use)}</span>
                </summary>
                <p class="soft">
                    "HCL has a block for each set of modalities. Its linear theory can count, on the "
                    "training rows and before anything trains, how many factors each set shares "
                    <Hint label="counting shared factors" text=words::FACTORS />
                    ". The counts are an offer: overrule them where you know better."
                </p>
                <Counted />
            </details>
        </Show>
    }
}

fn hcl_of(config: &RunConfig) -> trefoil_protocol::Settings {
    config.settings(&ObjectiveSpec::new(ObjectiveName::Hcl))
}

/// What the run takes now.
fn in_use(config: &RunConfig) -> String {
    let settings = hcl_of(config);
    match settings.ranks {
        BlockRanks::Equal => format!("each of size {}", settings.rank),
        BlockRanks::Found => "as counted".to_owned(),
        BlockRanks::Given(_) => "your own".to_owned(),
    }
}

fn put(config: &mut RunConfig, ranks: &BlockRanks) {
    if *ranks == BlockRanks::Equal {
        config.set.remove("ranks");
    } else {
        config.set.insert("ranks".to_owned(), Value::Word(ranks.to_string()));
    }
}

#[component]
fn Counted() -> impl IntoView {
    let link = expect_context::<Link>();
    let counts = Memo::new(move |_| link.view.with(|view| view.factors.clone()));
    let loaded = Memo::new(move |_| link.view.with(|view| view.data.is_some()));
    let config = expect_context::<Experiment>().config;
    // Sizes that a link brought are in force before anything is counted.
    let own = Memo::new(move |_| {
        config.with(|c| match hcl_of(c).ranks {
            ranks @ BlockRanks::Given(_) => Some(ranks.to_string().replace(',', ", ")),
            _ => None,
        })
    });
    let alike = move |_| config.update(|c| put(c, &BlockRanks::Equal));
    let counting = Memo::new(move |_| {
        let is_it = |task: &trefoil_protocol::Task| task.name.starts_with("Counting");
        link.view.with(|view| view.task.as_ref().is_some_and(is_it))
    });
    move || {
        match counts.get() {
        Some(counts) => view! { <Evidence counts=counts.clone() /> <Sizes counts=counts /> }.into_any(),
        None => view! {
            <button
                type="button"
                class="button"
                data-testid="count-factors"
                disabled=move || !loaded.get() || counting.get()
                on:click=move |_| link.send(Command::CountFactors)
            >
                {move || if counting.get() { "Counting\u{2026}" } else { "Count shared factors" }}
            </button>
            <p class="soft small">
                {move || {
                    if let (true, Some(sizes)) = (loaded.get(), own.get()) {
                        format!("Takes seconds. In force are sizes of your own: {sizes}.")
                    } else if loaded.get() {
                        "Takes seconds. Until then every block has the block size of the settings below."
                            .to_owned()
                    } else {
                        "Choose data first.".to_owned()
                    }
                }}
            </p>
            <Show when=move || own.get().is_some()>
                <button type="button" class="button small" on:click=alike>"Make all alike again"</button>
            </Show>
        }
        .into_any(),
    }
    }
}

/// The plots: values against the edge of noise.
#[component]
fn Evidence(counts: FactorCounts) -> impl IntoView {
    let place = |name: &String| counts.modalities.iter().position(|m| m == name);
    let is_pair = |e: &&FactorEvidence| e.given.len() == 1;
    // Both directions of a pair have the same values.
    let first = |e: &&FactorEvidence| place(&e.given[0]) < place(&e.target);
    let pairs: Vec<_> = counts.evidence.iter().filter(is_pair).filter(first).map(plot).collect();
    let sets: Vec<_> = counts.evidence.iter().filter(|e| !is_pair(e)).map(plot).collect();
    let rows = counted(u64::from(counts.rows), "training row", "training rows");
    let left_out = (counts.incomplete > 0).then(|| {
        format!(
            " {} that lack a modality were left out: the theory has none for them.",
            counted(u64::from(counts.incomplete), "row", "rows")
        )
    });
    let warnings: Vec<_> =
        counts.warnings.iter().map(|text| view! { <li>{text.clone()}</li> }).collect();
    view! {
        <p class="small">
            "Counted on " {rows} " that have every modality." {left_out}
        </p>
        <p class="key small evidence-key">
            <span class="key-counts"></span>
            "shared"
            <span class="key-noise"></span>
            "no more than noise"
            <span class="key-edge"></span>
            "edge of noise"
        </p>
        <p class="soft small">
            "A bar is a direction, the strongest first; its height is how much the two sides vary "
            "together there, from 0 (singular value of their whitened covariance)."
        </p>
        <div class="evidence" data-testid="factor-evidence">{pairs}</div>
        {(!sets.is_empty()).then(|| view! {
            <details class="evidence-more">
                <summary class="small">"With several modalities on one side"</summary>
                <div class="evidence">{sets}</div>
            </details>
        })}
        {(!warnings.is_empty()).then(|| view! { <ul class="bullets small warn">{warnings}</ul> })}
    }
}

fn plot(evidence: &FactorEvidence) -> AnyView {
    let shown = &evidence.values[..evidence.values.len().min(MOST_VALUES)];
    let top = shown.iter().copied().fold(evidence.edge, f64::max);
    let scale = Scale::new(0.0, top.max(1e-9)).nice(3);
    let step = 100.0 / MOST_VALUES as f64;
    let height = |value: f64| 60.0 * scale.within(value);
    let bars: Vec<_> = shown
        .iter()
        .enumerate()
        .map(|(i, &value)| {
            let tall = height(value);
            let class = if value > evidence.edge { "counts" } else { "noise" };
            view! {
                <rect
                    class=class
                    x=fixed(i as f64 * step + 0.2 * step, 2)
                    y=fixed(62.0 - tall, 2)
                    width=fixed(0.6 * step, 2)
                    height=fixed(tall, 2)
                />
            }
        })
        .collect();
    let edge = fixed(62.0 - height(evidence.edge), 2);
    let (given, target) = (evidence.given.join(" + "), evidence.target.clone());
    let words = format!(
        "{given} and {target}: {} of {} above the edge of noise, {}. The largest is {}.",
        evidence.count,
        count(evidence.values.len() as u64),
        fixed(evidence.edge, 2),
        evidence.values.first().map_or_else(|| "none".to_owned(), |v| fixed(*v, 2)),
    );
    view! {
        <figure class="evidence-plot">
            <svg viewBox="0 0 100 64" role="img" aria-label=words preserveAspectRatio="none">
                {bars}
                <line class="edge" x1="0" x2="100" y1=edge.clone() y2=edge />
            </svg>
            <figcaption class="small">
                <b>{evidence.count}</b>
                " shared by "
                {given} " and " {target}
                <span class="soft">
                    " · edge " {fixed(evidence.edge, 2)}
                    " · largest " {evidence.values.first().map(|v| fixed(*v, 2))}
                </span>
            </figcaption>
        </figure>
    }
    .into_any()
}

/// What each block gets: counted beside what the run takes, to be overruled.
#[component]
fn Sizes(counts: FactorCounts) -> impl IntoView {
    let config = expect_context::<Experiment>().config;
    let names: Vec<(String, Option<u32>)> = counts
        .blocks
        .iter()
        .map(|b| (b.name.clone(), Some(b.count)))
        .chain(counts.modalities.iter().map(|m| (m.clone(), None)))
        .collect();
    let all = StoredValue::new(names.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
    let counts = StoredValue::new(counts);
    // As the run takes them: every block by its name.
    let sizes = Memo::new(move |_| {
        config.with(|c| {
            let settings = hcl_of(c);
            match settings.ranks {
                BlockRanks::Given(sizes) => sizes,
                BlockRanks::Found => match counts.with_value(|n| n.ranks(settings.rank)) {
                    BlockRanks::Given(sizes) => sizes,
                    _ => BTreeMap::new(),
                },
                BlockRanks::Equal => {
                    all.with_value(|all| all.iter().map(|n| (n.clone(), settings.rank)).collect())
                }
            }
        })
    });
    let rows: Vec<_> = names
        .into_iter()
        .map(|(name, count)| {
            let of = name.clone();
            let value = Signal::derive(move || {
                sizes.with(|sizes| sizes.get(&of).copied().unwrap_or(0).to_string())
            });
            let of = name.clone();
            let apply = Callback::new(move |text: String| {
                let size = parse_between(&text, 0, LARGEST_BLOCK)?;
                let mut next = sizes.get_untracked();
                next.insert(of.clone(), size);
                next.retain(|_, size| *size > 0);
                if next.is_empty() {
                    return Err("One block at least needs a size".to_owned());
                }
                config.update(|c| put(c, &BlockRanks::Given(next)));
                Ok(())
            });
            let note = move || match count {
                Some(count) => view! { <span>"Counted " {count}</span> }.into_any(),
                None => view! { <span>"Its own, noise and all"</span> }.into_any(),
            };
            let testid = format!("block-{name}");
            view! { <Field label=name value=value apply=apply note=note testid=testid /> }
        })
        .collect();
    let ranks = Memo::new(move |_| config.with(|c| hcl_of(c).ranks));
    let choice = move |ranks_of: BlockRanks, words: &'static str, testid: &'static str| {
        let pressed = ranks_of.clone();
        view! {
            <button
                type="button"
                class="segment"
                data-testid=testid
                aria-pressed=move || ranks.with(|now| *now == pressed).to_string()
                on:click=move |_| config.update(|c| put(c, &ranks_of))
            >
                {words}
            </button>
        }
    };
    view! {
        <h4>"Dimensions of each block in the next run"</h4>
        <div class="segments" role="group" aria-label="Sizes of blocks">
            {choice(BlockRanks::Equal, "All alike", "ranks-equal")}
            {choice(BlockRanks::Found, "As counted", "ranks-found")}
            <button
                type="button"
                class="segment"
                disabled
                aria-pressed=move || {
                    ranks.with(|now| matches!(now, BlockRanks::Given(_))).to_string()
                }
            >
                "Your own"
            </button>
        </div>
        <div class="fields block-sizes" data-testid="block-sizes">{rows}</div>
        <p class="soft small">
            "0 leaves a block out. With sizes that are too large for the others to tell them apart, "
            "a note under \u{201c}What training will take\u{201d} says so."
        </p>
    }
}
