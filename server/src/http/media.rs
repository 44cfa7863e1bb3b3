//! Sound, pictures and films, from Twilio through us, with parts that are asked for by `Range`.

use app::api::context::RequestFacts;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::problem::Problem;
use services::ServiceError;
use twilio::MediaAnswer;

use super::error;
use super::range::{Part, Wanted};

/// How a medium is told.
pub struct Told<'a> {
    /// Its kind, which is never taken from outside unchecked.
    pub kind: &'a str,
    /// Its `Content-Disposition`.
    pub way: &'a str,
    /// The sentence for a part that there is not.
    pub no_part: &'a str,
}

/// Twilio's answer becomes ours: whole, or the part that was asked for, cut out by us where Twilio did not. None where its
/// answer makes no sense.
pub fn passed_on(
    media: MediaAnswer,
    wanted: Option<Wanted>,
    told: &Told<'_>,
    facts: &RequestFacts,
) -> Result<Option<Response>, ServiceError> {
    let part = match (media.status, wanted, media.content_length) {
        (416, ..) => return Ok(Some(unsatisfiable(media.content_range.as_deref(), told.no_part, facts))),
        (206, ..) => match media.content_range.as_deref().and_then(Part::parse) {
            Some(part) => Some(part),
            None => return Ok(None),
        },
        (_, Some(wanted), Some(total)) => match wanted.of(total) {
            Some(part) => Some(part),
            None => {
                let whole = format!("bytes */{total}");
                return Ok(Some(unsatisfiable(Some(&whole), told.no_part, facts)));
            }
        },
        _ => None,
    };
    let body = match part {
        Some(part) if media.status == 200 => Body::from_stream(part.cut(media.stream)),
        _ => Body::from_stream(media.stream),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header_value(told.kind)?);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Some(length) = part.map(Part::length).or(media.content_length) {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    headers.insert(header::CONTENT_DISPOSITION, header_value(told.way)?);
    if let Some(part) = part {
        headers.insert(header::CONTENT_RANGE, header_value(&part.header())?);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(Some(response))
}

/// The refusal of a part that there is not.
pub fn unsatisfiable(content_range: Option<&str>, sentence: &str, facts: &RequestFacts) -> Response {
    let problem = Problem::new("range_not_satisfiable", sentence);
    let mut response = error::problem(StatusCode::RANGE_NOT_SATISFIABLE, problem, facts);
    let whole = content_range.and_then(|text| text.strip_prefix("bytes */")?.parse::<u64>().ok());
    if let Some(Ok(value)) = whole.map(|total| HeaderValue::from_str(&format!("bytes */{total}"))) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

fn header_value(text: &str) -> Result<HeaderValue, ServiceError> {
    HeaderValue::from_str(text).map_err(ServiceError::internal)
}
