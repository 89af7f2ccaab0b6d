//! Which of HCL's blocks a label needs.

use super::cells::{block_words, interval};
use super::frame::{Picture, Waiting, measured};
use super::shares::fill;
use super::stage::{Column, Found, Stage};
use super::words;
use crate::format::{NONE, count, fixed};
use leptos::prelude::*;
use trefoil_plot::{Bar, Scale};
use trefoil_protocol::{BlockSelection, SelectedBlock, Split};

/// The picture; there is none without HCL.
#[component]
pub(super) fn NeededBlocks() -> impl IntoView {
    let stage = expect_context::<Stage>();
    let wanted = RwSignal::new(None::<String>);
    let shown = stage.shown();
    let labels = Memo::new(move |_| shown.with(|all| labels(all)));
    let label = Memo::new(move |_| {
        let wanted = wanted.get();
        labels.with(|all| wanted.filter(|w| all.contains(w)).or_else(|| all.first().cloned()))
    });
    let axis =
        Memo::new(move |_| shown.with(|all| label.with(|label| axis(all, label.as_deref()))));
    let options = move || {
        let chosen = label.get();
        labels
            .get()
            .into_iter()
            .map(|label| {
                let selected = chosen.as_ref() == Some(&label);
                view! { <option value=label.clone() selected=selected>{label.clone()}</option> }
            })
            .collect_view()
    };
    let controls = move || {
        view! {
            <label class="compare-control">
                "Label"
                <select
                    data-testid="needed-label"
                    on:change=move |event| wanted.set(Some(event_target_value(&event)))
                >
                    {options}
                </select>
            </label>
            <p class="key small" aria-hidden="true">
                <span class="key-needed"></span>
                "needed"
                <span class="key-unneeded"></span>
                "not needed"
            </p>
            <p class="soft small">
                {move || {
                    let high = axis.get().high();
                    format!("Bars: size of the coefficients, 0 to {}", fixed(high, 2))
                }}
            </p>
        }
    };
    let hcl = Memo::new(move |_| {
        stage.columns.with(|columns| columns.iter().any(|column| column.class == "o-hcl"))
    });
    view! {
        <Show when=move || hcl.get()>
            <Picture
                id="needed"
                title="Needed blocks"
                term="group lasso, then least squares"
                hint=words::NEEDED
                lead="Blocks that the label needs, by group lasso (the size of the penalty is our rule). Only what a straight line can use is seen."
                controls=controls
                draw=move |column| view! { <Columned column label axis /> }
            />
        </Show>
    }
}

/// Labels of any column, in order of appearance.
fn labels(all: &[Found]) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for selection in all.iter().flat_map(|found| &found.0.selection) {
        if !labels.contains(&selection.target) {
            labels.push(selection.target.clone());
        }
    }
    labels
}

/// One axis for all columns.
fn axis(all: &[Found], label: Option<&str>) -> Scale {
    let of_label = |s: &&BlockSelection| label == Some(s.target.as_str());
    let highest = all
        .iter()
        .flat_map(|found| found.0.selection.iter().filter(of_label))
        .flat_map(|s| &s.blocks)
        .filter_map(|b| b.norm.high.or(b.norm.mean))
        .fold(0.1, f64::max);
    Scale::new(0.0, highest).nice(4)
}

#[component]
fn Columned(column: Column, label: Memo<Option<String>>, axis: Memo<Scale>) -> impl IntoView {
    let stage = expect_context::<Stage>();
    let finding = stage.finding(column.slot);
    let hcl = column.class == "o-hcl";
    measured(finding, move |found| {
        let waiting = |text: &'static str| view! { <Waiting text /> }.into_any();
        if !hcl {
            return waiting("It has no blocks for sets of modalities.");
        }
        if found.0.rows != Split::Test {
            return waiting("With the report at the end.");
        }
        let label = label.get();
        let of_label = |s: &&BlockSelection| label.as_deref() == Some(s.target.as_str());
        let groups: Vec<_> =
            found.0.selection.iter().filter(of_label).map(|s| group(s, axis.get())).collect();
        if groups.is_empty() {
            return waiting(
                "Nothing to select for: it takes a label that is a number or has at most four classes, and rows that have every modality.",
            );
        }
        view! { <div class="bars needed" data-grid tabindex="0" role="group" aria-label="Arrow keys move between blocks">{groups}</div> }
            .into_any()
    })
}

fn group(found: &BlockSelection, axis: Scale) -> AnyView {
    let title = match &found.class {
        Some(class) => format!("{} = {class}", found.target),
        None => found.target.clone(),
    };
    let r2 = |value: Option<f64>| value.map_or_else(|| NONE.to_owned(), |v| fixed(v, 2));
    let tip = format!(
        "{title}: R\u{b2} on test rows {} by the blocks needed, {} by all blocks; fitted on {} rows",
        r2(found.r2.mean),
        r2(found.r2_all.mean),
        count(u64::from(found.fit_rows))
    );
    let bars: Vec<_> = found.blocks.iter().map(|block| bar(&title, block, axis)).collect();
    view! {
        <p class="needed-title" tabindex="-1" data-tip=tip>
            <strong>{title}</strong>
            <span class="soft">
                {format!("R\u{b2} {} of {} by all", r2(found.r2.mean), r2(found.r2_all.mean))}
            </span>
        </p>
        {bars}
    }
    .into_any()
}

fn bar(title: &str, block: &SelectedBlock, axis: Scale) -> AnyView {
    let seeds = block.norm.per_seed.iter().flatten().count();
    let name = block_words(&block.name);
    let (norm, shrunk) = (block.norm.mean.unwrap_or(0.0), block.shrunk.mean.unwrap_or(0.0));
    let kept = if block.seeds == 0 {
        "not needed".to_owned()
    } else if seeds > 1 {
        format!("{} of {seeds} seeds", block.seeds)
    } else {
        "needed".to_owned()
    };
    let tip = format!(
        "{title} from {name}: {kept}; size of coefficients {}, in the lasso {}",
        fixed(norm, 3),
        fixed(shrunk, 3)
    );
    let drawn =
        (block.seeds > 0).then(|| Bar::new(axis, block.norm.mean, interval(&block.norm)).map(fill));
    view! {
        <div class="need block" class:unneeded=block.seeds == 0 tabindex="-1" role="img" aria-label=tip.clone() data-tip=tip>
            <span class="cut">{name.clone()}</span>
            <span class="value">{kept}</span>
            <span class="gauge">{drawn}</span>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_without_a_bar_is_there_all_the_same() {
        assert!(axis(&[], None).high() >= 0.1);
        assert_eq!(labels(&[]), Vec::<String>::new());
    }
}
