//! What each block of an objective tells of each label: the leakage matrix.

use super::angles::angles;
use super::bits::bits;
use super::cells::{block_words, in_words};
use super::control;
use super::frame::{Picture, Waiting, measured};
use super::probes::{ALL, metric_words};
use super::stage::{Column, Finding, Stage};
use super::words;
use crate::format::{fixed, percent};
use crate::widgets::Hint;
use leptos::prelude::*;
use trefoil_plot::Heat;
use trefoil_protocol::{Metric, ProbeKind, ProbeResult, Split};

/// Share of the way from chance to one that is not more than chance.
const FLOOR: f64 = 0.05;

/// The picture.
#[component]
pub(super) fn Leakage() -> impl IntoView {
    let kind = RwSignal::new(ProbeKind::Mlp);
    let segment = move |of: ProbeKind, text: &'static str| {
        view! {
            <button
                type="button"
                class="segment"
                aria-pressed=move || (kind.get() == of).to_string()
                on:click=move |_| kind.set(of)
            >
                {text}
            </button>
        }
    };
    let controls = move || {
        view! {
            <span class="compare-control" id="bits-probe">"Bits by"</span>
            <div class="segments" role="group" aria-labelledby="bits-probe" data-testid="bits-kind">
                {segment(ProbeKind::Linear, "linear")} {segment(ProbeKind::Mlp, "MLP")}
            </div>
            <Hint label="bits" text=words::BITS />
            <p class="key small" aria-hidden="true">
                <span class="key-halves"><span></span><span></span></span>
                "upper: linear probe, lower: MLP "
                <span class="key-ramp"></span>
                "chance to 100"
            </p>
        }
    };
    view! {
        <Picture
            id="leakage"
            title="What each block tells"
            term="leakage matrix"
            hint=words::LEAKAGE
            lead="Which label can be read from which block? A label that one modality has alone should not show in what is shared, nor the other way round."
            controls=controls
            draw=move |column| view! { <Columned column kind /> }
        />
    }
}

#[component]
fn Columned(column: Column, kind: RwSignal<ProbeKind>) -> impl IntoView {
    let stage = expect_context::<Stage>();
    let finding = stage.finding(column.slot);
    let name = column.name();
    measured(finding, move |found| {
        if found.0.probes.is_empty() {
            let text = "There is no label to probe: load a labels file.";
            return view! { <Waiting text /> }.into_any();
        }
        if found.0.rows != Split::Test {
            return view! { <Waiting text="With the report at the end." /> }.into_any();
        }
        let control = found.0.control.as_ref();
        view! {
            {matrix(&name, &found.0)}
            {doubts(&found.0.doubts)}
            {bits(&found.0.needs_several, kind.get(), control)}
            {control::sentence(&found, kind.get())}
            {found.0.orthogonality.as_ref().map(angles)}
        }
        .into_any()
    })
}

/// What to doubt in the blocks themselves.
fn doubts(words: &[String]) -> Option<AnyView> {
    let lines: Vec<_> = words.iter().map(|text| view! { <li>{text.clone()}</li> }).collect();
    (!lines.is_empty()).then(|| {
        view! { <ul class="bullets small warn" data-testid="block-doubts">{lines}</ul> }.into_any()
    })
}

/// A label as a row: all its values have one metric.
struct Row<'a> {
    target: &'a str,
    metric: Metric,
    chance: f64,
}

/// Labels, a class by balanced accuracy.
fn rows(probes: &[ProbeResult]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for probe in probes.iter().filter(|p| p.metric != Metric::Auroc) {
        if !rows.iter().any(|row| row.target == probe.target) {
            rows.push(Row { target: &probe.target, metric: probe.metric, chance: probe.chance });
        }
    }
    rows
}

/// What is read from: everything, and the objective's blocks. Where there is one block the
/// modalities alone, too: that is what can leak.
fn columns(blocks: usize, probes: &[ProbeResult]) -> Vec<String> {
    let mut columns = vec![ALL.to_owned()];
    let single = blocks < 2;
    for probe in probes {
        let wanted = single || !probe.block.starts_with("modality:");
        if wanted && !columns.contains(&probe.block) {
            columns.push(probe.block.clone());
        }
    }
    columns
}

fn matrix(name: &str, finding: &Finding) -> AnyView {
    if finding.blocks.is_empty() {
        let text = "It has no blocks of its own that could leak.";
        return view! { <Waiting text /> }.into_any();
    }
    let (rows, columns) = (rows(&finding.probes), columns(finding.blocks.len(), &finding.probes));
    let heads: Vec<_> = columns
        .iter()
        .map(|column| {
            let words = block_words(column);
            let rank = finding.blocks.iter().find(|b| b.name == *column).map(|b| b.rank);
            let rank = rank.map(|r| format!(", {r} dimensions")).unwrap_or_default();
            view! {
                <th scope="col" tabindex="-1" data-tip=format!("{words}{rank}")>
                    <span class="tilted">{words.clone()}</span>
                </th>
            }
        })
        .collect();
    let lines: Vec<_> = rows.iter().map(|row| line(row, &columns, &finding.probes)).collect();
    let label = format!(
        "What the blocks of {name} tell: {} labels from {} parts, in percent; linear probe above, MLP below. Arrow keys move between cells.",
        rows.len(),
        columns.len()
    );
    view! {
        <div class="recovery-scroll">
            <table class="matrix recovery leakage" data-grid tabindex="0" aria-label=label>
                <thead>
                    <tr>
                        <th class="corner" scope="col">"label"</th>
                        {heads}
                        <th scope="col" tabindex="-1" data-tip="what guessing gives">
                            <span class="tilted">"chance"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn line(row: &Row<'_>, columns: &[String], probes: &[ProbeResult]) -> AnyView {
    let metric = metric_words(row.metric);
    let cells: Vec<_> = columns
        .iter()
        .map(|column| {
            let of = |kind: ProbeKind| {
                probes.iter().find(|p| {
                    let here = p.target == row.target && p.block == *column;
                    here && p.metric == row.metric && p.probe == kind
                })
            };
            let (linear, mlp) = (of(ProbeKind::Linear), of(ProbeKind::Mlp));
            let told = |probe: Option<&ProbeResult>| {
                let Some(probe) = probe else { return "nothing to probe".to_owned() };
                let bits = probe.information.mean.map(|b| format!(", {} bits", fixed(b, 2)));
                format!("{}{}", in_words(&probe.value), bits.unwrap_or_default())
            };
            let tip = format!(
                "{} from {}, {metric}: linear {}; MLP {}; chance {}",
                row.target,
                block_words(column),
                told(linear),
                told(mlp),
                percent(row.chance)
            );
            view! {
                <td class="cell" tabindex="-1" data-tip=tip.clone() aria-label=tip>
                    {half(linear)}
                    {half(mlp)}
                </td>
            }
        })
        .collect();
    view! {
        <tr>
            <th scope="row" tabindex="-1" data-tip=format!("{}, {metric}", row.target)>
                <span class="cut">{row.target.to_owned()}</span>
            </th>
            {cells}
            <td class="chance-cell">{fixed(row.chance * 100.0, 0)}</td>
        </tr>
    }
    .into_any()
}

/// One probe of a cell: its number on a ground as dark as it is far from chance.
fn half(probe: Option<&ProbeResult>) -> impl IntoView + use<> {
    let mean = probe.and_then(|p| p.value.mean);
    let above = probe.zip(mean).map(|(p, mean)| share(mean, p.chance));
    let (class, level) = match Heat::new(above, FLOOR, 1.0) {
        Heat::Missing => ("half cell missing", 0.0),
        Heat::Empty => ("half cell empty", 0.0),
        Heat::Filled(level) => ("half cell filled", level),
    };
    let text = mean.map(|m| fixed(m.max(-0.99) * 100.0, 0)).unwrap_or_default();
    view! { <span class=class style=("--v", format!("{level:.3}"))>{text}</span> }
}

/// How far a value is on the way from chance to one.
fn share(value: f64, chance: f64) -> f64 {
    (value - chance) / (1.0 - chance).max(f64::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trefoil_protocol::Cell;

    fn probe(target: &str, block: &str, metric: Metric) -> ProbeResult {
        ProbeResult {
            target: target.to_owned(),
            block: block.to_owned(),
            probe: ProbeKind::Linear,
            metric,
            fit_rows: 10,
            chance: 0.5,
            baseline: None,
            value: Cell::default(),
            information: Cell::default(),
        }
    }

    fn probes(parts: &[&str]) -> Vec<ProbeResult> {
        let both = [Metric::Accuracy, Metric::Auroc];
        parts.iter().flat_map(|b| both.map(|metric| probe("y", b, metric))).collect()
    }

    #[test]
    fn columns_are_what_can_leak() {
        let parts = probes(&["all", "shared", "unique:a", "shared:a", "modality:a"]);
        assert_eq!(columns(2, &parts), ["all", "shared", "unique:a", "shared:a"]);
        let parts = probes(&["all", "shared", "modality:a"]);
        assert_eq!(columns(1, &parts), ["all", "shared", "modality:a"], "CoMM");
    }

    #[test]
    fn a_class_has_one_row_and_shade_starts_at_chance() {
        let parts = probes(&["all", "shared"]);
        let rows = rows(&parts);
        assert_eq!((rows.len(), rows[0].metric), (1, Metric::Accuracy));
        assert!((share(0.75, 0.5) - 0.5).abs() < 1e-12 && share(0.4, 0.5) < 0.0);
    }
}
