//! Who sends texts.

use anyhow::Context as _;

use crate::config::{Config, SystemAccount, TextProvider};

/// Who sends texts, as far as it can be tried without sending one.
pub(super) async fn texts(config: &Config, client: &reqwest::Client) -> anyhow::Result<String> {
    let name = config.texts.provider.name();
    let users = match &config.texts.provider {
        TextProvider::Twilio => "each user's by his own connection".to_owned(),
        TextProvider::Log => "they are written to the log and sent to nobody".to_owned(),
        TextProvider::Webhook { url, .. } => {
            // Any answer, refusals included, shows that it is reached; a text that is posted might be sent.
            let request = client.head(url.clone()).send().await;
            request.with_context(|| format!("{name}: {url} is not reached"))?;
            format!("{url} is reached")
        }
    };
    let system = match &config.texts.system_account {
        None => "no system account".to_owned(),
        Some(account) => system_account(config, account)
            .await
            .with_context(|| format!("{name}: the system account {}", account.sid))?,
    };
    Ok(format!("{name}: {users}; {system}"))
}

async fn system_account(config: &Config, account: &SystemAccount) -> anyhow::Result<String> {
    let transport = twilio::Transport::new(config.endpoints())?;
    let found = transport
        .client(account.sid.clone(), account.auth_token.clone())
        .fetch_account()
        .await?;
    anyhow::ensure!(found.status == twilio::AccountStatus::Active, "it is not active");
    let from = match (&account.service, &account.number) {
        (Some(service), _) => format!("texts from {service}"),
        (None, Some(number)) => format!("texts from {number}"),
        (None, None) => {
            "texts nobody, since neither TWILIO_FROM_NUMBER nor TWILIO_MESSAGING_SERVICE_SID is set".to_owned()
        }
    };
    let whom = if config.texts.users_fall_back {
        ", also for users"
    } else {
        ""
    };
    Ok(format!("system account {} {from}{whom}", account.sid))
}
