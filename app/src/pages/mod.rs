//! What is shown at each address, a folder or file an area. Server only: in the browser a page is plain HTML around its islands.

pub mod account;
pub mod call_settings;
pub mod calls;
pub mod days;
pub mod developers;
pub mod forms;
pub mod frame;
pub mod home;
pub mod message;
pub mod messages;
pub mod moment;
pub mod notice;
pub mod operator;
pub mod refusal;
pub mod refused;
pub mod sessions;
pub mod setup;
pub mod sign_in;
pub mod text_settings;
pub mod trouble;
pub mod zone;

use axum::http::{HeaderValue, StatusCode, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use services::{Caller, ServiceError, Services};
use tokio::task::JoinError;
use tracing::Instrument as _;

use crate::api::context::Session;
use message::Failure;

/// Who is signed in.
fn caller() -> Option<Caller> {
    use_context::<Session>().and_then(|session| session.0)
}

/// Reads what a page shows and draws it; says so where that fails. Signed-out visitors go to the front door.
fn loaded<T, L, F, D>(load: L, draw: D) -> AnyView
where
    L: FnOnce(Services, Caller) -> F,
    F: Future<Output = Result<T, ServiceError>> + Send + 'static,
    D: FnOnce(T) -> AnyView + Send + 'static,
    T: Send + 'static,
{
    let (Some(services), Some(caller)) = (use_context::<Services>(), caller()) else {
        redirect("/sign-in");
        return ().into_any();
    };
    let reading = reading(load(services, caller));
    Suspend::new(async move {
        match reading.await {
            Ok(found) => draw(found),
            Err(error) => view! { <Failure error=crate::api::refuse(error) /> }.into_any(),
        }
    })
    .into_any()
}

/// Reads, in a task of its own that begins at once. Leptos asks for the parts of a page one after the other: a part whose
/// turn has not come would stand still in the middle of its read, with a connection to the database that the parts before it,
/// and other pages, then wait for.
fn reading<T: Send + 'static>(read: impl Future<Output = T> + Send + 'static) -> impl Future<Output = T> + Send {
    let task = tokio::spawn(read.in_current_span());
    async move {
        match task.await.map_err(JoinError::try_into_panic) {
            Ok(read) => read,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // The program ends, and nobody draws any more.
            Err(Err(_)) => std::future::pending().await,
        }
    }
}

/// Sends the visitor to another page of ours.
fn redirect(path: &str) {
    if let (Some(response), Ok(location)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(path)) {
        response.insert_header(header::LOCATION, location);
        response.set_status(StatusCode::SEE_OTHER);
    }
}
