//! Calls that come in as fast as a busy company has them, and a server that is killed while it answers.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use tokio::task::JoinSet;

use super::{
    figure::Figure,
    save::Connected,
    signed::{encoded, escaped, signature},
};
use crate::{
    demo::{ACCOUNT_SID, AUTH_TOKEN},
    http,
};

/// How long it goes on.
const SECONDS: u32 = 20;
/// Requests in a second; each is a call of its own.
const RATE: u32 = 200;
/// How long a request may wait for its answer before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(15);
/// The last requests, some of which the end of the server may leave without an answer.
const LAST: u32 = RATE / 2;
/// Microseconds within which 99 of 100 webhooks are stored and answered.
const P99: u64 = 49_999;
const PATH: &str = "/twiml/inbound";

/// The answers that came.
pub struct Answers {
    /// The calls that were answered for.
    pub calls: BTreeSet<String>,
    /// Microseconds from the moment at which each request was due to its answer, in order.
    micros: Vec<u64>,
}

struct Answered {
    call: String,
    micros: u64,
}

/// Sends them, each at its time, however long the others take; then calls `kill` with the last ones on their way.
pub async fn load(
    server: SocketAddr,
    connected: &Connected,
    kill: impl AsyncFnOnce() -> Result<()>,
) -> Result<Answers> {
    let ready = [("device", "bench"), ("presence", "ready")];
    let presence = http::post_form(server, "/phone/presence", &connected.cookie, &ready).await?;
    ensure!(presence.status < 300, "the phone is not there: {}", presence.body);

    let mut requests = JoinSet::new();
    let began = tokio::time::Instant::now();
    for number in 0..SECONDS * RATE {
        let due = began + Duration::from_secs(1) * number / RATE;
        tokio::time::sleep_until(due).await;
        let request = ask(server, number, connected.phone_number.clone(), due.into_std());
        requests.spawn(async move { (number, tokio::time::timeout(PATIENCE, request).await) });
    }
    kill().await?;

    let mut answers = Answers {
        calls: BTreeSet::new(),
        micros: Vec::new(),
    };
    while let Some(request) = requests.join_next().await {
        match request? {
            (_, Ok(Ok(Some(answered)))) => {
                answers.calls.insert(answered.call);
                answers.micros.push(answered.micros);
            }
            (number, Ok(Ok(None))) if number >= SECONDS * RATE - LAST => {}
            (number, Ok(Ok(None))) => bail!("webhook {number} got no answer"),
            (number, Ok(Err(error))) => return Err(error.context(format!("webhook {number}"))),
            (number, Err(_)) => bail!("webhook {number} got no answer in {PATIENCE:?}"),
        }
    }
    answers.micros.sort_unstable();
    Ok(answers)
}

/// One call comes in. None where the connection broke off.
async fn ask(server: SocketAddr, number: u32, to: String, due: Instant) -> Result<Option<Answered>> {
    let call = format!("CA{number:032x}");
    let from = format!("+1415555{number:04}");
    let form = [
        ("AccountSid", ACCOUNT_SID),
        ("ApiVersion", "2010-04-01"),
        ("CallSid", &call),
        ("CallStatus", "ringing"),
        ("Called", &to),
        ("Caller", &from),
        ("Direction", "inbound"),
        ("From", &from),
        ("To", &to),
    ];
    let signature = signature(AUTH_TOKEN, &format!("http://{server}{PATH}"), &form)?;
    let header = format!("X-Twilio-Signature: {signature}\r\n");
    let Ok(answer) = http::post_encoded(server, PATH, &header, &encoded(&form)).await else {
        return Ok(None);
    };
    let micros = u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX);
    let answer = answer.expect(200)?;
    // An answer that the end of the server cut off is none.
    if !answer.body.ends_with("</Response>") {
        ensure!(
            answer.body.is_empty() || answer.body.starts_with("<?xml"),
            "no TwiML: {}",
            answer.body
        );
        return Ok(None);
    }
    Ok(Some(Answered { call, micros }))
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Call>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Call {
    provider_sid: Option<String>,
}

/// Fails where a call that was answered for is not in the log, or is there twice.
pub async fn check(server: SocketAddr, connected: &Connected, answered: &BTreeSet<String>) -> Result<()> {
    let mut stored = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/calls?limit=100&cursor={}", escaped(&cursor));
        let answer = http::get_as(server, &path, &connected.cookie).await?.expect(200)?;
        let page: Page = serde_json::from_str(&answer.body).context("the call log")?;
        for call in page.items.into_iter().filter_map(|call| call.provider_sid) {
            ensure!(!stored.contains(&call), "{call} is in the call log twice");
            stored.insert(call);
        }
        match page.next {
            Some(next) => cursor = next,
            None => break,
        }
    }
    let lost = answered.difference(&stored).count();
    ensure!(
        lost == 0,
        "{lost} of {} calls were answered for and are lost",
        answered.len()
    );
    Ok(())
}

/// What is said of them.
pub fn figures(answers: &Answers) -> Vec<Figure> {
    let micros = |percent| percentile(&answers.micros, percent);
    vec![
        Figure::new(
            "webhooks, 200 in a second: stored and answered",
            answers.calls.len() as u64,
            "",
        ),
        Figure::new("… half of them within", micros(50), "µs"),
        Figure::new("… 99 of 100 within", micros(99), "µs").at_most(P99),
    ]
}

/// The smallest value that so many of a hundred do not exceed; of values in order.
pub fn percentile(ordered: &[u64], percent: usize) -> u64 {
    let place = (ordered.len() * percent).div_ceil(100).saturating_sub(1);
    ordered.get(place).copied().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!(percentile(&hundred, 50), 50);
        assert_eq!(percentile(&hundred, 99), 99);
        assert_eq!(percentile(&hundred, 100), 100);
        assert_eq!(percentile(&[7], 99), 7);
        assert_eq!(percentile(&[1, 2, 3], 50), 2);
    }

    #[test]
    fn without_any_answer_the_budget_is_exceeded() {
        let none = Answers {
            calls: BTreeSet::new(),
            micros: Vec::new(),
        };
        assert!(figures(&none).iter().any(Figure::is_over));
    }
}
