//! `sniko doctor`

use std::time::Duration;

use anyhow::Context as _;
use services::{Clock as _, SystemClock};

use crate::config::Config;
use crate::wiring;

/// A clock that is off by more spoils tokens and signatures.
const CLOCK_OFF: i64 = 60;
const PATIENCE: Duration = Duration::from_secs(10);

/// Checks everything that can be checked from here, one line each.
///
/// # Errors
/// When anything is wrong.
pub async fn doctor() -> anyhow::Result<()> {
    let config = super::load()?;
    let mut findings = Findings::default();
    findings.note("settings", Ok(described(&config)));
    findings.note("database and keys", database(&config).await);
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    findings.note("Twilio and clock", twilio(&config, &client).await);
    findings.note("public URL", public_url(&config, &client).await);
    findings.end()
}

/// What was found, said as it is found.
#[derive(Default)]
struct Findings {
    faults: usize,
}

impl Findings {
    #[allow(clippy::print_stdout, reason = "a command's answer")]
    fn note(&mut self, what: &str, found: anyhow::Result<String>) {
        match found {
            Ok(found) => println!("ok     {what}: {found}"),
            Err(error) => {
                self.faults += 1;
                println!("FAULT  {what}: {error:#}");
            }
        }
    }

    fn end(self) -> anyhow::Result<()> {
        anyhow::ensure!(self.faults == 0, "{} of the checks found a fault", self.faults);
        Ok(())
    }
}

fn described(config: &Config) -> String {
    let system = config
        .system_account
        .as_ref()
        .map_or("no system account".to_owned(), |sid| format!("system account {sid}"));
    format!("{} on {}, {system}", config.app_url, config.leptos.site_addr)
}

async fn database(config: &Config) -> anyhow::Result<String> {
    let parts = wiring::parts(config).await?;
    parts.store.ping().await.context("the database does not answer")?;
    let sealed = parts.store.list_sealed().await?.len();
    Ok(format!(
        "{:?}, {sealed} sealed secrets, active key {}",
        parts.store.engine(),
        parts.vault.active_key_id()
    ))
}

/// Any answer of Twilio's, refusals included, shows that it is reached and what time it is there.
async fn twilio(config: &Config, client: &reqwest::Client) -> anyhow::Result<String> {
    let url = match &config.twilio_api_url {
        Some(simulator) => simulator.clone(),
        None => "https://api.twilio.com/2010-04-01.json".parse()?,
    };
    let answer = client
        .get(url.clone())
        .send()
        .await
        .with_context(|| format!("{url} is not reached"))?;
    let Some(date) = answer
        .headers()
        .get(reqwest::header::DATE)
        .and_then(|date| date.to_str().ok())
    else {
        return Ok(format!("{url} is reached; it does not tell the time"));
    };
    let there = jiff::fmt::rfc2822::parse(date).context("the time that Twilio tells cannot be read")?;
    let off = SystemClock.now().0.div_euclid(1000) - there.timestamp().as_second();
    anyhow::ensure!(
        off.abs() <= CLOCK_OFF,
        "this machine's clock is off by {off} s; set it by NTP"
    );
    Ok(format!("{url} is reached, the clock is right to {} s", off.abs()))
}

async fn public_url(config: &Config, client: &reqwest::Client) -> anyhow::Result<String> {
    let url = format!("{}/healthz", config.app_url.as_str().trim_end_matches('/'));
    let answer = client.get(&url).send().await.with_context(|| {
        format!("{url} is not reached from here; is the server running, and does APP_URL lead to it?")
    })?;
    anyhow::ensure!(
        answer.status().is_success(),
        "{url} answers {}; APP_URL leads to something else",
        answer.status()
    );
    Ok(format!("{url} answers"))
}
