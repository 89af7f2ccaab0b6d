//! The user's own files: dropping, roles, what a link still asks for.

use super::drop::files;
use crate::experiment::Experiment;
use crate::fields::Select;
use crate::format;
use crate::icons::{Icon, Picture};
use crate::link::Link;
use crate::own_files::OwnFile;
use crate::words;
use leptos::prelude::*;
use trefoil_protocol::FileRole;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

/// Drop zone and list.
#[component]
pub(super) fn Own() -> impl IntoView {
    let experiment = expect_context::<Experiment>();
    let own = experiment.own;
    let input = NodeRef::<leptos::html::Input>::new();
    let chosen = move |event: leptos::ev::Event| {
        let target = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
        if let Some(target) = target {
            experiment.add_files(files(target.files()));
            // The same file may be chosen again, once it was mended.
            target.set_value("");
        }
    };
    let open = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let none = move || own.list.with(Vec::is_empty);
    view! {
        <div class="own">
            <div class="drop-zone">
                <Icon picture=Picture::Upload />
                <p>
                    <strong>"Drop CSV or TSV files anywhere on this page"</strong>
                    <br />
                    <span class="soft">
                        "One file for each modality (2 to 8), or one table whose columns are named "
                        <code>"modality.feature"</code>
                        ". A column "
                        <code>"id"</code>
                        " says which rows belong together. A file called labels.csv is taken as labels."
                    </span>
                </p>
                <button type="button" class="button primary" on:click=open data-testid="choose-files">
                    "Choose files"
                </button>
                <input
                    node_ref=input
                    class="hidden-visually"
                    type="file"
                    multiple
                    tabindex="-1"
                    aria-label="Your tables"
                    accept=".csv,.tsv,.txt,.tab,.gz,text/csv,text/tab-separated-values"
                    data-testid="file-input"
                    on:change=chosen
                />
            </div>
            <p class="soft small">
                "The files are read in this tab by the trainer; nothing is uploaded, to nobody."
            </p>
            <Wanted />
            <Show when=move || !none()>
                <FileList />
                <Actions />
            </Show>
        </div>
    }
}

/// A link names files that are not at hand.
#[component]
fn Wanted() -> impl IntoView {
    let own = expect_context::<Experiment>().own;
    let names = move || {
        own.list.with(|list| {
            let missing = list.iter().filter(|own| own.file.is_none());
            missing.map(|own| own.name.clone()).collect::<Vec<_>>().join(", ")
        })
    };
    view! {
        <Show when=move || own.incomplete()>
            <div class="note" role="status" data-testid="wanted-files">
                <p>
                    <strong>"This link was made with your own files: " {names} "."</strong>
                    " Choose them again; nothing was uploaded. Their content is checked against the \
                     link, so that the same files give the same numbers."
                </p>
            </div>
        </Show>
    }
}

#[component]
fn FileList() -> impl IntoView {
    let own = expect_context::<Experiment>().own;
    let names =
        move || own.list.with(|list| list.iter().map(|own| own.name.clone()).collect::<Vec<_>>());
    view! {
        <ul class="files" aria-label="Your files">
            <For each=names key=Clone::clone children=move |name| view! { <FileRow name=name /> } />
        </ul>
    }
}

/// Size of a file, or that it is wanted.
fn describe(own: &OwnFile) -> String {
    own.file
        .as_ref()
        .map_or_else(|| "not chosen yet".to_owned(), |file| format::bytes(file.size() as u64))
}

#[component]
fn FileRow(name: String) -> impl IntoView {
    let experiment = expect_context::<Experiment>();
    let own = experiment.own;
    let name = StoredValue::new(name);
    let role = Memo::new(move |_| own.find(&name.read_value(), |own| own.role));
    let shown = Memo::new(move |_| own.find(&name.read_value(), describe));
    let on_role = move |event| {
        let role = match event_target_value(&event).as_str() {
            "labels" => FileRole::Labels,
            _ => FileRole::Modality,
        };
        own.set_role(&name.read_value(), role);
        experiment.own_changed();
    };
    let remove = move |event: leptos::ev::MouseEvent| {
        let button = event.current_target().and_then(|t| t.dyn_into::<Element>().ok());
        focus_beside(button);
        own.remove(&name.read_value());
        experiment.own_changed();
    };
    let labels = move || role.get() == Some(FileRole::Labels);
    let name = name.get_value();
    view! {
        <li class="file" data-testid="own-file">
            <span class="file-name">{name.clone()}</span>
            <span class="soft number">{shown}</span>
            <select aria-label=format!("Use of {name}") data-testid="file-role" on:change=on_role>
                <option value="modality" prop:selected=move || !labels()>
                    "Modality"
                </option>
                <option value="labels" prop:selected=labels>
                    "Labels"
                </option>
            </select>
            <button
                type="button"
                class="button quiet square"
                aria-label=format!("Remove {name}")
                title="Remove"
                on:click=remove
            >
                <Icon picture=Picture::Close />
            </button>
        </li>
    }
}

/// The row of `button` is about to go: the focus moves to the same button of the next one, and
/// from the last row to where files are chosen.
fn focus_beside(button: Option<Element>) {
    let row = button.and_then(|button| button.closest("li").ok()?);
    let other =
        row.and_then(|row| row.next_element_sibling().or_else(|| row.previous_element_sibling()));
    let next = match other {
        Some(row) => row.query_selector("button"),
        None => document().query_selector("[data-testid=choose-files]"),
    };
    if let Ok(Some(next)) = next
        && let Ok(next) = next.dyn_into::<HtmlElement>()
        && let Err(error) = next.focus()
    {
        web_sys::console::error_1(&error);
    }
}

/// What is to be done with the list as it is: read it, or more files.
#[component]
fn Actions() -> impl IntoView {
    let link = expect_context::<Link>();
    let experiment = expect_context::<Experiment>();
    let own = experiment.own;
    let read_already = Memo::new(move |_| {
        let listed = own.source();
        link.view.with(|view| view.source.as_ref() == Some(&listed))
    });
    let advice = move || match own.modalities() {
        _ if own.incomplete() || experiment.reading.with(Option::is_some) => "",
        _ if read_already.get() => "These files are loaded.",
        0 => "Add a table that is not labels.",
        1 => {
            "Add at least one more table; or read this one as it is, if its columns are named modality.feature."
        }
        _ if experiment.data_fault.with(Option::is_some) => "These files are not loaded yet.",
        _ => "The list has changed: read the files to use them.",
    };
    let columns = Signal::derive(move || {
        let mut options = vec![(String::new(), "none".to_owned())];
        if read_already.get() {
            link.view.with(|view| {
                let labels = view.data.iter().flat_map(|data| &data.labels);
                options.extend(labels.map(|label| (label.name.clone(), label.name.clone())));
            });
        }
        options
    });
    let choose = move |which: RwSignal<Option<String>>| {
        Callback::new(move |column: String| {
            let before = which.get_untracked();
            which.set((!column.is_empty()).then_some(column));
            if !experiment.load_own() {
                which.set(before);
            }
        })
    };
    view! {
        <div class="row">
            <button
                type="button"
                class="button"
                data-testid="read-files"
                disabled=move || own.incomplete() || own.modalities() == 0
                on:click=move |_| {
                    experiment.load_own();
                }
            >
                "Read these files"
            </button>
            <p class="soft" role="status">{advice}</p>
        </div>
        <Show when=move || { columns.get().len() > 1 }>
            <Select
                label="Keep rows together that have the same"
                hint=words::GROUP
                value=Signal::derive(move || own.group.get().unwrap_or_default())
                options=columns
                apply=choose(own.group)
                testid="group"
            />
            <Select
                label="Rows are views of the same"
                hint=words::VIEWS
                value=Signal::derive(move || own.views.get().unwrap_or_default())
                options=columns
                apply=choose(own.views)
                testid="views"
            />
        </Show>
    }
}
