//! What is shown at each address, a folder or file an area. Server only: in the browser a page is plain HTML around its islands.

pub mod call_settings;
pub mod calls;
pub mod days;
pub mod forms;
pub mod frame;
pub mod home;
pub mod message;
pub mod messages;
pub mod moment;
pub mod notice;
pub mod refusal;
pub mod sessions;
pub mod setup;
pub mod sign_in;
pub mod text_settings;
pub mod zone;

use axum::http::{HeaderValue, StatusCode, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use services::{Caller, ServiceError, Services};

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
    T: 'static,
{
    let (Some(services), Some(caller)) = (use_context::<Services>(), caller()) else {
        redirect("/sign-in");
        return ().into_any();
    };
    let reading = load(services, caller);
    Suspend::new(async move {
        match reading.await {
            Ok(found) => draw(found),
            Err(error) => view! { <Failure error=crate::api::refuse(error) /> }.into_any(),
        }
    })
    .into_any()
}

/// Sends the visitor to another page of ours.
fn redirect(path: &str) {
    if let (Some(response), Ok(location)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(path)) {
        response.insert_header(header::LOCATION, location);
        response.set_status(StatusCode::SEE_OTHER);
    }
}
