//! The bare peer: it does what has to be done for each request, for one account, and nothing else.

mod writer;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use tokio::net::TcpListener;

use self::writer::{Report, Writer};
use crate::signed::is_signed;

/// What a token is valid for, in seconds.
const LIFE: u64 = 600;

/// The one tenant, and where things go.
struct Peer {
    base: String,
    account: String,
    auth_token: String,
    writer: Writer,
    key: EncodingKey,
}

/// How SQLite is opened: nothing that was acknowledged may be lost when the power is.
pub fn database(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
}

/// Serves until it is killed.
///
/// # Errors
/// When the address or the file cannot be used.
pub async fn serve(listen: SocketAddr, path: &Path, account: &str, auth_token: &str, group: usize) -> Result<()> {
    let peer = Peer {
        base: format!("http://{listen}"),
        account: account.to_owned(),
        auth_token: auth_token.to_owned(),
        writer: Writer::start(database(path), group).await?,
        key: EncodingKey::from_secret(b"0123456789abcdef0123456789abcdef"),
    };
    let router = Router::new()
        .route("/empty", get(async || StatusCode::NO_CONTENT))
        .route("/webhooks/twilio/call-status", post(status))
        .route("/twiml/inbound", post(twiml))
        .route("/twilio/token", get(token))
        .with_state(Arc::new(peer));
    let listener = TcpListener::bind(listen).await.context("listening")?;
    axum::serve(listener, router).await.context("serving")
}

async fn status(State(peer): State<Arc<Peer>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let Some(report) = verified(&peer, &uri, &headers, &body) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    if !peer.writer.write(report).await {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn twiml(State(peer): State<Arc<Peer>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let Some(mut report) = verified(&peer, &uri, &headers, &body) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let (sid, base) = (&report.sid, &peer.base);
    let twiml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Dial action=\"{base}/webhooks/twilio/voice/{sid}\" timeout=\"20\">\
         <Client statusCallback=\"{base}/webhooks/twilio/call-status\">somebody</Client></Dial></Response>"
    );
    report.answer = Some(twiml.clone());
    if !peer.writer.write(report).await {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    ([(header::CONTENT_TYPE, "text/xml")], twiml).into_response()
}

/// What is reported, if it is signed by the account that it names.
fn verified(peer: &Peer, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Option<Report> {
    let signature = headers.get("x-twilio-signature")?.to_str().ok()?;
    let form: Vec<_> = form_urlencoded::parse(body).collect();
    let value = |wanted: &str| {
        let mut values = form.iter().filter(|(name, _)| name == wanted);
        values.next().map(|(_, value)| value.as_ref())
    };
    let url = format!("{}{}", peer.base, uri.path_and_query()?);
    let pairs = form.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
    if value("AccountSid")? != peer.account || !is_signed(&peer.auth_token, &url, pairs, signature) {
        return None;
    }
    Some(Report {
        sid: value("CallSid")?.to_owned(),
        status: value("CallStatus")?.to_owned(),
        from: value("From")?.to_owned(),
        to: value("To")?.to_owned(),
        answer: None,
    })
}

/// An access token like Twilio's helper library makes it.
async fn token(State(peer): State<Arc<Peer>>) -> Result<Json<Value>, StatusCode> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    let (key, identity) = ("SK0123456789abcdef0123456789abcdef", "somebody");
    let claims = json!({
        "jti": format!("{key}-{now}"),
        "iss": key,
        "sub": peer.account,
        "iat": now,
        "exp": now + LIFE,
        "grants": {
            "identity": identity,
            "voice": {
                "incoming": { "allow": true },
                "outgoing": { "application_sid": "AP0123456789abcdef0123456789abcdef" },
            },
        },
    });
    let mut head = Header::new(Algorithm::HS256);
    head.cty = Some("twilio-fpa;v=1".to_owned());
    let token = jsonwebtoken::encode(&head, &claims, &peer.key).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Json(
        json!({ "token": token, "identity": identity, "expires_at": now + LIFE }),
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::signed::signature;

    #[tokio::test]
    async fn it_takes_what_its_account_has_signed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let peer = Peer {
            base: "http://bare".to_owned(),
            account: "AC1".to_owned(),
            auth_token: "secret".to_owned(),
            writer: Writer::start(database(&folder.path().join("bare.db")), 64)
                .await
                .unwrap(),
            key: EncodingKey::from_secret(b"secret"),
        };
        let form = [
            ("AccountSid", "AC1"),
            ("CallSid", "CA1"),
            ("CallStatus", "ringing"),
            ("From", "1"),
            ("To", "2"),
        ];
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let uri = Uri::from_static("/webhooks/twilio/call-status");
        let made = signature("secret", "http://bare/webhooks/twilio/call-status", form);
        let mut headers = HeaderMap::new();
        headers.insert("x-twilio-signature", made.parse().unwrap());
        assert_eq!(verified(&peer, &uri, &headers, body.as_bytes()).unwrap().sid, "CA1");
        assert!(verified(&peer, &uri, &headers, format!("{body}0").as_bytes()).is_none());
        headers.clear();
        assert!(verified(&peer, &uri, &headers, body.as_bytes()).is_none());
    }
}
