//! `sniko doctor`: everything that can be checked from here, a line each.
//!
//! A check is a function that answers with what it found, or with what is wrong and the way out. [`doctor`] has their order; a further
//! one is a function in the file it belongs to and a line there. Nothing is made or changed by looking.

mod database;
mod findings;
mod machine;
mod outside;
mod texts;

use std::time::Duration;

use crate::config::Config;
use findings::Findings;

/// How long anybody may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Checks everything; `as_json` for programs.
///
/// # Errors
/// When anything is wrong.
pub async fn doctor(as_json: bool) -> anyhow::Result<()> {
    let config = super::load()?;
    let mut findings = Findings::new(as_json);
    findings.note("settings", Ok(described(&config)));
    findings.note("files", machine::files());
    let database = database::open(&config, &mut findings).await;
    database::look(&config, database.as_ref(), &mut findings).await;

    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    outside::twilio(&config, &client, &mut findings).await;
    findings.note("texts", texts::texts(&config, &client).await);
    let installation = database.as_ref().and_then(database::Database::installation);
    outside::public_url(&config, &client, installation, &mut findings).await;
    findings.end()
}

fn described(config: &Config) -> String {
    format!("{} on {}", config.app_url, config.leptos.site_addr)
}
