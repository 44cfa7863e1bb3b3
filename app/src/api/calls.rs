//! The call log's buttons. The log itself is read by the page, and by programs at `/api/calls`.

use leptos::prelude::*;
use server_fn::codec::PostUrl;

use super::ApiError;
#[cfg(feature = "ssr")]
use super::error::answer::{caller, refuse};

/// Notes that the user has seen his missed calls.
#[server(prefix = "/calls", endpoint = "seen", input = PostUrl)]
pub async fn mark_seen() -> Result<(), ApiError> {
    let (services, caller) = caller()?;
    services.calls.mark_seen(&caller).await.map_err(refuse)
}

/// Deletes a recording, here and at Twilio.
#[server(prefix = "/recordings", endpoint = "delete", input = PostUrl)]
pub async fn delete_recording(
    /// Its id.
    #[server(default)]
    id: String,
) -> Result<(), ApiError> {
    let (services, caller) = caller()?;
    services.calls.delete_recording(&caller, &id).await.map_err(refuse)
}
