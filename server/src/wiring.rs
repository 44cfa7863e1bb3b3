//! Settings become parts.

use std::sync::Arc;

use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use services::messages::{Setup, SystemAccount};
use services::{Entropy, Parts, Settings, SystemClock};
use store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Config, TextProvider};

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
    let twilio = twilio::Transport::new(endpoints.clone()).context("preparing the HTTP client")?;
    let parts = Parts {
        store,
        vault: Arc::new(config.keys.ring(set_up)?),
        texts: Arc::new(texts(config, &twilio)?),
        twilio,
        clock: Arc::new(SystemClock),
        entropy: Entropy,
        settings: Arc::new(Settings {
            app_url: config.app_url.clone(),
            sign_up: config.sign_up,
            api_key_roll_days: config.api_key_roll_days,
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

/// Who sends texts. A further provider is a further line here and in `messaging`.
fn texts(config: &Config, twilio: &twilio::Transport) -> anyhow::Result<Setup> {
    let settings = messaging::Settings {
        twilio: config.texts.twilio_enabled.then(|| twilio.clone()),
        webhook: match &config.texts.provider {
            TextProvider::Webhook {
                url,
                token,
                signing_key,
            } => Some(messaging::WebhookSettings {
                url: url.clone(),
                token: token.clone(),
                signing_key: signing_key.clone(),
            }),
            TextProvider::Twilio | TextProvider::Log => None,
        },
    };
    let system = config.texts.system_account.as_ref().map(|account| SystemAccount {
        account_sid: account.sid.clone(),
        auth_token: account.auth_token.clone(),
        sender: account.service.clone().or_else(|| account.number.clone()),
        serves_users: config.texts.users_fall_back,
    });
    let provider = messaging::Provider::from_settings(config.texts.provider.name(), &settings)
        .context("preparing the provider of texts")?;
    Ok(Setup { provider, system })
}
