//! How calls are treated: `/settings/calls` and its menu.
//!
//! Everything arrives as text, so that what is no number is refused in words, beside its field.

use std::collections::BTreeMap;

use domain::voice::VoiceSettings;
use leptos::prelude::*;
use server_fn::codec::PostUrl;

#[cfg(feature = "ssr")]
use super::error::answer::{answer, caller};
use super::{Answer, ApiError};

/// Changes the settings whose fields are sent; the others stay.
#[server(prefix = "/settings", endpoint = "calls", input = PostUrl)]
pub async fn save(
    /// `no_answer`, `forward_to`, `ring_seconds`, `greeting`, `recording`, `retention_days`, `countries`, `max_concurrent`,
    /// `max_minutes_a_day`.
    #[server(flatten)]
    fields: BTreeMap<String, String>,
) -> Result<Answer<VoiceSettings>, ApiError> {
    let (services, caller) = caller()?;
    answer(services.calls.save_settings(&caller, &fields).await)
}

/// Replaces the menu, or takes it away.
#[server(prefix = "/settings/calls", endpoint = "menu", input = PostUrl)]
pub async fn save_menu(
    /// `menu_on`, `greeting`, and for each key `key_1_action`, `key_1_to`, `key_1_text` … `key_star_…`, `key_hash_…`.
    #[server(flatten)]
    fields: BTreeMap<String, String>,
) -> Result<Answer<VoiceSettings>, ApiError> {
    let (services, caller) = caller()?;
    answer(services.calls.save_menu(&caller, &fields).await)
}
