//! What Twilio asks and reports. Every handler takes a [`Verified`] value, so that none can be reached without a signature.
//!
//! None of this is for browsers: no session is looked up, and where a request says it comes from does not matter.

mod verified;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use services::ServiceError;
use services::messages::Reply;
use services::voice::{RecordingReport, StatusReport, VoiceRequest};
use twilio::twiml::CONTENT_TYPE;

use crate::router::Site;
use verified::{Verified, VerifiedText};

/// TwiML that does nothing.
const NOTHING: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";

/// The routes.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/twiml/inbound", post(begin))
        .route("/webhooks/twilio/voice", post(begin))
        .route("/webhooks/twilio/voice/{call}", post(go_on))
        .route("/webhooks/twilio/dtmf", post(pressed))
        .route("/webhooks/twilio/call-status", post(status))
        .route("/webhooks/twilio/call-status/{call}", post(status))
        .route("/webhooks/twilio/recording", post(recorded))
        .route("/webhooks/twilio/recording/{call}", post(recorded))
        .route("/webhooks/sms/twilio", post(texted))
}

/// A call begins, from the phone network or from the user's browser.
async fn begin(State(site): State<Site>, Verified(webhook): Verified<VoiceRequest>) -> Response {
    said(&site, site.services.voice.begin(webhook).await)
}

/// The next step of a call.
async fn go_on(State(site): State<Site>, Verified(webhook): Verified<VoiceRequest>) -> Response {
    said(&site, site.services.voice.go_on(webhook).await)
}

/// A key was pressed in the menu.
async fn pressed(State(site): State<Site>, Verified(webhook): Verified<VoiceRequest>) -> Response {
    said(&site, site.services.voice.pressed(webhook).await)
}

/// How far a leg is.
async fn status(State(site): State<Site>, Verified(webhook): Verified<StatusReport>) -> Response {
    acknowledged(site.services.voice.status(webhook).await)
}

/// How far a recording is.
async fn recorded(State(site): State<Site>, Verified(webhook): Verified<RecordingReport>) -> Response {
    acknowledged(site.services.voice.recorded(webhook).await)
}

/// A text has come in, or one that went out has come further.
async fn texted(State(site): State<Site>, VerifiedText(webhook): VerifiedText) -> Response {
    match site.services.messages.receive(webhook).await {
        // Nothing is answered to the sender.
        Ok(Reply::Nothing) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], NOTHING).into_response(),
        Ok(Reply::Noted) => acknowledged(Ok(())),
        Err(error) => acknowledged(Err(error)),
    }
}

/// The caller hears something polite whatever happens: an error would make Twilio say that "an application error has
/// occurred", in its own voice.
fn said(site: &Site, xml: Result<String, ServiceError>) -> Response {
    let xml = xml.unwrap_or_else(|error| {
        tracing::error!(error = %error.chain(), "a call could not be answered");
        site.services.voice.apology()
    });
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], xml).into_response()
}

/// Twilio reports again what is not acknowledged.
fn acknowledged(stored: Result<(), ServiceError>) -> Response {
    match stored {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            tracing::error!(error = %error.chain(), "a report could not be stored");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
