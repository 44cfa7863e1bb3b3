//! Work that is under way or stuck, per connection.

use domain::connection::ConnectionState;
use leptos::prelude::*;
use services::operator::{JobView, LeftoverView, OutOfOrderView};

use crate::pages::forms::PostButton;
use crate::pages::moment::Moment;

fn section(id: &'static str, title: &'static str, empty: &'static str, lines: Vec<AnyView>) -> impl IntoView {
    let list = if lines.is_empty() {
        view! { <p class="fine">{empty}</p> }.into_any()
    } else {
        view! { <ul class="jobs">{lines}</ul> }.into_any()
    };
    view! {
        <section class="card" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {list}
        </section>
    }
}

/// Connections that are being made, taken back or removed, or that have left something behind.
#[component]
pub fn Jobs(
    /// The longest untouched first.
    jobs: Vec<JobView>,
) -> impl IntoView {
    let lines = jobs.into_iter().map(|job| {
        let state = match job.state {
            ConnectionState::Provisioning => "Being connected",
            ConnectionState::TakingBack => "Being taken back",
            ConnectionState::Disconnecting => "Being disconnected",
            _ => "Left behind",
        };
        let again = job.state == ConnectionState::LeftBehind && !job.is_held;
        let left = job.left.into_iter().map(|line| view! { <li>{line}</li> });
        view! {
            <li class="job">
                <div>
                    <p>
                        <strong>{job.email}</strong>
                        " "
                        <span class="badge" class:warn=again>
                            {state}
                        </span>
                        " "
                        {job.is_held.then(|| view! { <span class="badge good">"At work"</span> })}
                    </p>
                    <ul>{left.collect_view()}</ul>
                    <p class="fine">
                        {(job.attempts > 0).then(|| format!("Tried {} times in vain, ", job.attempts))} "last changed "
                        <Moment at=job.updated_at />
                        {job.next_attempt_at.map(|at| view! { ", tried next " <Moment at /> })}
                    </p>
                </div>
                {again
                    .then(|| {
                        view! {
                            <PostButton
                                action="/operator/try-again"
                                label="Try again now"
                                busy_label="Trying again…"
                                look="quiet small"
                                fields=vec![("connection", job.id.to_string())]
                            />
                        }
                    })}
            </li>
        }
        .into_any()
    });
    section(
        "jobs-title",
        "Connections at work",
        "No connection is being made or removed, and none has left anything behind.",
        lines.collect(),
    )
}

/// Connections in use that are not in order at Twilio.
#[component]
pub fn OutOfOrder(
    /// The longest first.
    connections: Vec<OutOfOrderView>,
) -> impl IntoView {
    let lines = connections.into_iter().map(|found| {
        let sentences = found
            .sentences
            .into_iter()
            .map(|sentence| view! { <li>{sentence}</li> });
        view! {
            <li class="job">
                <div>
                    <p>
                        <strong>{found.email}</strong>
                    </p>
                    <ul>{sentences.collect_view()}</ul>
                    <p class="fine">"Since " <Moment at=found.since /></p>
                </div>
                <PostButton
                    action="/operator/try-again"
                    label="Look again now"
                    busy_label="Looking…"
                    look="quiet small"
                    fields=vec![("check", found.id.to_string())]
                />
            </li>
        }
        .into_any()
    });
    section(
        "health-title",
        "Connections not in order",
        "Every connected account is as it should be at Twilio.",
        lines.collect(),
    )
}

/// What carried our name in users' accounts although no row explained it.
#[component]
pub fn Leftovers(
    /// The newest first.
    leftovers: Vec<LeftoverView>,
) -> impl IntoView {
    let lines = leftovers.into_iter().map(|found| {
        view! {
            <li class="job">
                <div>
                    <p>
                        <code>{found.sid}</code>
                        " "
                        <span class="badge">{found.state}</span>
                    </p>
                    {found.why.map(|why| view! { <p>{why}</p> })}
                    <p class="fine">{found.email} ", found " <Moment at=found.first_seen_at /></p>
                </div>
            </li>
        }
        .into_any()
    });
    section(
        "leftovers-title",
        "Leftovers",
        "Nothing of Sniko's was found in any account that no connection explains.",
        lines.collect(),
    )
}
