//! `/healthz` and `/readyz`: whether it lives, and whether new requests are welcome.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::problem::Problem;
use sha2::{Digest as _, Sha256};

use super::error;
use crate::router::Site;

/// How long the database may take to answer the readiness check.
const PING: Duration = Duration::from_secs(3);
/// Tells which installation answers.
pub const INSTALLATION: HeaderName = HeaderName::from_static("sniko-installation");
/// Bytes of a mark: enough to tell one installation from another.
const MARK: usize = 8;

/// What stands for an installation where everybody may read it. Its own name is kept for what it makes at Twilio.
pub fn mark(install_id: &str) -> String {
    let digest = Sha256::digest(format!("installation {install_id}"));
    digest.iter().take(MARK).map(|byte| format!("{byte:02x}")).collect()
}

/// `GET /healthz`. Asks nobody: it says that the program runs, and whose it is.
pub async fn alive(State(site): State<Site>) -> Response {
    let mark = HeaderValue::from_str(&site.mark).unwrap_or(HeaderValue::from_static(""));
    ([(INSTALLATION, mark)], "ok\n").into_response()
}

/// `GET /readyz`
pub async fn ready(State(site): State<Site>) -> Response {
    let unready = |why: &str| error::incomplete(StatusCode::SERVICE_UNAVAILABLE, Problem::new("not_ready", why));
    if !site.ready.load(Ordering::Acquire) {
        return unready("The server is starting or stopping.");
    }
    match tokio::time::timeout(PING, site.store.ping()).await {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database does not answer");
            unready("The database does not answer.")
        }
        Err(_) => {
            tracing::warn!("the database does not answer in time");
            unready("The database does not answer.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_tells_installations_apart_and_not_their_names() {
        let (one, other) = (mark("0123456789abcdef"), mark("0123456789abcdee"));
        assert_ne!(one, other);
        assert_eq!(one.len(), 16);
        assert!(!"0123456789abcdef".contains(&one));
    }
}
