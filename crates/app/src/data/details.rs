//! The rest of what was read: labels, what was dropped or changed, whose data it is.

use crate::format::{count, counted};
use crate::widgets::Hint;
use crate::words;
use leptos::prelude::*;
use trefoil_protocol::{DataSummary, LabelKind, LabelSummary};

/// Columns of the labels file.
#[component]
pub(super) fn Labels(data: DataSummary) -> impl IntoView {
    let labels = data.labels;
    (!labels.is_empty()).then(|| {
        let items = labels.iter().map(|label| {
            let rest = (label.missing > 0)
                .then(|| format!(", {} without", counted(u64::from(label.missing), "row", "rows")));
            view! {
                <li class="label" data-testid="label-row">
                    <span class="label-name">{label.name.clone()}</span>
                    <span class="soft">{use_of(label)} {rest}</span>
                </li>
            }
        });
        view! {
            <section aria-label="Labels">
                <h4>"Labels" <Hint label="labels" text=words::LABELS /></h4>
                <ul class="labels">{items.collect_view()}</ul>
            </section>
        }
    })
}

/// What a label is used for, or why not.
fn use_of(label: &LabelSummary) -> String {
    match (&label.skipped, label.kind, label.classes) {
        (Some(why), ..) => format!("not probed: {why}"),
        (None, LabelKind::Class, Some(classes)) => counted(u64::from(classes), "class", "classes"),
        (None, LabelKind::Class, None) => "class".to_owned(),
        (None, LabelKind::Number, _) => "number".to_owned(),
        (None, LabelKind::Text, _) => "shown only".to_owned(),
        (None, LabelKind::Views, _) => "names what rows are views of".to_owned(),
        (None, LabelKind::Split, _) => "says which rows train and test".to_owned(),
        (None, LabelKind::Group, _) => "keeps rows together in one split".to_owned(),
    }
}

/// What was dropped or changed, and why.
#[component]
pub(super) fn Notices(data: DataSummary) -> impl IntoView {
    let mut groups: Vec<(Option<String>, Vec<String>)> = Vec::new();
    for notice in &data.notices {
        match groups.iter_mut().find(|(file, _)| *file == notice.file) {
            Some((_, messages)) => messages.push(notice.message.clone()),
            None => groups.push((notice.file.clone(), vec![notice.message.clone()])),
        }
    }
    let total = data.notices.len();
    (total > 0).then(|| {
        let title = format!(
            "What was dropped or changed, and why ({})",
            counted(total as u64, "notice", "notices")
        );
        let groups = groups.into_iter().map(|(file, messages)| {
            let items = messages.into_iter().map(|m| view! { <li>{m}</li> }).collect_view();
            view! {
                <li>
                    {file.map(|file| view! { <h5>{file}</h5> })}
                    <ul class="bullets">{items}</ul>
                </li>
            }
        });
        view! {
            <details class="notices" open=total <= 3 data-testid="notices">
                <summary>{title}</summary>
                <ul class="notice-groups">{groups.collect_view()}</ul>
            </details>
        }
    })
}

/// Whose data it is, and what a reader must know.
#[component]
pub(super) fn Source(data: DataSummary) -> impl IntoView {
    let factors = (!data.factors.is_empty()).then(|| {
        let text = format!(
            "The truth is known here: {}. Recovery shows how much of each is found.",
            counted(data.factors.len() as u64, "factor", "factors")
        );
        view! { <p class="soft">{text}</p> }
    });
    let card = data.card.filter(|card| {
        !(card.caveats.is_empty() && card.credit.is_empty() && card.licence.is_empty())
    });
    let card = card.map(|card| {
        let caveats = (!card.caveats.is_empty()).then(|| {
            let items = card.caveats.iter().map(|c| view! { <li>{c.clone()}</li> }).collect_view();
            view! {
                <section aria-label="Caveats">
                    <h4>"Good to know before reading the results"</h4>
                    <ul class="bullets">{items}</ul>
                </section>
            }
        });
        let line = |name: &'static str, text: &str| {
            (!text.is_empty()).then(|| view! { <dt>{name}</dt> <dd>{text.to_owned()}</dd> })
        };
        view! {
            {caveats}
            <dl class="credit small" data-testid="credit">
                {line("Credit", &card.credit)} {line("Source", &card.source)}
                {line("Licence", &card.licence)}
            </dl>
        }
    });
    let ids = count(u64::from(data.distinct_ids));
    view! {
        {factors}
        {card}
        <p class="hidden-visually">{format!("{ids} distinct ids over all files.")}</p>
    }
}
