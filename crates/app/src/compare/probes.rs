//! Probes: how well labels can be read.

use super::cells::{block_words, in_words, interval};
use super::frame::{Picture, Waiting, measured};
use super::stage::{Column, Found, Stage};
use super::words;
use crate::format::{fixed, percent};
use crate::widgets::Hint;
use leptos::prelude::*;
use trefoil_plot::{Bar, Scale};
use trefoil_protocol::{Metric, ProbeKind, ProbeResult, Split};

/// What is shown.
#[derive(Clone, Debug, PartialEq)]
struct Choice {
    /// One label from each block; without: every label from the whole embedding.
    label: Option<String>,
    kind: ProbeKind,
    /// Of labels that are classes.
    metric: Metric,
}

/// The whole embedding, among the blocks.
pub(super) const ALL: &str = "all";

/// The picture.
#[component]
pub(super) fn Probes() -> impl IntoView {
    let stage = expect_context::<Stage>();
    let wanted =
        RwSignal::new(Choice { label: None, kind: ProbeKind::Linear, metric: Metric::Accuracy });
    let shown = stage.shown();
    let labels = Memo::new(move |_| shown.with(|all| labels(all)));
    let live = Memo::new(move |_| {
        shown.with(|all| all.iter().all(|found| found.0.rows == Split::Validation))
    });
    // What there is not yet, or not any more, is not shown: live there are only linear probes
    // from the whole embedding.
    let choice = Memo::new(move |_| {
        let Choice { label, kind, metric } = wanted.get();
        let label = label.filter(|label| labels.with(|all| all.contains(label)));
        let kind = if live.get() { ProbeKind::Linear } else { kind };
        Choice { label, kind, metric }
    });
    let rows = Memo::new(move |_| shown.with(|all| choice.with(|choice| rows(all, choice))));
    let controls = move || view! { <Controls wanted choice labels live /> };
    view! {
        <Picture
            id="probes"
            title="Probes"
            term="what can be read off"
            hint=words::PROBES
            lead="Can the label be read, better than by chance and better than from the raw features?"
            controls=controls
            draw=move |column| view! { <Columned column choice rows /> }
        />
    }
}

#[component]
fn Controls(
    wanted: RwSignal<Choice>,
    choice: Memo<Choice>,
    labels: Memo<Vec<String>>,
    live: Memo<bool>,
) -> impl IntoView {
    let options = move || {
        let chosen = choice.with(|c| c.label.clone());
        labels
            .get()
            .into_iter()
            .map(|label| {
                let selected = chosen.as_ref() == Some(&label);
                view! { <option value=label.clone() selected=selected>{label.clone()}</option> }
            })
            .collect_view()
    };
    let kind = move |of: ProbeKind, text: &'static str| {
        view! {
            <button
                type="button"
                class="segment"
                aria-pressed=move || choice.with(|c| c.kind == of).to_string()
                disabled=move || of == ProbeKind::Mlp && live.get()
                title=move || {
                    (of == ProbeKind::Mlp && live.get()).then_some("In the report at the end")
                }
                on:click=move |_| wanted.update(|c| c.kind = of)
            >
                {text}
            </button>
        }
    };
    let metric = move |of: Metric, text: &'static str| {
        view! {
            <button
                type="button"
                class="segment"
                aria-pressed=move || choice.with(|c| c.metric == of).to_string()
                on:click=move |_| wanted.update(|c| c.metric = of)
            >
                {text}
            </button>
        }
    };
    view! {
        <label class="compare-control">
            "Label"
            <select
                data-testid="probe-label"
                on:change=move |event| {
                    let label = event_target_value(&event);
                    wanted.update(|c| c.label = (!label.is_empty()).then_some(label));
                }
            >
                <option value="">"every label, from the whole embedding"</option>
                {options}
            </select>
        </label>
        <div class="segments" role="group" aria-label="Kind of probe" data-testid="probe-kind">
            {kind(ProbeKind::Linear, "linear")} {kind(ProbeKind::Mlp, "MLP")}
        </div>
        <div class="segments" role="group" aria-label="Metric of classes" data-testid="probe-metric">
            {metric(Metric::Accuracy, "balanced accuracy")} {metric(Metric::Auroc, "AUROC")}
        </div>
        <Hint label="metric" text=words::METRIC />
        <p class="key small" aria-hidden="true">
            <span class="key-dot"></span>
            "mean and interval"
            <span class="key-tick"></span>
            "chance"
            <span class="key-diamond"></span>
            "raw features"
        </p>
    }
}

/// Labels of any column, in order of appearance.
fn labels(all: &[Found]) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for probe in all.iter().flat_map(|found| &found.0.probes) {
        if !labels.contains(&probe.target) {
            labels.push(probe.target.clone());
        }
    }
    labels
}

/// Rows that all columns have: labels, or the whole embedding and each modality alone. Blocks of
/// one column's own come after them.
fn rows(all: &[Found], choice: &Choice) -> Vec<String> {
    if choice.label.is_none() {
        return labels(all);
    }
    let mut rows = vec![ALL.to_owned()];
    for probe in all.iter().flat_map(|found| &found.0.probes) {
        if probe.block.starts_with("modality:") && !rows.contains(&probe.block) {
            rows.push(probe.block.clone());
        }
    }
    rows
}

#[component]
fn Columned(column: Column, choice: Memo<Choice>, rows: Memo<Vec<String>>) -> impl IntoView {
    let stage = expect_context::<Stage>();
    let finding = stage.finding(column.slot);
    measured(finding, move |found| {
        if found.0.probes.is_empty() {
            let text = "There is no label to probe: load a labels file.";
            return view! { <Waiting text /> }.into_any();
        }
        choice.with(|choice| rows.with(|rows| drawn(&found.0.probes, choice, rows)))
    })
}

fn drawn(probes: &[ProbeResult], choice: &Choice, rows: &[String]) -> AnyView {
    let mut rows = rows.to_vec();
    if let Some(label) = &choice.label {
        for probe in probes.iter().filter(|p| p.target == *label) {
            if !rows.contains(&probe.block) {
                rows.push(probe.block.clone());
            }
        }
    }
    let lines: Vec<_> = rows
        .iter()
        .map(|row| {
            let (target, block) = match &choice.label {
                Some(label) => (label.as_str(), row.as_str()),
                None => (row.as_str(), ALL),
            };
            let name = match choice.label {
                Some(_) => block_words(row),
                None => row.clone(),
            };
            line(&name, find(probes, choice, target, block))
        })
        .collect();
    view! {
        <div class="probes" data-grid tabindex="0" role="group" aria-label="Arrow keys move between probes">
            {lines}
            <div class="probe-axis" aria-hidden="true">
                <span>"0"</span>
                <span>"50"</span>
                <span>"100"</span>
            </div>
        </div>
    }
    .into_any()
}

/// The probe of `target` from `block`: a number has one metric; of a class's, the chosen one if it
/// has it, else the other.
fn find<'a>(
    probes: &'a [ProbeResult],
    choice: &Choice,
    target: &str,
    block: &str,
) -> Option<&'a ProbeResult> {
    let mut found =
        probes.iter().filter(|p| p.target == target && p.block == block && p.probe == choice.kind);
    let first = found.clone().next();
    found.find(|p| p.metric == choice.metric).or(first)
}

fn line(name: &str, probe: Option<&ProbeResult>) -> AnyView {
    let Some(probe) = probe else {
        return view! {
            <div class="probe absent">
                <span class="cut">{name.to_owned()}</span>
                <span class="value">"\u{2013}"</span>
                <span class="track"></span>
            </div>
        }
        .into_any();
    };
    let metric = metric_words(probe.metric);
    let scale = Scale::new(0.0, 1.0);
    let at = |v: f64| format!("{:.2}%", scale.within(v) * 100.0);
    let raw = probe
        .baseline
        .map(|b| format!("; raw features of the same modalities {}", percent(b)))
        .unwrap_or_default();
    let bits = probe.information.mean.map(|bits| format!("; {} bits", fixed(bits, 2)));
    let tip = format!(
        "{name}: {metric} {}{}; chance {}{raw}",
        in_words(&probe.value),
        bits.unwrap_or_default(),
        percent(probe.chance)
    );
    let bar = Bar::new(scale, probe.value.mean, interval(&probe.value));
    let value = probe.value.mean.map_or_else(|| "\u{2013}".to_owned(), |m| fixed(m * 100.0, 0));
    let seeds = probe
        .value
        .per_seed
        .iter()
        .flatten()
        .map(|v| view! { <span class="seed" style=("left", at(*v))></span> })
        .collect_view();
    let dot = bar.map(|bar| {
        let whisker = bar.whisker.map(|(low, high)| {
            let (left, width) = (at(low), format!("{:.2}%", (high - low) * 100.0));
            view! { <span class="whisker" style=("left", left) style=("width", width)></span> }
        });
        let end = probe.value.mean.map_or(0.0, |m| m.max(0.0));
        view! {
            {whisker}
            <span class="mean" class:cut-off=bar.cut style=("left", at(end))></span>
        }
    });
    view! {
        <div class="probe" tabindex="-1" role="img" aria-label=tip.clone() data-tip=tip>
            <span class="cut">{name.to_owned()}</span>
            <span class="metric">{metric_short(probe.metric)}</span>
            <span class="value">{value}</span>
            <span class="track">
                <span class="chance" style=("left", at(probe.chance))></span>
                {probe.baseline.map(|b| view! { <span class="raw" style=("left", at(b))></span> })}
                {seeds}
                {dot}
            </span>
        </div>
    }
    .into_any()
}

pub(super) fn metric_words(metric: Metric) -> &'static str {
    match metric {
        Metric::Accuracy => "balanced accuracy",
        Metric::Auroc => "AUROC",
        Metric::R2 => "R\u{b2}",
    }
}

fn metric_short(metric: Metric) -> &'static str {
    match metric {
        Metric::Accuracy => "acc.",
        Metric::Auroc => "AUROC",
        Metric::R2 => "R\u{b2}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trefoil_protocol::Cell;

    fn probe(target: &str, block: &str, probe: ProbeKind, metric: Metric) -> ProbeResult {
        ProbeResult {
            target: target.to_owned(),
            block: block.to_owned(),
            probe,
            metric,
            fit_rows: 100,
            chance: 0.5,
            baseline: None,
            value: Cell::default(),
            information: Cell::default(),
        }
    }

    #[test]
    fn the_chosen_metric_is_shown_where_there_is_one() {
        let probes = [
            probe("sex", "all", ProbeKind::Linear, Metric::Accuracy),
            probe("sex", "all", ProbeKind::Linear, Metric::Auroc),
            probe("age", "all", ProbeKind::Linear, Metric::R2),
            probe("age", "all", ProbeKind::Mlp, Metric::R2),
        ];
        let choice = Choice { label: None, kind: ProbeKind::Linear, metric: Metric::Auroc };
        let metric = |target| find(&probes, &choice, target, "all").map(|p| p.metric);
        assert_eq!(metric("sex"), Some(Metric::Auroc));
        assert_eq!(metric("age"), Some(Metric::R2));
        assert_eq!(metric("height"), None);
        let mlp = Choice { kind: ProbeKind::Mlp, ..choice };
        assert_eq!(find(&probes, &mlp, "sex", "all"), None);
    }
}
