//! `/api/recordings/{id}`: what was recorded, through us.

use app::api::context::RequestFacts;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::problem::Problem;
use serde::Deserialize;
use services::ServiceError;
use services::calls::Audio;

use super::error;
use super::range::{self, Part, Wanted};
use super::signed_in::SignedIn;
use crate::router::Site;

/// How the audio is wanted.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    download: String,
}

/// `GET /api/recordings/{id}/audio`
pub async fn audio(
    State(site): State<Site>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Response {
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let wanted = range::wanted(range);
    let asked = wanted.map(Wanted::header);
    match site.services.calls.audio(&who.caller, &id, asked.as_deref()).await {
        Ok(audio) => {
            let name = wish
                .download
                .parse::<u8>()
                .is_ok_and(|yes| yes == 1)
                .then(|| audio.name.clone());
            played(audio, wanted, name, &who.facts).unwrap_or_else(|error| error::refusal(&error, &who.facts))
        }
        Err(error) => error::refusal(&error, &who.facts),
    }
}

/// `DELETE /api/recordings/{id}`
pub async fn delete(State(site): State<Site>, who: SignedIn, Path(id): Path<String>) -> Response {
    match site.services.calls.delete_recording(&who.caller, &id).await {
        Ok(()) => Json(serde_json::json!({ "id": id, "status": "deleting" })).into_response(),
        Err(error) => error::refusal(&error, &who.facts),
    }
}

/// Twilio's answer becomes ours: whole, or the part that was asked for, cut out by us where Twilio did not.
fn played(
    audio: Audio,
    wanted: Option<Wanted>,
    download: Option<String>,
    facts: &RequestFacts,
) -> Result<Response, ServiceError> {
    let media = audio.media;
    let upstream = media.content_type.as_deref().and_then(kind);
    let part = match (media.status, wanted, media.content_length) {
        (416, ..) => return Ok(unsatisfiable(media.content_range.as_deref(), facts)),
        (206, ..) => Some(
            media
                .content_range
                .as_deref()
                .and_then(Part::parse)
                .ok_or_else(garbled)?,
        ),
        (_, Some(wanted), Some(total)) => match wanted.of(total) {
            Some(part) => Some(part),
            None => return Ok(unsatisfiable(Some(&format!("bytes */{total}")), facts)),
        },
        _ => None,
    };
    let (kind, ending) = upstream.ok_or_else(garbled)?;
    let body = match part {
        Some(part) if media.status == 200 => Body::from_stream(part.cut(media.stream)),
        _ => Body::from_stream(media.stream),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Some(length) = part.map(Part::length).or(media.content_length) {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    let way = download.map_or_else(
        || "inline".to_owned(),
        |name| format!("attachment; filename=\"{name}.{ending}\""),
    );
    headers.insert(header::CONTENT_DISPOSITION, header_value(&way)?);
    if let Some(part) = part {
        headers.insert(header::CONTENT_RANGE, header_value(&part.header())?);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// The two kinds of audio that Twilio gives, with the ending of a file's name. Anything else is not passed on.
fn kind(content_type: &str) -> Option<(&'static str, &'static str)> {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => Some(("audio/wav", "wav")),
        "audio/mpeg" | "audio/mp3" => Some(("audio/mpeg", "mp3")),
        _ => None,
    }
}

fn unsatisfiable(content_range: Option<&str>, facts: &RequestFacts) -> Response {
    let sentence = "The recording has no such part.";
    let mut response = error::problem(
        StatusCode::RANGE_NOT_SATISFIABLE,
        Problem::new("range_not_satisfiable", sentence),
        facts,
    );
    let whole = content_range.and_then(|text| text.strip_prefix("bytes */")?.parse::<u64>().ok());
    if let Some(Ok(value)) = whole.map(|total| HeaderValue::from_str(&format!("bytes */{total}"))) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

fn garbled() -> ServiceError {
    let sentence = "Twilio did not send this recording as audio. Try again in a moment.";
    ServiceError::Upstream(Problem::new("twilio_unavailable", sentence))
}

fn header_value(text: &str) -> Result<HeaderValue, ServiceError> {
    HeaderValue::from_str(text).map_err(ServiceError::internal)
}
