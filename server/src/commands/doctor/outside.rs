//! What is outside: Twilio, its clock, and the way back to here.

use anyhow::Context as _;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Response, StatusCode};
use services::{Clock as _, SystemClock};
use store::Installation;
use url::Url;

use super::findings::Findings;
use crate::config::Config;
use crate::http::health;
use crate::webhooks::FORBIDDEN;

/// A clock that is off by more spoils tokens and signatures.
const CLOCK_OFF: i64 = 60;
/// Whatever address Twilio is given, it begins like this one.
const WEBHOOK: &str = "/webhooks/sms/twilio";

/// Whether Twilio is reached, and whether its clock and ours agree.
pub(super) async fn twilio(config: &Config, client: &reqwest::Client, findings: &mut Findings) {
    match reached(config, client).await {
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
}

/// Any answer, refusals included, shows that it is reached.
async fn reached(config: &Config, client: &reqwest::Client) -> anyhow::Result<(Url, Response)> {
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

/// Whether `APP_URL` leads to this installation, and whether a webhook would get through.
pub(super) async fn public_url(
    config: &Config,
    client: &reqwest::Client,
    installation: Option<&Installation>,
    findings: &mut Findings,
) {
    let home = home(config, client, installation).await;
    let at_home = home.is_ok();
    findings.note("public URL", home);
    if at_home {
        findings.note("webhooks", webhook(config, client).await);
    } else {
        findings.skip("webhooks", "not tried, for want of the public URL");
    }
}

async fn home(
    config: &Config,
    client: &reqwest::Client,
    installation: Option<&Installation>,
) -> anyhow::Result<String> {
    let url = address(config, "/healthz");
    let answer = client.get(&url).send().await.with_context(|| {
        format!("{url} is not reached from here; is the server running, and does APP_URL lead to it?")
    })?;
    anyhow::ensure!(
        answer.status().is_success(),
        "{url} answers {}; APP_URL leads to something else",
        answer.status()
    );
    let mark = answer.headers().get(health::INSTALLATION);
    let mark =
        mark.with_context(|| format!("{url} answers, but not as Sniko does; APP_URL leads to something else"))?;
    match installation {
        None => Ok(format!(
            "{url} answers; whether it is this installation cannot be told without its database"
        )),
        Some(installation) => {
            anyhow::ensure!(
                mark.as_bytes() == health::mark(&installation.install_id).as_bytes(),
                "{url} is another installation of Sniko, with another database; APP_URL or DATABASE_URL is not this one's"
            );
            Ok(format!("{url} is this installation"))
        }
    }
}

/// Posts what Twilio would, without a signature: it must be refused by us, and by nobody before us.
async fn webhook(config: &Config, client: &reqwest::Client) -> anyhow::Result<String> {
    let url = address(config, WEBHOOK);
    let request = client
        .post(&url)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body("Doctor=1");
    let answer = request
        .send()
        .await
        .with_context(|| format!("{url} is not reached from here"))?;
    let status = answer.status();
    let said = answer.text().await.unwrap_or_default();
    anyhow::ensure!(
        status == StatusCode::FORBIDDEN && said == FORBIDDEN,
        "{url} answers {status} to a webhook, and not as Sniko does: something in front of it, such as a proxy's sign-in or a \
         firewall, keeps Twilio out; let POST requests to /twiml/ and /webhooks/ through as they are"
    );
    Ok(format!("{url} is reached, and refuses what is not signed"))
}

fn address(config: &Config, path: &str) -> String {
    format!("{}{path}", config.app_url.as_str().trim_end_matches('/'))
}
