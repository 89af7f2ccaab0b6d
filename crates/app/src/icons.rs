//! Icons, drawn here so that none is fetched. All on a grid of 16.

use leptos::prelude::*;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Picture {
    Play,
    Pause,
    Step,
    Stop,
    Reset,
    Link,
    Check,
    Download,
    Close,
    System,
    Sun,
    Moon,
    Upload,
    Warning,
}

impl Picture {
    fn path(self) -> &'static str {
        match self {
            Self::Play => {
                "M4 2.6v10.8a.6.6 0 0 0 .9.5l9-5.4a.6.6 0 0 0 0-1l-9-5.4a.6.6 0 0 0-.9.5z"
            }
            Self::Pause => "M4 2.5h2.8v11H4zM9.2 2.5H12v11H9.2z",
            Self::Step => {
                "M3 2.6v10.8a.5.5 0 0 0 .8.4L10 9.4v4.1h2.4v-11H10v4.1L3.8 2.2a.5.5 0 0 0-.8.4z"
            }
            Self::Stop => {
                "M2.2 13.5h11.6v-1.6H2.2zM3 10.4l2.9-3.3 2.6 2 3.2-4.4-1.3-1-2.2 3.1-2.5-2L1.8 9.3z"
            }
            Self::Reset => {
                "M8 2.5a5.5 5.5 0 1 1-5.3 7l1.6-.4A3.9 3.9 0 1 0 5 5.5L6.8 7.2H1.9V2.4L3.8 4.3A5.5 5.5 0 0 1 8 2.5z"
            }
            Self::Link => {
                "M6.6 9.4a.8.8 0 0 1 0-1.1l1.7-1.7a.8.8 0 1 1 1.1 1.1L7.7 9.4a.8.8 0 0 1-1.1 0zM8.4 4 9.9 2.5a2.55 2.55 0 0 1 3.6 3.6L12 7.6l-1.1-1.1 1.5-1.5a.95.95 0 0 0-1.4-1.4L9.5 5.1zM7.6 12l-1.5 1.5a2.55 2.55 0 0 1-3.6-3.6L4 8.4l1.1 1.1L3.6 11A.95.95 0 0 0 5 12.4l1.5-1.5z"
            }
            Self::Check => "M6.4 12.6 2 8.2l1.2-1.2 3.2 3.2 6.4-6.4L14 5z",
            Self::Download => {
                "M7.2 2h1.6v6.3l2.3-2.3 1.1 1.1L8 11.3 3.8 7.1 4.9 6l2.3 2.3zM2.5 12.4h11V14h-11z"
            }
            Self::Close => {
                "M4.1 3 8 6.9 11.9 3 13 4.1 9.1 8l3.9 3.9-1.1 1.1L8 9.1 4.1 13 3 11.9 6.9 8 3 4.1z"
            }
            Self::System => "M2 3h12v8H9v1.5h2.5V14h-7v-1.5H7V11H2zm1.5 1.5v5h9v-5z",
            Self::Sun => {
                "M8 4.8a3.2 3.2 0 1 1 0 6.4 3.2 3.2 0 0 1 0-6.4zM7.2 1h1.6v2.2H7.2zM7.2 12.8h1.6V15H7.2zM1 7.2h2.2v1.6H1zM12.8 7.2H15v1.6h-2.2zM2.5 3.6l1.1-1.1 1.6 1.6-1.1 1.1zM10.8 11.9l1.1-1.1 1.6 1.6-1.1 1.1zM2.5 12.4l1.6-1.6 1.1 1.1-1.6 1.6zM10.8 4.1l1.6-1.6 1.1 1.1-1.6 1.6z"
            }
            Self::Moon => "M6.2 1.8A6.4 6.4 0 1 0 14.2 9.8 5.6 5.6 0 0 1 6.2 1.8z",
            Self::Upload => {
                "M8 2l4.2 4.2-1.1 1.1L8.8 5v6.3H7.2V5L4.9 7.3 3.8 6.2zM2.5 12.4h11V14h-11z"
            }
            Self::Warning => "M8 1.5 15 14H1zm-.8 4.7v4h1.6v-4zm0 5.2v1.5h1.6v-1.5z",
        }
    }
}

/// An icon; the words beside it, or the label of its button, say what it means.
#[component]
pub(crate) fn Icon(picture: Picture) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=picture.path() />
        </svg>
    }
}

/// The mark of Trefoil: three lobes that overlap.
#[component]
pub(crate) fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
            <circle class="m0" cx="16" cy="11" r="8" />
            <circle class="m1" cx="11" cy="20" r="8" />
            <circle class="m2" cx="21" cy="20" r="8" />
        </svg>
    }
}
