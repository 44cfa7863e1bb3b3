//! The one gate for what Twilio sends.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use domain::problem::Problem;
use services::messages::TextWebhook;
use services::rejected::{Refusal, Stage, Via};
use services::voice::{Asked, Rejected, Unverified, Webhook};
use twilio::twiml::CONTENT_TYPE;

use crate::http::error;
use crate::http::metrics::webhooks::{Outcome, counted};
use crate::router::Site;

/// The header that Twilio signs in.
pub(super) const SIGNATURE: &str = "x-twilio-signature";
const FORM: &str = "application/x-www-form-urlencoded";
/// What comes before the kind of a webhook and the call's id, in a path that names one.
const WEBHOOKS: &str = "/webhooks/twilio/";

/// What everybody is answered whose request is not Twilio's for one of our users, whatever is wrong with it.
pub const FORBIDDEN: &str = "This request is not accepted.\n";

/// A request that Twilio has signed for one of our users. Whether what it speaks of is his is found out where it is written.
pub struct Verified<P> {
    /// What it asks.
    pub webhook: Webhook<P>,
    /// What is left of the request, for the case that it is refused later.
    pub origin: WellFormed,
}

/// The same for what is said of texts.
pub struct VerifiedText {
    /// What it says.
    pub webhook: TextWebhook,
    /// What is left of the request.
    pub origin: WellFormed,
}

/// The router has seen to the method, and `http::limits` to length and time.
impl<P: Asked> FromRequest<Site> for Verified<P> {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Response> {
        let origin = WellFormed::read(request, site).await?;
        match site.services.voice.verify(&origin.unverified()).await {
            Ok(webhook) => Ok(Self { webhook, origin }),
            Err(rejected) if P::SPOKEN => Err(origin.said(site, Err(rejected))),
            Err(rejected) => Err(origin.acknowledged(site, Err(rejected))),
        }
    }
}

impl FromRequest<Site> for VerifiedText {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Response> {
        let origin = WellFormed::read(request, site).await?;
        match site.services.messages.verify(&origin.unverified()).await {
            Ok(webhook) => Ok(Self { webhook, origin }),
            Err(rejected) => Err(origin.acknowledged(site, Err(rejected))),
        }
    }
}

/// A request that looks like one of Twilio's.
pub struct WellFormed {
    parts: Parts,
    body: Bytes,
}

impl WellFormed {
    async fn read(request: Request, site: &Site) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        if !is_form(&parts.headers) {
            counted(parts.uri.path(), Outcome::Unreadable);
            note(site, Stage::MediaType, &parts, Bytes::new);
            let sentence = "Webhooks are taken form encoded only.";
            let problem = Problem::new("unsupported_media_type", sentence);
            return Err(error::incomplete(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem));
        }
        // In one piece by now, so this does not copy it.
        let body = to_bytes(body, usize::MAX).await.map_err(|_| forbidden())?;
        if signature(&parts.headers).is_none() {
            counted(parts.uri.path(), Outcome::Refused);
            note(site, Stage::Unsigned, &parts, || body.clone());
            return Err(forbidden());
        }
        Ok(Self { parts, body })
    }

    fn unverified(&self) -> Unverified<'_> {
        let uri = &self.parts.uri;
        let named = uri.path().strip_prefix(WEBHOOKS);
        Unverified {
            // The address is `APP_URL` and this; what `Host` and `Forwarded` headers say is nothing to go by.
            target: target(uri),
            signature: signature(&self.parts.headers).unwrap_or_default(),
            body: &self.body,
            call: named.and_then(|rest| rest.split_once('/')).map(|(_, call)| call),
        }
    }

    /// What the caller is to hear, whatever happens: an error would make Twilio say that "an application error has occurred", in
    /// its own voice. What is not Twilio's, or not the tenant's, is refused.
    pub fn said(&self, site: &Site, xml: Result<String, Rejected>) -> Response {
        let xml = match xml {
            Ok(xml) => {
                self.counted(Outcome::Accepted);
                xml
            }
            Err(Rejected::Forbidden) => return self.refused(site),
            Err(Rejected::Internal(error)) => {
                self.counted(Outcome::Failed);
                tracing::error!(error = %error.chain(), "a call could not be answered");
                site.services.voice.apology()
            }
        };
        ([(header::CONTENT_TYPE, CONTENT_TYPE)], xml).into_response()
    }

    /// That a report is stored. Twilio reports again what is not acknowledged.
    pub fn acknowledged(&self, site: &Site, stored: Result<(), Rejected>) -> Response {
        match stored {
            Ok(()) => {
                self.counted(Outcome::Accepted);
                StatusCode::NO_CONTENT.into_response()
            }
            Err(Rejected::Forbidden) => self.refused(site),
            Err(Rejected::Internal(error)) => {
                self.counted(Outcome::Failed);
                tracing::error!(error = %error.chain(), "a report could not be stored");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    /// Counts what became of it.
    pub fn counted(&self, outcome: Outcome) {
        counted(self.parts.uri.path(), outcome);
    }

    fn refused(&self, site: &Site) -> Response {
        self.counted(Outcome::Refused);
        note(site, Stage::Forbidden, &self.parts, || self.body.clone());
        forbidden()
    }
}

/// Path and query, as they stand in the request line.
fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |target| target.as_str())
}

/// Has the refusal told to whose it may be.
fn note(site: &Site, stage: Stage, parts: &Parts, body: impl FnOnce() -> Bytes) {
    site.services.rejected.note(|| {
        let headers = &parts.headers;
        let header = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        Refusal {
            stage,
            target: target(&parts.uri).to_owned(),
            signature: signature(headers).map(str::to_owned),
            body: body(),
            via: Via {
                host: header("host"),
                forwarded_host: header("x-forwarded-host"),
                forwarded_proto: header("x-forwarded-proto"),
                forwarded_port: header("x-forwarded-port"),
                forwarded_prefix: header("x-forwarded-prefix"),
            },
        }
    });
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM))
}

/// The signature, if there is exactly one.
fn signature(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(SIGNATURE).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

fn forbidden() -> Response {
    (StatusCode::FORBIDDEN, FORBIDDEN).into_response()
}
