//! The one gate for what Twilio sends.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::problem::Problem;
use services::messages::TextWebhook;
use services::voice::{Asked, Rejected, Unverified, Webhook};

use super::said;
use crate::http::error;
use crate::router::Site;

const SIGNATURE: &str = "x-twilio-signature";
const FORM: &str = "application/x-www-form-urlencoded";
/// What comes before the kind of a webhook and the call's id, in a path that names one.
const WEBHOOKS: &str = "/webhooks/twilio/";

/// What everybody is answered whose request is not Twilio's for one of our users, whatever is wrong with it.
const FORBIDDEN: &str = "This request is not accepted.\n";

/// A request that Twilio has signed for one of our users, and that fits what is known of him.
pub struct Verified<P>(pub Webhook<P>);

/// The same for what is said of texts.
pub struct VerifiedText(pub TextWebhook);

/// The router has seen to the method, and `http::limits` to length and time.
impl<P: Asked> FromRequest<Site> for Verified<P> {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Response> {
        let asked = WellFormed::read(request).await?;
        match site.services.voice.verify(&asked.unverified()).await {
            Ok(webhook) => Ok(Self(webhook)),
            Err(Rejected::Forbidden) => Err(forbidden()),
            Err(Rejected::Internal(error)) if P::SPOKEN => Err(said(site, Err(error))),
            Err(Rejected::Internal(error)) => Err(super::acknowledged(Err(error))),
        }
    }
}

impl FromRequest<Site> for VerifiedText {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Response> {
        let asked = WellFormed::read(request).await?;
        match site.services.messages.verify(&asked.unverified()).await {
            Ok(webhook) => Ok(Self(webhook)),
            Err(Rejected::Forbidden) => Err(forbidden()),
            Err(Rejected::Internal(error)) => Err(super::acknowledged(Err(error))),
        }
    }
}

/// A request that looks like one of Twilio's.
struct WellFormed {
    parts: Parts,
    body: Bytes,
}

impl WellFormed {
    async fn read(request: Request) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        if !is_form(&parts.headers) {
            let sentence = "Webhooks are taken form encoded only.";
            let problem = Problem::new("unsupported_media_type", sentence);
            return Err(error::incomplete(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem));
        }
        if signature(&parts.headers).is_none() {
            return Err(forbidden());
        }
        let body = to_bytes(body, usize::MAX).await.map_err(|_| forbidden())?;
        Ok(Self { parts, body })
    }

    fn unverified(&self) -> Unverified<'_> {
        let uri = &self.parts.uri;
        let named = uri.path().strip_prefix(WEBHOOKS);
        Unverified {
            // The address is `APP_URL` and this; what `Host` and `Forwarded` headers say is nothing to go by.
            target: uri.path_and_query().map_or("/", |target| target.as_str()),
            signature: signature(&self.parts.headers).unwrap_or_default(),
            body: &self.body,
            call: named.and_then(|rest| rest.split_once('/')).map(|(_, call)| call),
        }
    }
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
