//! Texts that are taken as fast as a busy company writes them, an outbox that keeps up, and what a great many cost.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use tokio::task::JoinSet;

use xtask::{
    process::{cargo, command, output, run},
    workspace::Workspace,
};

use super::{
    figure::Figure,
    product::millis,
    save::Connected,
    signed::{encoded, escaped},
    webhooks::percentile,
};
use crate::{demo::EMAIL, http};

/// How long it goes on.
const SECONDS: u32 = 10;
/// Texts in a second.
const RATE: u32 = 500;
/// People who are written to, in turn.
const PEERS: u32 = 1000;
/// How long a request may wait for its answer before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(15);
/// Microseconds within which 99 of 100 texts are stored and answered for.
const P99: u64 = 99_999;
/// Milliseconds after the last was taken until all are sent, by a provider that answers at once.
const DRAINED: u64 = 5_000;

/// A small and a large outbox, and how many texts of each are sent.
const BACKLOGS: [u32; 2] = [100, 100_000];
const SENT: u32 = 2_000;
/// A short and a long thread, each with somebody.
const THREADS: [(&str, u32); 2] = [("+12127361000", 10), ("+12127361001", 10_000)];
/// Of what a few cost, so much is what many may cost, in percent; with this much more, since small times vary.
const ALIKE: u64 = 150;
const SLACK_MICROS: u64 = 100;
const SLACK_MILLIS: u64 = 5;
/// How often a page is asked for.
const LOOKS: usize = 21;

/// How it went.
pub struct Load {
    /// Microseconds from the moment at which each text was due to its answer, in order.
    micros: Vec<u64>,
    /// Milliseconds from the last answer until nothing was left to send.
    drained: u64,
}

/// Texts are asked for, each at its time, however long the others take; then it is waited until all are sent.
pub async fn load(server: SocketAddr, connected: &Connected) -> Result<Load> {
    let mut requests = JoinSet::new();
    let began = tokio::time::Instant::now();
    for number in 0..SECONDS * RATE {
        let due = began + Duration::from_secs(1) * number / RATE;
        tokio::time::sleep_until(due).await;
        let request = ask(server, number, connected.cookie.clone(), due.into_std());
        requests.spawn(async move { (number, tokio::time::timeout(PATIENCE, request).await) });
    }
    let mut micros = Vec::new();
    while let Some(request) = requests.join_next().await {
        match request? {
            (_, Ok(Ok(took))) => micros.push(took),
            (number, Ok(Err(error))) => return Err(error.context(format!("text {number}"))),
            (number, Err(_)) => bail!("text {number} got no answer in {PATIENCE:?}"),
        }
    }
    micros.sort_unstable();
    let last = Instant::now();
    while waiting(server, &connected.cookie, micros.len()).await? {
        ensure!(last.elapsed() < 8 * PATIENCE, "the outbox is not emptied");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(Load {
        micros,
        drained: millis(last),
    })
}

/// One text is asked for; the microseconds that took.
async fn ask(server: SocketAddr, number: u32, cookie: String, due: Instant) -> Result<u64> {
    let (to, body) = (
        format!("+1212736{:04}", number % PEERS),
        format!("Text number {number}"),
    );
    let headers = format!("Cookie: {cookie}\r\nIdempotency-Key: bench-{number}\r\n");
    let form = encoded(&[("to", &to), ("body", &body)]);
    let answer = http::post_encoded(server, "/api/messages", &headers, &form).await?;
    answer.expect(202)?;
    Ok(u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX))
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Text>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Text {
    status: String,
}

/// Whether any text still waits. Fails where one is lost or was not sent.
async fn waiting(server: SocketAddr, cookie: &str, taken: usize) -> Result<bool> {
    let (mut cursor, mut seen) = (String::new(), 0);
    loop {
        let path = format!("/api/messages?direction=outbound&limit=100&cursor={}", escaped(&cursor));
        let answer = http::get_as(server, &path, cookie).await?.expect(200)?;
        let page: Page = serde_json::from_str(&answer.body).context("the texts")?;
        for text in &page.items {
            match text.status.as_str() {
                "queued" | "sending" => return Ok(true),
                "accepted" | "sent" | "delivered" => seen += 1,
                other => bail!("a text is {other}"),
            }
        }
        match page.next {
            Some(next) => cursor = next,
            None => break,
        }
    }
    ensure!(seen == taken, "{taken} texts were answered for, and {seen} are there");
    Ok(false)
}

/// What is said of the load.
pub fn figures(load: &Load) -> Vec<Figure> {
    let name = format!("texts, {RATE} in a second: stored and answered");
    vec![
        Figure::new(name, load.micros.len() as u64, ""),
        Figure::new("… half of them within", percentile(&load.micros, 50), "µs"),
        Figure::new("… 99 of 100 within", percentile(&load.micros, 99), "µs").at_most(P99),
        Figure::new("… all of them sent, after the last was taken", load.drained, "ms").at_most(DRAINED),
    ]
}

/// What a great many cost, beside a few: texts that wait, and texts in a thread.
pub async fn sizes(
    workspace: &Workspace,
    server: SocketAddr,
    database: &str,
    connected: &Connected,
) -> Result<Vec<Figure>> {
    run(cargo().args(["build", "--release", "--package", "store", "--example", "texts"])).await?;
    let program = workspace.release().join("examples").join("texts");
    let mut each = Vec::new();
    for waiting in BACKLOGS {
        let mut backlog = command(&program);
        backlog.args(["backlog", &waiting.to_string(), &SENT.to_string()]);
        each.push(output(&mut backlog).await?.trim().parse()?);
    }
    let mut pages = Vec::new();
    for (peer, texts) in THREADS {
        run(command(&program).args(["thread", database, EMAIL, peer, &texts.to_string()])).await?;
        pages.push(page(server, peer, &connected.cookie).await?);
    }
    let backlogs = BACKLOGS.map(|waiting| format!("a text sent while {waiting} wait"));
    let threads = THREADS.map(|(_, texts)| format!("the page of a thread of {texts} texts"));
    let mut figures = alike(&backlogs, &each, "µs", SLACK_MICROS);
    figures.extend(alike(&threads, &pages, "ms", SLACK_MILLIS));
    Ok(figures)
}

/// Milliseconds that a thread's page takes: the middle of several times.
async fn page(server: SocketAddr, peer: &str, cookie: &str) -> Result<u64> {
    let path = format!("/messages/{}", escaped(peer));
    let mut times = Vec::new();
    for _ in 0..LOOKS {
        let begun = Instant::now();
        http::get_as(server, &path, cookie).await?.expect(200)?;
        times.push(millis(begun));
    }
    times.sort_unstable();
    Ok(percentile(&times, 50))
}

/// A figure of a few, and one of many that must not be much larger.
fn alike(names: &[String; 2], values: &[u64], unit: &'static str, slack: u64) -> Vec<Figure> {
    let few = values.first().copied().unwrap_or_default();
    let budgets = [None, Some(few * ALIKE / 100 + slack)];
    let all = names.iter().zip(values).zip(budgets);
    all.map(|((name, value), budget)| {
        let figure = Figure::new(name, *value, unit);
        match budget {
            Some(most) => figure.at_most(most),
            None => figure,
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_may_cost_what_a_few_do_and_little_more() {
        let names = ["few".to_owned(), "many".to_owned()];
        let over = |values: [u64; 2]| alike(&names, &values, "ms", 5).iter().any(Figure::is_over);
        assert!(!over([10, 20]) && over([10, 21]));
        assert!(!over([0, 5]) && over([0, 6]));
    }

    #[test]
    fn a_slow_outbox_is_over_its_budget() {
        let load = |micros, drained| Load { micros, drained };
        let over = |load: &Load| figures(load).iter().any(Figure::is_over);
        assert!(!over(&load(vec![100], DRAINED)));
        assert!(over(&load(vec![100], DRAINED + 1)));
        assert!(over(&load(vec![P99 + 1], 0)));
        assert!(over(&load(Vec::new(), 0)), "without any answer");
    }
}
