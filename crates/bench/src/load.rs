//! Asking, with the clock running.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::process::{Used, used};
use crate::requests::{Kind, Requests, Tenant, make, parents};
use crate::stats::{percentile, rate};
use crate::wire::Connection;

/// The pause before a connection that was refused or broke off is opened again.
const PAUSE: Duration = Duration::from_millis(20);

/// The options of `bench load`.
#[derive(clap::Args)]
pub struct Options {
    /// Whom to ask
    #[arg(long)]
    target: SocketAddr,
    /// What for
    #[arg(long)]
    kind: Kind,
    #[command(flatten)]
    tenant: Tenant,
    /// The number of the first request: a multiple of 3072 that leaves those of earlier runs behind
    #[arg(long, default_value_t = 0)]
    from: u32,
    /// Most requests
    #[arg(long, default_value_t = 20_000)]
    most: u32,
    /// How long, in seconds
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// Connections that stay open
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Requests in a second, each at its time; without it, as many as are answered
    #[arg(long)]
    rate: Option<f64>,
    /// Further connections, which say nothing
    #[arg(long, default_value_t = 0)]
    idle: usize,
    /// The server's process
    #[arg(long)]
    watch: Option<u32>,
    /// Also tells what was answered with success, and ends at the first connection that breaks off
    #[arg(long)]
    list: bool,
}

/// How it went.
#[derive(Serialize)]
pub struct Outcome {
    answers: usize,
    seconds: f64,
    per_second: f64,
    p50_micros: u32,
    p99_micros: u32,
    max_micros: u32,
    /// How often each status came.
    statuses: BTreeMap<u16, usize>,
    /// Requests that got no answer.
    broken: usize,
    /// Of the server, meanwhile.
    cpu_micros_per_answer: f64,
    /// Of the server, afterwards.
    peak_kib: u64,
    own_kib: u64,
    /// Our own, meanwhile.
    generator_cpu_micros_per_answer: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    acknowledged: Vec<String>,
}

/// What one connection has seen: number, status and microseconds of each answer.
#[derive(Default)]
struct Seen {
    answers: Vec<(usize, u16, u32)>,
    broken: usize,
}

/// What all connections share.
struct Shared {
    target: SocketAddr,
    requests: Requests,
    next: AtomicUsize,
    begin: Instant,
    end: Instant,
    /// From one request to the next.
    period: Option<Duration>,
    gives_up: bool,
}

/// Asks.
///
/// # Errors
/// When the requests cannot be made, or nothing was answered.
pub async fn run(options: &Options) -> Result<Outcome> {
    let numbers = options.from..options.from + options.most;
    let calls = match options.kind {
        Kind::Named => calls_in(options, make(Kind::Parent, &options.tenant, parents(&numbers), &[])?).await?,
        _ => Vec::new(),
    };
    let requests = make(options.kind, &options.tenant, numbers, &calls)?;
    let mut idle = JoinSet::new();
    for _ in 0..options.idle {
        idle.spawn(wait(options.target));
    }
    if options.idle > 0 {
        sleep(Duration::from_millis(500)).await;
    }
    let watched = || options.watch.map(used).unwrap_or_default();
    let (before, own_before) = (watched(), used(std::process::id()));
    let (seen, seconds) = ask_all(options, requests, options.seconds).await?;
    let (after, own_after) = (watched(), used(std::process::id()));
    idle.abort_all();
    summary(options, &seen, seconds, [before, after, own_before, own_after])
}

/// Asks with all connections until the requests or the time are over.
async fn ask_all(options: &Options, requests: Requests, seconds: f64) -> Result<(Seen, f64)> {
    let begin = Instant::now();
    let shared = Arc::new(Shared {
        target: options.target,
        requests,
        next: AtomicUsize::new(0),
        begin,
        end: begin + Duration::from_secs_f64(seconds),
        period: options.rate.map(|rate| Duration::from_secs_f64(1.0 / rate)),
        gives_up: options.list,
    });
    let mut connections = JoinSet::new();
    for _ in 0..options.connections {
        connections.spawn(ask(Arc::clone(&shared)));
    }
    let mut all = Seen::default();
    while let Some(seen) = connections.join_next().await {
        let seen = seen?;
        all.answers.extend(seen.answers);
        all.broken += seen.broken;
    }
    Ok((all, begin.elapsed().as_secs_f64()))
}

/// One connection.
async fn ask(shared: Arc<Shared>) -> Seen {
    let mut seen = Seen::default();
    let mut connection = Connection::to(shared.target);
    loop {
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        let Some(request) = shared.requests.get(number) else {
            break;
        };
        let due = match shared.period {
            Some(period) => shared.begin + period.mul_f64(number as f64),
            None => Instant::now(),
        };
        if due >= shared.end {
            break;
        }
        sleep_until(due).await;
        match connection.ask(request).await {
            Ok(answer) => {
                let micros = u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX);
                seen.answers.push((number, answer.status, micros));
            }
            Err(_) => {
                seen.broken += 1;
                if shared.gives_up {
                    break;
                }
                sleep(PAUSE).await;
            }
        }
    }
    seen
}

/// Keeps a connection open that says nothing, and opens it again when the server has had enough of it.
async fn wait(target: SocketAddr) {
    loop {
        if let Ok(mut stream) = TcpStream::connect(target).await {
            let mut nothing = [0; 256];
            while stream.read(&mut nothing).await.is_ok_and(|read| read > 0) {}
        }
        sleep(PAUSE).await;
    }
}

/// Has the calls come in that addresses are to name, and returns their ids.
async fn calls_in(options: &Options, requests: Requests) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    let (mut waiting, requests) = (JoinSet::new(), Arc::new(requests));
    for lane in 0..options.connections {
        let (requests, mut connection) = (Arc::clone(&requests), Connection::to(options.target));
        let lanes = options.connections;
        waiting.spawn(async move {
            let mut found = Vec::new();
            for number in (lane..requests.len()).step_by(lanes) {
                let answer = connection.ask(requests.get(number).unwrap_or_default()).await?;
                let id = call_of(&String::from_utf8_lossy(answer.body)).context("an answer that names no call")?;
                found.push((number, id));
            }
            anyhow::Ok(found)
        });
    }
    while let Some(found) = waiting.join_next().await {
        ids.extend(found??);
    }
    ids.sort_unstable();
    Ok(ids.into_iter().map(|(_, id)| id).collect())
}

/// The call that the addresses in an answer name.
fn call_of(twiml: &str) -> Option<String> {
    let (_, after) = twiml.split_once("/webhooks/twilio/voice/")?;
    after.split(['?', '"', '#']).next().map(str::to_owned)
}

fn summary(options: &Options, seen: &Seen, seconds: f64, used: [Used; 4]) -> Result<Outcome> {
    let [before, after, own_before, own_after] = used;
    let answers = seen.answers.len();
    ensure!(answers > 0, "nothing was answered");
    let mut micros: Vec<u32> = seen.answers.iter().map(|(_, _, micros)| *micros).collect();
    micros.sort_unstable();
    let mut statuses = BTreeMap::new();
    for (_, status, _) in &seen.answers {
        *statuses.entry(*status).or_default() += 1;
    }
    let succeeded = seen.answers.iter().filter(|(_, status, _)| (200..300).contains(status));
    let acknowledged = succeeded.map(|(number, _, _)| options.kind.sid(options.from + *number as u32));
    let each = |after: Used, before: Used| after.cpu_micros.saturating_sub(before.cpu_micros) as f64 / answers as f64;
    Ok(Outcome {
        answers,
        seconds,
        per_second: rate(answers, seconds),
        p50_micros: percentile(&micros, 50),
        p99_micros: percentile(&micros, 99),
        max_micros: percentile(&micros, 100),
        statuses,
        broken: seen.broken,
        cpu_micros_per_answer: each(after, before),
        peak_kib: after.peak_kib,
        own_kib: after.own_kib,
        generator_cpu_micros_per_answer: each(own_after, own_before),
        acknowledged: if options.list {
            acknowledged.collect()
        } else {
            Vec::new()
        },
    })
}
