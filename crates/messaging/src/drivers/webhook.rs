//! Anything that takes JSON over HTTP: a gateway, a script, another provider behind a few lines of one's own.
//!
//! What is asked and answered is described in docs/adding-a-provider.md.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use domain::message::{MessageError, MessageStatus};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use url::{Host, Url};

use super::MAX_SEGMENTS;
use crate::outcome::{LookupError, Outcome, Rejection, RejectionKind, Report};
use crate::provider::{Capabilities, Provider, Settings, SettingsError, SmsProvider};
use crate::text::{Credentials, OutgoingText, Sender};

pub(crate) const NAME: &str = "webhook";

const SIGNATURE: &str = "X-Sniko-Signature";
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(15);
/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;
/// The longest name of a text, in bytes.
const MAX_ID: usize = 100;
/// The longest sentence that is kept, in characters.
const MAX_WORDS: usize = 300;

/// Where texts are posted, and with what.
#[derive(Clone)]
pub struct WebhookSettings {
    /// Gets the texts.
    pub url: Url,
    /// Says who we are: `Authorization: Bearer …`.
    pub token: SecretString,
    /// Signs what is posted.
    pub signing_key: SecretString,
}

/// Posts each text as JSON.
#[derive(Clone, Debug)]
pub struct Webhook {
    settings: WebhookSettings,
    http: reqwest::Client,
}

impl Webhook {
    /// To this address.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn new(settings: WebhookSettings) -> Result<Self, SettingsError> {
        Self::with_timeout(settings, TOTAL_TIMEOUT)
    }

    /// With another limit than 15 seconds for an answer.
    ///
    /// # Errors
    /// As of [`Webhook::new`].
    pub fn with_timeout(settings: WebhookSettings, total: Duration) -> Result<Self, SettingsError> {
        let incomplete = |why: &str| SettingsError::Incomplete(NAME, why.to_owned());
        if !matches!(settings.url.scheme(), "http" | "https") || !settings.url.has_host() {
            return Err(incomplete("SMS_WEBHOOK_URL must be http:// or https:// and a host"));
        }
        if settings.token.expose_secret().is_empty() || settings.signing_key.expose_secret().is_empty() {
            return Err(incomplete(
                "SMS_WEBHOOK_TOKEN and SMS_WEBHOOK_SIGNING_KEY must not be empty",
            ));
        }
        let mut builder = reqwest::Client::builder()
            // A redirect could lead texts and token elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(total);
        if is_loopback(&settings.url) {
            builder = builder.no_proxy();
        }
        let http = builder
            .build()
            .map_err(|_| incomplete("the HTTP client cannot be set up"))?;
        Ok(Self { settings, http })
    }

    fn with_token(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(self.settings.token.expose_secret())
    }

    async fn ask(&self, url: Url) -> Result<Option<Report>, LookupError> {
        let response = self.with_token(self.http.get(url)).send().await;
        let response = response.map_err(|_| LookupError::Unavailable)?;
        let status = response.status();
        let body = read(response).await.ok_or(LookupError::Unavailable)?;
        match status {
            status if status.is_success() => match report(&body) {
                Some(report) => Ok(Some(report)),
                None => Err(LookupError::Unavailable),
            },
            // The last two: it cannot be asked at all.
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => Ok(None),
            status if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
                Err(LookupError::Refused(refusal(status, &body).error))
            }
            _ => Err(LookupError::Unavailable),
        }
    }
}

pub(crate) fn from_settings(settings: &Settings) -> Result<Provider, SettingsError> {
    let settings = settings.webhook.clone().ok_or_else(|| {
        let needed = "it needs SMS_WEBHOOK_URL, SMS_WEBHOOK_TOKEN and SMS_WEBHOOK_SIGNING_KEY";
        SettingsError::Incomplete(NAME, needed.to_owned())
    })?;
    Ok(Provider::new(Webhook::new(settings)?))
}

/// What is posted.
#[derive(Serialize)]
struct Posted<'a> {
    reference: &'a str,
    /// The number that it is to come from.
    from: Option<&'a str>,
    /// The pool that chooses the number.
    service: Option<&'a str>,
    to: &'a str,
    body: &'a str,
    media: &'a [Url],
}

/// What is answered.
#[derive(Deserialize)]
struct Answered {
    id: String,
    status: String,
    from: Option<String>,
    segments: Option<u32>,
    error: Option<Complaint>,
}

/// Why not.
#[derive(Default, Deserialize)]
struct Complaint {
    code: Option<u32>,
    message: Option<String>,
    kind: Option<String>,
}

#[async_trait]
impl SmsProvider for Webhook {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            credentials: false,
            media: true,
            max_media: 10,
            status_callbacks: false,
            lookup: true,
            max_segments: MAX_SEGMENTS,
        }
    }

    async fn send(&self, text: &OutgoingText) -> Outcome {
        let service = match &text.sender {
            Sender::Number(_) => None,
            Sender::Service { service, .. } => Some(service.as_str()),
        };
        let posted = Posted {
            reference: &text.reference,
            from: text.sender.number(),
            service,
            to: &text.to,
            body: &text.body,
            media: &text.media,
        };
        let Ok(body) = serde_json::to_vec(&posted) else {
            return Outcome::NotSent { retry_after: None };
        };
        let request = self
            .with_token(self.http.post(self.settings.url.clone()))
            .header(CONTENT_TYPE, "application/json")
            .header(IDEMPOTENCY_KEY, &text.reference)
            .header(SIGNATURE, signature(&self.settings.signing_key, &body))
            .body(body);
        match request.send().await {
            Ok(response) => outcome(response).await,
            Err(error) if error.is_connect() || error.is_builder() => Outcome::NotSent { retry_after: None },
            Err(_) => Outcome::Unknown,
        }
    }

    async fn status(&self, _: Option<&Credentials>, provider_sid: &str) -> Result<Option<Report>, LookupError> {
        let mut url = self.settings.url.clone();
        match url.path_segments_mut() {
            Ok(mut segments) => segments.pop_if_empty().push(provider_sid),
            // Not with a URL that has a host.
            Err(()) => return Ok(None),
        };
        self.ask(url).await
    }

    async fn find(&self, text: &OutgoingText, _: Timestamp) -> Result<Vec<Report>, LookupError> {
        let mut url = self.settings.url.clone();
        url.query_pairs_mut().append_pair("reference", &text.reference);
        Ok(self.ask(url).await?.into_iter().collect())
    }
}

/// `sha256=` and the HMAC-SHA256 of the body in hexadecimal digits, as other webhooks are signed.
fn signature(key: &SecretString, body: &[u8]) -> String {
    // A key of any length will do.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    digest
        .iter()
        .fold("sha256=".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

async fn outcome(response: Response) -> Outcome {
    let status = response.status();
    let retry_after = retry_after(response.headers());
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return Outcome::NotSent { retry_after };
    }
    let body = read(response).await;
    if status.is_success() {
        // Without a name that it can be asked for by, nobody can tell what became of it.
        return body
            .as_deref()
            .and_then(report)
            .map_or(Outcome::Unknown, Outcome::Accepted);
    }
    if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT {
        return Outcome::Rejected(refusal(status, &body.unwrap_or_default()));
    }
    Outcome::Unknown
}

fn report(body: &[u8]) -> Option<Report> {
    let answered: Answered = serde_json::from_slice(body).ok()?;
    let is_name = (1..=MAX_ID).contains(&answered.id.len()) && answered.id.bytes().all(|byte| byte.is_ascii_graphic());
    is_name.then(|| Report {
        provider_sid: answered.id,
        status: status(&answered.status),
        segments: answered.segments.filter(|count| *count > 0),
        from: answered.from.filter(|number| !number.is_empty()),
        error: answered.error.map(|complaint| MessageError {
            code: complaint.code,
            message: words(complaint.message, "The text could not be delivered."),
        }),
        created_at: None,
        sent_at: None,
    })
}

/// Our words; what still waits over there is accepted here.
fn status(word: &str) -> Option<MessageStatus> {
    match MessageStatus::from_word(word)? {
        MessageStatus::Scheduled | MessageStatus::Queued | MessageStatus::Sending => Some(MessageStatus::Accepted),
        MessageStatus::Unknown | MessageStatus::Received => None,
        status => Some(status),
    }
}

fn refusal(status: StatusCode, body: &[u8]) -> Rejection {
    let complaint: Complaint = serde_json::from_slice(body).unwrap_or_default();
    let kind = match (complaint.kind.as_deref(), status) {
        (Some("opted_out"), _) => RejectionKind::OptedOut,
        (Some("sender"), _) => RejectionKind::Sender,
        (Some("recipient"), _) => RejectionKind::Recipient,
        (Some("content"), _) => RejectionKind::Content,
        (Some("credentials"), _) | (_, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => RejectionKind::Credentials,
        _ => RejectionKind::Other,
    };
    let otherwise = format!("The provider of texts refused this one (HTTP {}).", status.as_u16());
    Rejection {
        kind,
        error: MessageError {
            code: complaint.code,
            message: words(complaint.message, &otherwise),
        },
    }
}

fn words(given: Option<String>, otherwise: &str) -> String {
    let text: String = given.unwrap_or_default().chars().take(MAX_WORDS).collect();
    if text.trim().is_empty() {
        otherwise.to_owned()
    } else {
        text
    }
}

/// None where it broke off or is too long.
async fn read(mut response: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

/// In seconds; the other form, a date, would need a clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The host: the address may hold a secret of its own.
impl fmt::Debug for WebhookSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSettings")
            .field("host", &self.url.host_str())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_posted_is_signed_as_others_sign() {
        // RFC 4231, test case 2.
        assert_eq!(
            signature(&"Jefe".into(), b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_text_over_there_is_never_one_that_waits_for_us() {
        for (word, expected) in [
            ("queued", Some(MessageStatus::Accepted)),
            ("sending", Some(MessageStatus::Accepted)),
            ("sent", Some(MessageStatus::Sent)),
            ("delivered", Some(MessageStatus::Delivered)),
            ("failed", Some(MessageStatus::Failed)),
            ("received", None),
            ("unknown", None),
            ("teleported", None),
        ] {
            assert_eq!(status(word), expected, "{word}");
        }
    }

    #[test]
    fn settings_that_cannot_work_are_refused_and_secrets_not_shown() {
        let settings = |url: &str, token: &str| WebhookSettings {
            url: url.parse().unwrap(),
            token: token.into(),
            signing_key: "key".into(),
        };
        assert!(Webhook::new(settings("ftp://texts.example", "t")).is_err());
        assert!(Webhook::new(settings("https://texts.example", "")).is_err());
        let fine = Webhook::new(settings("https://texts.example/hook?secret=s3", "t0ken")).unwrap();
        let text = format!("{fine:?}");
        assert!(!text.contains("t0ken") && !text.contains("s3"), "{text}");
    }
}
