//! `/api/recordings/{id}`: what was recorded, through us.

use app::api::context::RequestFacts;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use domain::problem::Problem;
use serde::Deserialize;
use services::ServiceError;
use services::calls::Audio;

use super::error;
use super::media::{self, Told};
use super::range::{self, Wanted};
use super::signed_in::SignedIn;
use super::wish::{Path, Query};
use crate::router::Site;

/// Said to whoever asks for a part that is none.
const NO_PART: &str = "The recording has no such part.";

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

fn played(
    audio: Audio,
    wanted: Option<Wanted>,
    download: Option<String>,
    facts: &RequestFacts,
) -> Result<Response, ServiceError> {
    let Audio { media, .. } = audio;
    if media.status == 416 {
        return Ok(media::unsatisfiable(media.content_range.as_deref(), NO_PART, facts));
    }
    let upstream = media.content_type.as_deref().and_then(kind);
    let (kind, ending) = upstream.ok_or_else(garbled)?;
    let way = download.map_or_else(
        || "inline".to_owned(),
        |name| format!("attachment; filename=\"{name}.{ending}\""),
    );
    let told = Told {
        kind,
        way: &way,
        no_part: NO_PART,
    };
    media::passed_on(media, wanted, &told, facts)?.ok_or_else(garbled)
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

fn garbled() -> ServiceError {
    let sentence = "Twilio did not send this recording as audio. Try again in a moment.";
    ServiceError::Upstream(Problem::new("twilio_unavailable", sentence))
}
