//! `sniko doctor`

use std::time::Duration;

use anyhow::Context as _;
use reqwest::header::HeaderValue;
use services::{Clock as _, SystemClock};
use store::{Engine, Installation};
use url::Url;

use crate::config::{Config, SystemAccount, TextProvider};
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
    match database(&config).await {
        Ok(found) => {
            findings.note("database", Ok(found.to_string()));
            findings.note("keys", keys(&config, found.installation()));
        }
        Err(error) => {
            findings.note("database", Err(error));
            findings.skip("keys", "not tried, for want of the database");
        }
    }
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    match twilio(&config, &client).await {
        Ok((url, answer)) => {
            findings.note("Twilio", Ok(format!("{url} is reached")));
            match answer.headers().get(reqwest::header::DATE) {
                Some(date) => findings.note("clock", clock(date)),
                None => findings.skip("clock", "not compared, since that address does not tell the time"),
            }
        }
        Err(error) => {
            findings.note("Twilio", Err(error));
            findings.skip("clock", "not compared, for want of Twilio");
        }
    }
    findings.note("texts", texts(&config, &client).await);
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

    #[allow(clippy::print_stdout, reason = "a command's answer")]
    fn skip(&mut self, what: &str, why: &str) {
        println!("-      {what}: {why}");
    }

    fn end(self) -> anyhow::Result<()> {
        anyhow::ensure!(self.faults == 0, "{} of the checks found a fault", self.faults);
        Ok(())
    }
}

fn described(config: &Config) -> String {
    format!("{} on {}", config.app_url, config.leptos.site_addr)
}

/// The database as it was found; nothing is made or changed by looking.
enum Database {
    /// The first start makes it.
    NoneYet,
    SetUp(Engine, Option<Installation>),
}

impl Database {
    fn installation(&self) -> Option<&Installation> {
        match self {
            Self::NoneYet => None,
            Self::SetUp(_, installation) => installation.as_ref(),
        }
    }
}

impl std::fmt::Display for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoneYet => write!(f, "none yet; the first start makes it"),
            Self::SetUp(engine, _) => write!(f, "{engine:?} answers"),
        }
    }
}

async fn database(config: &Config) -> anyhow::Result<Database> {
    if config.database_file().is_some_and(|file| !file.exists()) {
        return Ok(Database::NoneYet);
    }
    let store = wiring::store(config).await?;
    store.ping().await.context("it does not answer")?;
    let installation = store
        .installation()
        .await
        .context("its schema is not up to date; run `sniko migrate`")?;
    Ok(Database::SetUp(store.engine(), installation))
}

fn keys(config: &Config, installation: Option<&Installation>) -> anyhow::Result<String> {
    let Some(vault) = config.keys.existing(installation.is_some())? else {
        return Ok("none yet; the first start makes one for development".to_owned());
    };
    if let Some(installation) = installation {
        vault
            .check_canary(&installation.canary)
            .context("they do not fit this database")?;
    }
    Ok(format!("{} seals", vault.active_key_id()))
}

/// Any answer, refusals included, shows that it is reached.
async fn twilio(config: &Config, client: &reqwest::Client) -> anyhow::Result<(Url, reqwest::Response)> {
    let url = match &config.twilio_api_url {
        Some(simulator) => simulator.clone(),
        None => "https://api.twilio.com/2010-04-01.json".parse()?,
    };
    let answer = client
        .get(url.clone())
        .send()
        .await
        .with_context(|| format!("{url} is not reached"))?;
    Ok((url, answer))
}

/// Who sends texts, as far as it can be tried without sending one.
async fn texts(config: &Config, client: &reqwest::Client) -> anyhow::Result<String> {
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

/// Compares this machine's clock with the time that an answer from Twilio carries.
fn clock(date: &HeaderValue) -> anyhow::Result<String> {
    let there = jiff::fmt::rfc2822::parse(date.to_str()?).context("the time that Twilio tells cannot be read")?;
    let off = SystemClock.now().0.div_euclid(1000) - there.timestamp().as_second();
    anyhow::ensure!(
        off.abs() <= CLOCK_OFF,
        "off by {off} s from Twilio's; set it by NTP, or tokens and signatures are refused"
    );
    Ok(format!("right to {} s", off.abs()))
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
