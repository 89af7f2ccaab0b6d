//! What points are coloured by.

use super::Linked;
use crate::widgets::unique_id;
use leptos::prelude::*;
use trefoil_protocol::{Colour, Command, LabelKind};

/// What there is to colour by.
#[derive(Clone, Debug, Default, PartialEq)]
struct Columns {
    /// Classes and numbers of the labels file.
    labels: Vec<String>,
    /// Modalities and the columns in use of each.
    features: Vec<(String, Vec<String>)>,
}

/// What the data are, at a glance: a change of these is a change of the data.
type Glance = Option<(u32, u32, Vec<(String, u32)>, usize)>;

/// The select of labels, and for the many columns of a modality a field that completes.
#[component]
pub(super) fn Choose() -> impl IntoView {
    let linked = expect_context::<Linked>();
    let view = linked.stage.link.view;
    let glance = Memo::new(move |_| -> Glance {
        view.with(|view| {
            let data = view.data.as_ref()?;
            let inputs = data.modalities.iter().map(|m| (m.name.clone(), m.inputs)).collect();
            Some((data.rows, data.distinct_ids, inputs, data.labels.len()))
        })
    });
    let columns = Memo::new(move |_| {
        glance.track();
        view.with_untracked(|view| view.data.as_ref().map(columns).unwrap_or_default())
    });
    let modality = RwSignal::new(None::<String>);
    let ask = move |by: Option<Colour>| {
        linked.selected.set(None);
        linked.by.set(by.clone());
        if let Some(by) = by {
            linked.stage.link.send(Command::Colour { by });
        }
    };
    // Other data, or the first: a label, else a column.
    Effect::new(move |_| {
        let default = columns.with(first);
        modality.set(match &default {
            Some(Colour::Feature { modality, .. }) => Some(modality.clone()),
            _ => None,
        });
        ask(default);
    });
    let chosen = move |event: leptos::ev::Event| {
        let value = event_target_value(&event);
        if let Some(name) = value.strip_prefix("feature:") {
            modality.set(Some(name.to_owned()));
            let first = columns.with(|columns| {
                let of = columns.features.iter().find(|(m, _)| m == name);
                of.and_then(|(_, all)| all.first().cloned())
            });
            ask(first.map(|column| Colour::Feature { modality: name.to_owned(), column }));
        } else {
            modality.set(None);
            let column = value.strip_prefix("label:").map(str::to_owned);
            ask(column.map(|column| Colour::Label { column }));
        }
    };
    let feature = move |event: leptos::ev::Event| {
        let column = event_target_value(&event);
        let Some(modality) = modality.get_untracked() else { return };
        let known = columns.with(|columns| {
            columns.features.iter().any(|(m, all)| *m == modality && all.contains(&column))
        });
        if known {
            ask(Some(Colour::Feature { modality, column }));
        }
    };
    let list = unique_id("columns");
    let list_id = list.clone();
    let named = move || match linked.by.get() {
        Some(Colour::Feature { column, .. }) => column,
        _ => String::new(),
    };
    let options = move || options(&columns.get(), linked.by.get().as_ref());
    let completions = move || {
        let wanted = modality.get();
        columns.with(|columns| {
            let of = columns.features.iter().find(|(m, _)| Some(m) == wanted.as_ref());
            of.map(|(_, all)| {
                all.iter().map(|c| view! { <option value=c.clone()></option> }).collect_view()
            })
        })
    };
    view! {
        <label class="compare-control">
            "Colour by"
            <select data-testid="colour-by" on:change=chosen>
                <option value="">"nothing"</option>
                {options}
            </select>
        </label>
        <label class="compare-control" class:absent-control=move || modality.with(Option::is_none)>
            "column"
            <input
                type="text"
                list=list_id
                data-testid="colour-column"
                autocomplete="off"
                spellcheck="false"
                disabled=move || modality.with(Option::is_none)
                prop:value=named
                on:change=feature
            />
            <datalist id=list>{completions}</datalist>
        </label>
    }
}

fn options(columns: &Columns, by: Option<&Colour>) -> impl IntoView + use<> {
    let labels = columns
        .labels
        .iter()
        .map(|name| {
            let selected = matches!(by, Some(Colour::Label { column }) if column == name);
            view! {
                <option value=format!("label:{name}") selected=selected>{name.clone()}</option>
            }
        })
        .collect_view();
    let features = columns
        .features
        .iter()
        .map(|(name, _)| {
            let selected = matches!(by, Some(Colour::Feature { modality, .. }) if modality == name);
            view! {
                <option value=format!("feature:{name}") selected=selected>
                    {format!("a column of {name}")}
                </option>
            }
        })
        .collect_view();
    let any = !columns.labels.is_empty();
    view! {
        {any.then(|| view! { <optgroup label="Labels">{labels}</optgroup> })}
        <optgroup label="Features">{features}</optgroup>
    }
}

fn columns(data: &trefoil_protocol::DataSummary) -> Columns {
    let drawn = |kind: LabelKind| matches!(kind, LabelKind::Class | LabelKind::Number);
    Columns {
        labels: data.labels.iter().filter(|l| drawn(l.kind)).map(|l| l.name.clone()).collect(),
        features: data
            .modalities
            .iter()
            .filter(|m| !m.features.is_empty())
            .map(|m| (m.name.clone(), m.features.clone()))
            .collect(),
    }
}

fn first(columns: &Columns) -> Option<Colour> {
    let label = columns.labels.first().map(|column| Colour::Label { column: column.clone() });
    label.or_else(|| {
        let (modality, all) = columns.features.first()?;
        let column = all.first()?.clone();
        Some(Colour::Feature { modality: modality.clone(), column })
    })
}
