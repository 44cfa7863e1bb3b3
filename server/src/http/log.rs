//! The lines about requests. One each, except where there may be thousands a second: webhooks that were taken are in the call log
//! and told at the level `debug` only, and those that were refused are told together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use app::api::context::RequestFacts;
use axum::http::{Method, StatusCode};

/// How long refusals are gathered into one line, after the first, which is told at once.
const GATHER: Duration = Duration::from_secs(10);

/// An answer.
pub struct Answered<'a> {
    /// The request's.
    pub method: &'a Method,
    /// Without the query, since addresses may carry what is private.
    pub path: &'a str,
    /// Of the answer.
    pub status: StatusCode,
    /// When the request came.
    pub started: Instant,
    /// The request's.
    pub facts: &'a RequestFacts,
}

/// Writes the lines.
#[derive(Default)]
pub struct Log {
    /// Refusals since the last line about them, and one more while they are gathered.
    refused: Arc<AtomicU64>,
}

impl Log {
    /// Tells of an answer; `?` escapes what a client chose.
    pub fn tell(&self, answered: &Answered<'_>) {
        let Answered {
            method, path, facts, ..
        } = *answered;
        let millis = answered.started.elapsed().as_millis();
        let (status, address, agent) = (answered.status.as_u16(), &facts.address, &facts.user_agent);
        let webhook = path.starts_with("/webhooks/") || path.starts_with("/twiml/");
        let quiet = ["/healthz", "/readyz", "/metrics"].contains(&path) || path.starts_with("/pkg/");
        let refused = answered.status == StatusCode::TOO_MANY_REQUESTS || webhook && answered.status.is_client_error();
        if refused && !self.is_first_refusal() || quiet || webhook && answered.status.is_success() {
            tracing::debug!(%method, ?path, status, millis, address, ?agent, "answered");
        } else {
            tracing::info!(%method, ?path, status, millis, address, ?agent, "answered");
        }
    }

    /// Counts a refusal; whether it is the first for a while.
    fn is_first_refusal(&self) -> bool {
        if self.refused.fetch_add(1, Ordering::Relaxed) > 0 {
            return false;
        }
        let refused = Arc::clone(&self.refused);
        tokio::spawn(async move {
            tokio::time::sleep(GATHER).await;
            let more = refused.swap(0, Ordering::Relaxed).saturating_sub(1);
            if more > 0 {
                let seconds = GATHER.as_secs();
                tracing::info!(more, seconds, "more webhooks or too frequent requests were refused");
            }
        });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn refusals_are_told_together() {
        let log = Log::default();
        assert!(log.is_first_refusal());
        assert!(!log.is_first_refusal() && !log.is_first_refusal());
        tokio::time::sleep(GATHER * 2).await;
        assert!(log.is_first_refusal(), "and the next one by itself again");
    }
}
