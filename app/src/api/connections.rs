//! A user's Twilio account over HTTP: `/twilio/*`.
//!
//! Arguments that are missing are empty, so that the use case names them in its refusal.

use domain::setup::{Connected, Health, KeyAge, Leftover, Progress, Removed, Verified, VoiceToken};
use leptos::prelude::*;
use server_fn::codec::{DeleteUrl, GetUrl, PostUrl};

#[cfg(feature = "ssr")]
use super::error::answer::{answer, caller, no_store, refuse};
use super::{Answer, ApiError};

/// Looks an account up with a pair, and lists its numbers.
#[server(prefix = "/twilio", endpoint = "verify", input = PostUrl)]
pub async fn verify(
    /// `AC…`
    #[server(default)]
    account_sid: String,
    /// The account's own.
    #[server(default)]
    auth_token: String,
) -> Result<Answer<Verified>, ApiError> {
    let (services, caller) = caller()?;
    answer(services.connections.verify(&caller, &account_sid, &auth_token).await)
}

/// Connects a number: with the pair sent along, or else with the pair verified last.
#[server(prefix = "/twilio", endpoint = "credentials", input = PostUrl)]
pub async fn save(
    /// `AC…`; nothing for the pair verified last.
    account_sid: Option<String>,
    /// Likewise.
    auth_token: Option<String>,
    /// `PN…`
    #[server(default)]
    phone_number_sid: String,
    /// Whether the number may be taken over from what it points at.
    #[server(default)]
    take_over: bool,
) -> Result<Answer<Connected>, ApiError> {
    let (services, caller) = caller()?;
    let request = services::connections::SaveRequest {
        account_sid,
        auth_token,
        phone_number_sid,
        take_over,
    };
    answer(services.connections.save(&caller, request).await)
}

/// The connection in use.
#[server(prefix = "/twilio", endpoint = "credentials", input = GetUrl)]
pub async fn credentials() -> Result<Answer<Connected>, ApiError> {
    let (services, caller) = caller()?;
    answer(services.connections.credentials(&caller).await)
}

/// Removes the connection, for programs: the method says it all.
#[server(prefix = "/twilio", endpoint = "credentials", input = DeleteUrl)]
pub async fn delete_credentials() -> Result<Answer<Removed>, ApiError> {
    let (services, caller) = caller()?;
    answer(services.connections.disconnect(&caller).await)
}

/// Removes the connection, for people: only with a typed confirmation.
#[server(prefix = "/twilio", endpoint = "disconnect", input = PostUrl)]
pub async fn disconnect(
    /// The number, or the word.
    #[server(default)]
    confirmation: String,
) -> Result<Answer<Removed>, ApiError> {
    let (services, caller) = caller()?;
    let connected = services.connections.credentials(&caller).await.map_err(refuse)?;
    super::confirmation::check(&confirmation, &connected.phone_number).map_err(refuse)?;
    answer(services.connections.disconnect(&caller).await)
}

/// How far a connection is that is being made or removed.
#[server(prefix = "/twilio/setup", endpoint = "progress", input = GetUrl)]
pub async fn read_progress() -> Result<Option<Progress>, ApiError> {
    let (services, caller) = caller()?;
    no_store();
    services.connections.progress(&caller).await.map_err(refuse)
}

/// Forgets the verified pair and the failed attempt.
#[server(prefix = "/twilio/setup", endpoint = "start-over", input = PostUrl)]
pub async fn start_over() -> Result<(), ApiError> {
    let (services, caller) = caller()?;
    services.connections.start_over(&caller).await.map_err(refuse)
}

/// Tries again to remove what was left behind at Twilio.
#[server(prefix = "/twilio/setup", endpoint = "retry-removal", input = PostUrl)]
pub async fn retry_removal() -> Result<Answer<Removed>, ApiError> {
    let (services, caller) = caller()?;
    answer(services.connections.retry_removal(&caller).await)
}

/// Reads the verified account's numbers again.
#[server(prefix = "/twilio/setup", endpoint = "refresh-numbers", input = PostUrl)]
pub async fn refresh_numbers() -> Result<Answer<Verified>, ApiError> {
    let (services, caller) = caller()?;
    answer(services.connections.refresh_numbers(&caller).await)
}

/// Puts a new auth token in the place of the stored one.
#[server(prefix = "/twilio/setup", endpoint = "replace-token", input = PostUrl)]
pub async fn replace_token(
    /// The account's new one.
    #[server(default)]
    auth_token: String,
) -> Result<Answer<Connected>, ApiError> {
    let (services, caller) = caller()?;
    answer(services.connections.replace_token(&caller, &auth_token).await)
}

/// Compares the connection with what is at Twilio now.
#[server(prefix = "/twilio/setup", endpoint = "re-check", input = PostUrl)]
pub async fn re_check() -> Result<Answer<Health>, ApiError> {
    let (services, caller) = caller()?;
    answer(services.connections.check(&caller).await)
}

/// Sets what a re-check found different back to what it should be.
#[server(prefix = "/twilio/setup", endpoint = "repair", input = PostUrl)]
pub async fn repair() -> Result<Answer<Health>, ApiError> {
    let (services, caller) = caller()?;
    answer(services.connections.repair(&caller).await)
}

/// Replaces the API key by a new one.
#[server(prefix = "/twilio/setup", endpoint = "roll-key", input = PostUrl)]
pub async fn roll_key() -> Result<Answer<KeyAge>, ApiError> {
    let (services, caller) = caller()?;
    answer(services.connections.roll_key(&caller).await)
}

/// Searches the account for what carries our name and should not be there.
#[server(prefix = "/twilio/setup", endpoint = "search-leftovers", input = PostUrl)]
pub async fn search_leftovers() -> Result<Answer<Vec<Leftover>>, ApiError> {
    let (services, caller) = caller()?;
    answer(services.connections.search_leftovers(&caller).await)
}

/// A token for the browser's phone.
#[server(prefix = "/twilio", endpoint = "token", input = GetUrl)]
pub async fn issue_token() -> Result<Answer<VoiceToken>, ApiError> {
    let (services, caller) = caller()?;
    no_store();
    answer(services.connections.voice_token(&caller).await)
}
