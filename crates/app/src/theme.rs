//! Light, dark, or as the system has it; remembered in this browser.
//!
//! `assets/boot.js` sets the attribute before anything is drawn; here it is changed.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

/// Key in the browser's storage; `assets/boot.js` reads it too.
const STORED: &str = "trefoil-theme";

/// What the user wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Choice {
    /// As the system has it.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Choice {
    /// All, in the order in which a button goes through them.
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Value of the attribute and in the storage.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The theme, from context. What draws on a canvas reads [`Theme::dark`] to know when to redraw.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Theme {
    /// What the user wants.
    pub(crate) choice: RwSignal<Choice>,
    system_dark: RwSignal<bool>,
}

impl Theme {
    /// Reads the choice and follows the system.
    pub(crate) fn follow() -> Self {
        let stored = window()
            .local_storage()
            .ok()
            .flatten()
            .and_then(|storage| storage.get_item(STORED).ok().flatten());
        let choice = Choice::ALL
            .into_iter()
            .find(|choice| Some(choice.key()) == stored.as_deref())
            .unwrap_or_default();
        let query = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
        let system_dark =
            RwSignal::new(query.as_ref().is_some_and(web_sys::MediaQueryList::matches));
        if let Some(query) = query {
            let listener = Closure::<dyn Fn(web_sys::MediaQueryListEvent)>::new(
                move |event: web_sys::MediaQueryListEvent| system_dark.set(event.matches()),
            );
            query.set_onchange(Some(listener.as_ref().unchecked_ref()));
            listener.forget();
            // The browser lets go of a query that nothing holds, listener or not.
            std::mem::forget(query);
        }
        Self { choice: RwSignal::new(choice), system_dark }
    }

    /// Whether the page is dark now.
    pub(crate) fn dark(self) -> bool {
        match self.choice.get() {
            Choice::System => self.system_dark.get(),
            Choice::Light => false,
            Choice::Dark => true,
        }
    }

    /// Changes it, and remembers that.
    pub(crate) fn choose(self, choice: Choice) {
        if let Some(root) = document().document_element()
            && let Err(error) = root.set_attribute("data-theme", choice.key())
        {
            web_sys::console::error_1(&error);
        }
        // A browser that stores nothing only forgets the choice.
        let _remembered = window()
            .local_storage()
            .ok()
            .flatten()
            .and_then(|storage| storage.set_item(STORED, choice.key()).ok());
        self.choice.set(choice);
    }
}
