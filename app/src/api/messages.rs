//! Texts, as the pages send them: `/messages/*`. Programs have `/api/messages`.
//!
//! The composer's form has `to` and `body`; so has a draft, which is the same form sent elsewhere.

use domain::message::MessageView;
use leptos::prelude::*;
use server_fn::codec::PostUrl;

#[cfg(feature = "ssr")]
use super::error::answer::{answer, caller, refuse};
use super::{Answer, ApiError};

/// Sends a text.
#[server(prefix = "/messages", endpoint = "send", input = PostUrl)]
pub async fn send_text(
    /// A number in any format.
    #[server(default)]
    to: String,
    /// The text.
    #[server(default)]
    body: String,
    /// When, in RFC 3339 or on the reader's clock; nothing for at once.
    #[server(default)]
    send_at: String,
    /// The form's own key: however often it is sent, it is one text.
    #[server(default)]
    key: String,
    /// Whether it is kept as a draft where it is refused: a browser without JavaScript shows another page then, and would lose it.
    #[server(default)]
    keep: bool,
) -> Result<Answer<MessageView>, ApiError> {
    let (services, caller) = caller()?;
    let (peer, typed) = (to.clone(), body.clone());
    let key = Some(key.as_str()).filter(|key| !key.is_empty());
    let sent = match super::send_at::text(to, body, &send_at) {
        Ok(text) => services.messages.send(&caller, &text, key).await,
        Err(error) => Err(error),
    };
    if sent.is_err() && keep {
        // Why it was refused is what is told, whether it can be kept or not.
        let _ = services.messages.draft(&caller, &peer, &typed).await;
    }
    answer(sent)
}

/// Sends a text again that failed; with `force`, also one of which nobody knows whether it was sent.
#[server(prefix = "/messages", endpoint = "retry", input = PostUrl)]
pub async fn retry(
    /// Its id.
    #[server(default)]
    id: String,
    /// Whether it may then arrive twice.
    #[server(default)]
    force: bool,
) -> Result<Answer<MessageView>, ApiError> {
    let (services, caller) = caller()?;
    answer(services.messages.retry(&caller, &id, force).await)
}

/// Takes a text back that has not been sent yet.
#[server(prefix = "/messages", endpoint = "cancel", input = PostUrl)]
pub async fn cancel(
    /// Its id.
    #[server(default)]
    id: String,
) -> Result<Answer<MessageView>, ApiError> {
    let (services, caller) = caller()?;
    answer(services.messages.cancel(&caller, &id).await)
}

/// Notes that the user has read a thread.
#[server(prefix = "/messages", endpoint = "seen", input = PostUrl)]
pub async fn mark_seen(
    /// The other party's number.
    #[server(default)]
    peer: String,
) -> Result<(), ApiError> {
    let (services, caller) = caller()?;
    services.messages.seen(&caller, &peer).await.map_err(refuse)
}

/// Keeps what is not sent yet; an empty text forgets it.
#[server(prefix = "/messages", endpoint = "draft", input = PostUrl)]
pub async fn keep_draft(
    /// The other party's number.
    #[server(default)]
    to: String,
    /// The text so far.
    #[server(default)]
    body: String,
) -> Result<(), ApiError> {
    let (services, caller) = caller()?;
    services.messages.draft(&caller, &to, &body).await.map_err(refuse)
}

/// Gives the other party a name; an empty one takes it away.
#[server(prefix = "/messages", endpoint = "name", input = PostUrl)]
pub async fn give_name(
    /// The other party's number.
    #[server(default)]
    peer: String,
    /// The name.
    #[server(default)]
    name: String,
) -> Result<(), ApiError> {
    let (services, caller) = caller()?;
    let name = Some(name.trim()).filter(|name| !name.is_empty());
    services.messages.name(&caller, &peer, name).await.map_err(refuse)
}
