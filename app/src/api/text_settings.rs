//! How texts are sent: `/settings/texts`.
//!
//! Everything arrives as text, so that what cannot be is refused in words, beside its field.

use std::collections::BTreeMap;

use domain::message::TextSettings;
use leptos::prelude::*;
use server_fn::codec::PostUrl;

#[cfg(feature = "ssr")]
use super::error::answer::{answer, caller};
use super::{Answer, ApiError};

/// Changes the settings whose fields are sent; the others stay.
#[server(prefix = "/settings", endpoint = "texts", input = PostUrl)]
pub async fn save(
    /// `messaging_service_sid`, `notify_sign_in`, `notify_number`.
    #[server(flatten)]
    fields: BTreeMap<String, String>,
) -> Result<Answer<TextSettings>, ApiError> {
    let (services, caller) = caller()?;
    let saved = services.messages.save_settings(&caller, &fields).await;
    answer(saved.map(|view| view.settings))
}
