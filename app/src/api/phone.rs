//! The browser's phone: `/phone/*`. A call is named by our id, or by the `CallSid` of one of its legs, which the phone knows.

use domain::phone::{NumberCheck, Presence};
use leptos::prelude::*;
use server_fn::codec::{GetUrl, PostUrl};

use super::ApiError;
#[cfg(feature = "ssr")]
use super::error::answer::{caller, no_store, refuse};

/// Tells how a page's phone is: callers ring only where one is there.
#[server(prefix = "/phone", endpoint = "presence", input = PostUrl)]
pub async fn set_presence(
    /// The page's own name for itself.
    #[server(default)]
    device: String,
    /// How its phone is.
    presence: Presence,
) -> Result<(), ApiError> {
    let (services, caller) = caller()?;
    services
        .phone
        .presence(&caller, &device, presence)
        .await
        .map_err(refuse)
}

/// Whether what was typed can be called.
#[server(prefix = "/phone", endpoint = "check", input = GetUrl)]
pub async fn check_number(
    /// As it was typed or pasted.
    #[server(default)]
    to: String,
) -> Result<NumberCheck, ApiError> {
    let (services, caller) = caller()?;
    no_store();
    services.phone.check(&caller, &to).await.map_err(refuse)
}

/// Whom the user spoke to lately.
#[server(prefix = "/phone", endpoint = "recent", input = GetUrl)]
pub async fn recent() -> Result<Vec<domain::phone::Recent>, ApiError> {
    let (services, caller) = caller()?;
    no_store();
    services.phone.recent(&caller).await.map_err(refuse)
}

/// Lets the other party wait, or brings it back.
#[server(prefix = "/phone", endpoint = "hold", input = PostUrl)]
pub async fn hold(
    /// Which call.
    #[server(default)]
    call: String,
    /// Whether it is to wait.
    #[server(default)]
    on: bool,
) -> Result<(), ApiError> {
    let (services, caller) = caller()?;
    services.voice.hold(&caller, &call, on).await.map_err(refuse)
}

/// Hands the other party to somebody else.
#[server(prefix = "/phone", endpoint = "transfer", input = PostUrl)]
pub async fn transfer(
    /// Which call.
    #[server(default)]
    call: String,
    /// To whom, in any format.
    #[server(default)]
    to: String,
) -> Result<(), ApiError> {
    let (services, caller) = caller()?;
    services.voice.transfer(&caller, &call, &to).await.map_err(refuse)
}

/// Ends a call.
#[server(prefix = "/phone", endpoint = "end", input = PostUrl)]
pub async fn end(
    /// Which call.
    #[server(default)]
    call: String,
) -> Result<(), ApiError> {
    let (services, caller) = caller()?;
    services.voice.end(&caller, &call).await.map_err(refuse)
}
