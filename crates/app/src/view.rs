//! The whole page, top to bottom.

use crate::compare::Compare;
use crate::controls::shortcuts;
use crate::data::Data;
use crate::experiment::Experiment;
use crate::faults::{WorkerEnded, WrongLink};
use crate::header::Header;
use crate::link::{Link, VERSION, WorkerState};
use crate::objectives::Objectives;
use crate::take_away::TakeAway;
use crate::theme::Theme;
use crate::train::Train;
use leptos::prelude::*;

/// The whole page.
#[component]
pub(crate) fn App() -> impl IntoView {
    let link = Link::open();
    provide_context(link);
    provide_context(Theme::follow());
    let experiment = Experiment::open(link);
    provide_context(experiment);
    provide_context(experiment.wrong);
    shortcuts(link, experiment);
    view! {
        <a class="skip" href="#data">"Skip to the data"</a>
        <Header />
        <main class="page">
            <p class="intro">
                "Give Trefoil one table for each kind of measurement of the same things. It trains \
                 small contrastive models side by side, in this tab, and shows what all kinds share, \
                 what some share, and what each keeps to itself."
            </p>
            <WorkerEnded />
            <WrongLink />
            <Data />
            <Objectives />
            <Train />
            <Compare />
            <TakeAway />
        </main>
        <Footer />
    }
}

#[component]
fn Footer() -> impl IntoView {
    let link = expect_context::<Link>();
    let worker = move || {
        link.state.with(|state| match state {
            WorkerState::Starting => "starting",
            WorkerState::Ready => "ready",
            WorkerState::Ended(_) => "stopped",
        })
    };
    view! {
        <footer class="footer small soft">
            <p>
                "Trefoil " <span data-testid="version">{VERSION}</span> ". Worker "
                <span data-testid="worker">{worker}</span>
                ". Everything is computed in this tab: no table, model or number leaves it."
            </p>
        </footer>
    }
}
