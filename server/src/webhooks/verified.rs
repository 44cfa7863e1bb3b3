//! The one gate for what Twilio sends.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::problem::Problem;
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

/// The router has seen to the method, and `http::limits` to length and time.
impl<P: Asked> FromRequest<Site> for Verified<P> {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        if !is_form(&parts.headers) {
            let sentence = "Webhooks are taken form encoded only.";
            let problem = Problem::new("unsupported_media_type", sentence);
            return Err(error::incomplete(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem));
        }
        let signature = signature(&parts.headers).ok_or_else(forbidden)?;
        let body = to_bytes(body, usize::MAX).await.map_err(|_| forbidden())?;
        // The address is `APP_URL` and this; what `Host` and `Forwarded` headers say is nothing to go by.
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let named = parts.uri.path().strip_prefix(WEBHOOKS);
        let unverified = Unverified {
            target,
            signature,
            body: &body,
            call: named.and_then(|rest| rest.split_once('/')).map(|(_, call)| call),
        };
        match site.services.voice.verify(&unverified).await {
            Ok(webhook) => Ok(Self(webhook)),
            Err(Rejected::Forbidden) => Err(forbidden()),
            Err(Rejected::Internal(error)) if P::SPOKEN => Err(said(site, Err(error))),
            Err(Rejected::Internal(error)) => Err(super::acknowledged(Err(error))),
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
