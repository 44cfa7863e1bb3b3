//! How the installation fares, for its operators: facts, work that waits or is stuck, what was refused, and people.

mod jobs;
mod people;

use domain::id::UserId;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use services::operator::OperatorView;

use super::frame::Settings;
use super::loaded;
use super::moment::Moment;
use super::notice::DoneNote;
use super::refusal::RefusalNote;
use super::refused::RefusedList;
use jobs::{Jobs, Leftovers, OutOfOrder};
use people::People;

/// The operators' page; nothing for everybody else.
#[component]
pub fn Operator() -> impl IntoView {
    let after = use_query_map().with_untracked(|query| query.get("after"));
    let after = after.and_then(|after| after.parse::<UserId>().ok());
    loaded(
        move |services, caller| async move { services.operator.view(&caller, after).await },
        |view| page(view).into_any(),
    )
}

fn page(view: OperatorView) -> impl IntoView {
    let OperatorView {
        jobs,
        out_of_order,
        leftovers,
        refused,
        refused_unseen,
        people,
        people_count,
        next_people,
        sign_up_open,
        ..
    } = view.clone();
    view! {
        <Title text="Operator" />
        <Settings>
            <div class="page-head">
                <h1>"Operator"</h1>
            </div>
            <DoneNote />
            <RefusalNote />
            <Facts view=view.clone() />
            <Queues view />
            <Jobs jobs />
            <OutOfOrder connections=out_of_order />
            <Leftovers leftovers />
            <Unknown refused unseen=refused_unseen />
            <People people count=people_count next=next_people sign_up_open />
        </Settings>
    }
}

/// Name and value, one below the other.
fn fact(name: &'static str, value: impl IntoView) -> impl IntoView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    }
}

#[component]
fn Facts(
    /// Everything.
    view: OperatorView,
) -> impl IntoView {
    let engine = match view.engine {
        services::operator::Engine::Sqlite => "SQLite, embedded",
        services::operator::Engine::Postgres => "PostgreSQL",
    };
    view! {
        <section class="card" aria-labelledby="facts-title">
            <h2 id="facts-title">"Installation"</h2>
            <dl class="figures">
                {fact("Version", view.version)} {fact("Database", engine)}
                {fact("APP_URL", view! { <code>{view.app_url}</code> })}
                {fact("Key that seals secrets", view! { <code>{view.active_key}</code> })}
                {view.figures.installed_at.map(|at| fact("Set up", view! { <Moment at /> }))}
                {fact("Accounts connected", view.backlog.connections_connected)}
                {fact("Calls that are not over", view.backlog.calls_live)}
            </dl>
        </section>
    }
}

#[component]
fn Queues(
    /// Everything.
    view: OperatorView,
) -> impl IntoView {
    let OperatorView { backlog, figures, .. } = view;
    view! {
        <section class="card" aria-labelledby="queues-title">
            <h2 id="queues-title">"What waits"</h2>
            <dl class="figures">
                {fact("Texts on their way out", backlog.texts_waiting)} {fact("Texts due now", backlog.send_text.count)}
                {backlog.send_text.oldest.map(|at| fact("Oldest text due since", view! { <Moment at /> }))}
                {fact("Texts whose end is not known yet", backlog.texts_unsettled)}
                {fact("Texts that may or may not have been sent", figures.texts_unknown)}
                {fact("Texts that a server holds", figures.texts_held)}
                {fact("Connections that a server holds", figures.connections_held)}
                {fact("Accounts whose lists are to be read", backlog.reconcile.count)}
                {backlog.reconcile.oldest.map(|at| fact("Oldest list due since", view! { <Moment at /> }))}
                {fact("Accounts to be looked at", backlog.check_connection.count)}
                {fact("Recordings to delete at Twilio", figures.recordings_to_delete)}
                {backlog.delete_recording.oldest.map(|at| fact("Oldest recording due since", view! { <Moment at /> }))}
            </dl>
            {(figures.recordings_to_delete > 0)
                .then(|| {
                    view! {
                        <super::forms::PostButton
                            action="/operator/try-again"
                            label="Try the recordings again now"
                            busy_label="Trying again…"
                            look="quiet small"
                            fields=vec![("recordings", "true".to_owned())]
                        />
                    }
                })}
        </section>
    }
}

/// What was refused in nobody's name.
#[component]
fn Unknown(
    /// The newest first.
    refused: Vec<services::rejected::RefusedView>,
    /// How many were not looked into.
    unseen: u64,
) -> impl IntoView {
    let list = if refused.is_empty() {
        view! { <p class="fine">"Nothing was refused in the last 30 days that is nobody's."</p> }.into_any()
    } else {
        view! { <RefusedList refused /> }.into_any()
    };
    view! {
        <section class="card" aria-labelledby="unknown-title">
            <h2 id="unknown-title">"Refused requests of unknown accounts"</h2>
            {list}
            {(unseen > 0)
                .then(|| {
                    view! {
                        <p class="fine">
                            {format!("{unseen} more came too fast to look into since this server started.")}
                        </p>
                    }
                })}
        </section>
    }
}
