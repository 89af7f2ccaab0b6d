//! Files may be dropped anywhere on the page.

use crate::experiment::Experiment;
use leptos::ev;
use leptos::prelude::*;
use web_sys::{DragEvent, File, FileList};

/// Files of a list.
pub(super) fn files(list: Option<FileList>) -> Vec<File> {
    let list = list.as_ref();
    (0..list.map_or(0, FileList::length)).filter_map(|i| list?.get(i)).collect()
}

fn carries_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

/// Shows that they may, while some are held over the page.
#[component]
pub(super) fn DropAnywhere() -> impl IntoView {
    let experiment = expect_context::<Experiment>();
    let over = RwSignal::new(false);
    let listeners = [
        window_event_listener(ev::dragenter, move |event| {
            if carries_files(&event) {
                event.prevent_default();
                over.set(true);
            }
        }),
        window_event_listener(ev::dragover, move |event| {
            if carries_files(&event) {
                event.prevent_default();
            }
        }),
        window_event_listener(ev::dragleave, move |event| {
            // Without a related target it leaves the window, else only an element of it.
            if event.related_target().is_none() {
                over.set(false);
            }
        }),
        window_event_listener(ev::drop, move |event| {
            over.set(false);
            if carries_files(&event) {
                event.prevent_default();
                experiment.add_files(files(event.data_transfer().and_then(|d| d.files())));
                if let Some(section) = document().get_element_by_id("data") {
                    section.scroll_into_view();
                }
            }
        }),
    ];
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    view! {
        <Show when=move || over.get()>
            <div class="drop-over" aria-hidden="true">
                <p>"Drop your tables: one file for each modality, and labels if there are some"</p>
            </div>
        </Show>
    }
}
