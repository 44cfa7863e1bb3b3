//! Settings become parts.

use std::sync::Arc;

use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use services::{Entropy, Parts, Settings, SystemClock};
use store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;

/// Opens the database.
///
/// # Errors
/// When it cannot be opened.
pub async fn store(config: &Config) -> anyhow::Result<Store> {
    Store::connect(config.database_url.expose_secret())
        .await
        .context("opening the database")
}

/// Opens the database, brings its schema up to date, and proves that the keys are the right ones.
///
/// # Errors
/// With a sentence for the operator: then nothing may start.
pub async fn parts(config: &Config) -> anyhow::Result<Parts> {
    let store = store(config).await?;
    store
        .migrate()
        .await
        .context("bringing the database's schema up to date")?;
    let set_up = store.installation().await.context("reading the database")?.is_some();
    let endpoints = config.endpoints();
    let parts = Parts {
        store,
        vault: Arc::new(config.keys.ring(set_up)?),
        twilio: twilio::Transport::new(endpoints.clone()).context("preparing the HTTP client")?,
        clock: Arc::new(SystemClock),
        entropy: Entropy,
        settings: Arc::new(Settings {
            app_url: config.app_url.clone(),
            sign_up: config.sign_up,
            endpoints,
            simulator_url: config.simulator_url(),
            signalling_host: config.twilio_signalling_host.clone(),
        }),
        tasks: TaskTracker::new(),
        shutdown: CancellationToken::new(),
    };
    services::installation::open(&parts)
        .await
        .context("the keys (APP_KEYS) do not fit this database")?;
    Ok(parts)
}
