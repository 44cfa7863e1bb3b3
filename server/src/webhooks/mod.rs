//! What Twilio asks and reports. Every handler takes a [`Verified`] value, so that none can be reached without a signature.
//!
//! None of this is for browsers: no session is looked up, and where a request says it comes from does not matter.

pub mod refused;
mod verified;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use services::messages::Reply;
use services::voice::{RecordingReport, StatusReport, VoiceRequest};
use twilio::twiml::CONTENT_TYPE;

use crate::http::metrics::webhooks::Outcome;
use crate::router::Site;
pub use verified::FORBIDDEN;
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
async fn begin(State(site): State<Site>, asked: Verified<VoiceRequest>) -> Response {
    let answer = site.services.voice.begin(asked.webhook).await;
    asked.origin.said(&site, answer)
}

/// The next step of a call.
async fn go_on(State(site): State<Site>, asked: Verified<VoiceRequest>) -> Response {
    let answer = site.services.voice.go_on(asked.webhook).await;
    asked.origin.said(&site, answer)
}

/// A key was pressed in the menu.
async fn pressed(State(site): State<Site>, asked: Verified<VoiceRequest>) -> Response {
    let answer = site.services.voice.pressed(asked.webhook).await;
    asked.origin.said(&site, answer)
}

/// How far a leg is.
async fn status(State(site): State<Site>, asked: Verified<StatusReport>) -> Response {
    let stored = site.services.voice.status(asked.webhook).await;
    asked.origin.acknowledged(&site, stored)
}

/// How far a recording is.
async fn recorded(State(site): State<Site>, asked: Verified<RecordingReport>) -> Response {
    let stored = site.services.voice.recorded(asked.webhook).await;
    asked.origin.acknowledged(&site, stored)
}

/// A text has come in, or one that went out has come further.
async fn texted(State(site): State<Site>, asked: VerifiedText) -> Response {
    match site.services.messages.receive(asked.webhook).await {
        // Nothing is answered to the sender.
        Ok(Reply::Nothing) => {
            asked.origin.counted(Outcome::Accepted);
            ([(header::CONTENT_TYPE, CONTENT_TYPE)], NOTHING).into_response()
        }
        Ok(Reply::Noted) => asked.origin.acknowledged(&site, Ok(())),
        Err(rejected) => asked.origin.acknowledged(&site, Err(rejected)),
    }
}
