//! Pages that only say something: not found, something went wrong, nothing here yet.

use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::Title;

use crate::api::ApiError;
use crate::components::note::ProblemNote;

/// The page of an address where nothing is.
#[component]
pub fn NotFound() -> impl IntoView {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::NOT_FOUND);
    }
    view! {
        <Title text="Page not found" />
        <section class="page narrow">
            <p class="eyebrow">"404"</p>
            <h1>"There is nothing here"</h1>
            <p class="lead">"The address may be mistyped, or the page has moved."</p>
            <p class="actions">
                <a class="button" href="/">
                    "Go to the start page"
                </a>
            </p>
        </section>
    }
}

/// The page in the place of one that could not be made.
#[component]
pub fn Failure(
    /// What the visitor is told.
    error: ApiError,
) -> impl IntoView {
    let request_id = error.request_id.clone();
    view! {
        <Title text="Something went wrong" />
        <section class="page narrow">
            <h1>"This page could not be shown"</h1>
            <ProblemNote problem=error.problem() />
            <p class="actions">
                <a class="button" href="">
                    "Try again"
                </a>
            </p>
            <p class="fine">"If it happens again, tell your operator this id: " <code>{request_id.into_string()}</code></p>
        </section>
    }
}

/// In the place of a list that fills once a number is connected.
#[component]
pub fn NotConnected(
    /// What is listed there.
    what: &'static str,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p>
                <strong>"No number is connected"</strong>
            </p>
            <p>{format!("Once your Twilio number is connected, your {what} are listed here.")}</p>
            <p class="actions">
                <a class="button" href="/twilio/setup">
                    "Connect your Twilio account"
                </a>
            </p>
        </div>
    }
}
