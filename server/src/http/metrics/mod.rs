//! `/metrics`: figures for the operator, as Prometheus reads them. <https://prometheus.io/docs/instrumenting/exposition_formats/>
//!
//! Labels take few values, and none that names a person: routes are patterns, outcomes are words of ours. Whatever counts uses the
//! `metrics` crate where it happens; here is who may read it, and what is looked up for each reading.

mod names;
mod process;
mod requests;
pub mod webhooks;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::time::UnixMillis;
use metrics::gauge;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::{ExposeSecret as _, SecretString};
use store::{Backlog, Store};
use subtle::ConstantTimeEq as _;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::router::Site;
pub use requests::Requests;

/// Where the figures are.
const PATH: &str = "/metrics";
/// How long what the database said is taken for true, so that reading often costs it nothing.
const FRESH: Duration = Duration::from_secs(5);
/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often measured times are put into their buckets: until then each takes 8 bytes.
const UPKEEP: Duration = Duration::from_secs(5);
/// What the answer is, to Prometheus.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Set by proxies: with any of them, whoever asks is not on this machine, wherever the connection comes from.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// The figures.
pub struct Metrics {
    /// Requests, counted as they are answered.
    pub requests: Requests,
    written: PrometheusHandle,
    store: Store,
    looked: Mutex<Option<Instant>>,
}

impl Metrics {
    /// Begins to count: everything before this is not.
    ///
    /// # Errors
    /// When something else in the process counts already.
    pub fn begin(store: Store, now: UnixMillis) -> anyhow::Result<Arc<Self>> {
        let recorder = names::builder()?.build_recorder();
        let written = recorder.handle();
        metrics::set_global_recorder(recorder)?;
        names::describe();
        gauge!("process_start_time_seconds").set(seconds(now.0));
        gauge!("sniko_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Ok(Arc::new(Self {
            requests: Requests::default(),
            written,
            store,
            looked: Mutex::default(),
        }))
    }

    /// Keeps what was measured small, for ever.
    pub async fn upkeep(self: Arc<Self>) {
        loop {
            tokio::time::sleep(UPKEEP).await;
            self.written.run_upkeep();
        }
    }

    async fn text(&self, now: UnixMillis) -> String {
        self.look(now).await;
        process::measure();
        let pool = self.store.pool_use();
        gauge!("sniko_database_connections", "state" => "in_use").set(pool.in_use);
        gauge!("sniko_database_connections", "state" => "idle").set(pool.open.saturating_sub(pool.in_use));
        gauge!("sniko_database_connections_max").set(pool.most);
        self.written.render()
    }

    /// Asks the database, unless it has just been asked. One asks at a time, so that many readers are one question.
    async fn look(&self, now: UnixMillis) {
        let mut looked = self.looked.lock().await;
        if looked.is_some_and(|at| at.elapsed() < FRESH) {
            return;
        }
        let found = tokio::time::timeout(PATIENCE, self.store.backlog(now)).await;
        let up = match found {
            Ok(Ok(backlog)) => {
                show(&backlog, now);
                true
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the figures of the database could not be read");
                false
            }
            Err(_) => {
                tracing::warn!("the figures of the database could not be read in time");
                false
            }
        };
        gauge!("sniko_database_up").set(f64::from(u8::from(up)));
        *looked = Some(Instant::now());
    }
}

fn show(backlog: &Backlog, now: UnixMillis) {
    for (job, due) in [
        ("send_text", backlog.send_text),
        ("delete_recording", backlog.delete_recording),
        ("reconcile", backlog.reconcile),
        ("check_connection", backlog.check_connection),
    ] {
        let age = due.oldest.map_or(0.0, |since| seconds(now.0 - since.0));
        gauge!("sniko_jobs_due", "job" => job).set(due.count);
        gauge!("sniko_jobs_oldest_due_seconds", "job" => job).set(age);
    }
    gauge!("sniko_texts_waiting").set(backlog.texts_waiting);
    gauge!("sniko_texts_unsettled").set(backlog.texts_unsettled);
    gauge!("sniko_calls_live").set(backlog.calls_live);
    gauge!("sniko_connections", "state" => "connected").set(backlog.connections_connected);
    gauge!("sniko_connections", "state" => "out_of_order").set(backlog.connections_out_of_order);
    gauge!("sniko_connections", "state" => "in_work").set(backlog.connections_in_work);
    gauge!("sniko_connections", "state" => "left_behind").set(backlog.connections_left_behind);
}

/// Of a time that is not in the future.
fn seconds(millis: i64) -> f64 {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default()).as_secs_f64()
}

/// Answers `/metrics` to whoever may read it; to everybody else there is nothing at that address, whatever the method.
pub async fn metrics(
    State(site): State<Site>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let read = matches!(*request.method(), Method::GET | Method::HEAD);
    let here = read && request.uri().path() == PATH;
    if !here || !may_read(peer, request.headers(), site.config.operator.metrics_token.as_ref()) {
        return next.run(request).await;
    }
    let text = site.metrics.text(site.clock.now()).await;
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response()
}

/// Whoever has the token, and without one only what runs on this machine.
fn may_read(peer: SocketAddr, headers: &HeaderMap, token: Option<&SecretString>) -> bool {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let sent = value.as_bytes().strip_prefix(b"Bearer ").unwrap_or_default();
        return token.is_some_and(|token| bool::from(token.expose_secret().as_bytes().ct_eq(sent)));
    }
    let forwarded = FORWARDED.iter().any(|name| headers.contains_key(*name));
    peer.ip().to_canonical().is_loopback() && !forwarded
}

/// Counts as open for as long as it is kept.
pub struct Open(metrics::Gauge);

impl Open {
    /// A connection to a client.
    pub fn connection() -> Self {
        Self::counted(gauge!("sniko_http_connections"))
    }

    /// Somebody who reads events.
    pub fn event_stream() -> Self {
        Self::counted(gauge!("sniko_event_streams"))
    }

    fn counted(gauge: metrics::Gauge) -> Self {
        gauge.increment(1);
        Self(gauge)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn may(peer: &str, headers: &[(&'static str, &str)], token: Option<&str>) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let token = token.map(SecretString::from);
        may_read(SocketAddr::new(peer.parse().unwrap(), 40_000), &map, token.as_ref())
    }

    #[test]
    fn without_a_token_only_this_machine_reads() {
        for here in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            assert!(may(here, &[], None), "{here}");
            assert!(may(here, &[], Some("a-token-of-this-length")), "{here}");
        }
        assert!(!may("10.0.0.7", &[], None));
        assert!(!may("10.0.0.7", &[], Some("a-token-of-this-length")));
    }

    #[test]
    fn what_a_proxy_on_this_machine_passes_on_is_from_elsewhere() {
        for name in FORWARDED {
            assert!(!may("127.0.0.1", &[(name, "203.0.113.9")], None), "{name}");
        }
        let with_token = [
            ("x-forwarded-for", "203.0.113.9"),
            ("authorization", "Bearer right-token"),
        ];
        assert!(may("127.0.0.1", &with_token, Some("right-token")));
    }

    #[test]
    fn a_token_is_right_or_nothing() {
        let with = |sent: &str| may("127.0.0.1", &[("authorization", sent)], Some("right-token"));
        assert!(with("Bearer right-token"));
        for wrong in [
            "Bearer wrong",
            "Bearer ",
            "right-token",
            "Basic right-token",
            "Bearer right-token2",
        ] {
            assert!(!with(wrong), "{wrong}");
        }
        assert!(!may("10.0.0.7", &[("authorization", "Bearer ")], None));
    }
}
