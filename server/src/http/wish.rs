//! What programs ask for, read in one way everywhere: addresses, lists, bodies, and the key that says which requests are the same.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use domain::problem::Problem;
use domain::time::UnixMillis;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use services::ServiceError;

use super::error;
use app::api::context::RequestFacts;

/// Things in one answer, unless another number is asked for.
const LIMIT: u32 = 50;
/// Longest key that a program may send along.
const KEY_MAX: usize = 255;

/// The query of an address; what cannot be read is refused in our words and shape, not in axum's.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        match axum::extract::Query::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(_) => {
                let sentence = "The address could not be read: give each filter once.";
                let problem = Problem::new("invalid_filter", sentence);
                Err(error::incomplete(StatusCode::UNPROCESSABLE_ENTITY, problem))
            }
        }
    }
}

/// The parts of an address; one that is no text stands for nothing.
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(_) => Err(error::not_found()),
        }
    }
}

/// The kind that a `Content-Type` names, without what follows it.
pub fn essence(kind: &HeaderValue) -> &[u8] {
    let kind = kind.as_bytes().split(|byte| *byte == b';').next();
    kind.unwrap_or_default().trim_ascii()
}

/// The body as a form or JSON; none for any other kind. Of a field that comes twice, the first counts.
pub fn body<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Option<Result<T, ServiceError>> {
    let essence = headers.get(header::CONTENT_TYPE).map(essence).unwrap_or_default();
    if essence.eq_ignore_ascii_case(b"application/json") {
        return Some(serde_json::from_slice(body).map_err(|_| unreadable()));
    }
    if essence.is_empty() || essence.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        let mut fields = Map::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            fields.entry(name).or_insert_with(|| Value::String(value.into_owned()));
        }
        return Some(serde_json::from_value(Value::Object(fields)).map_err(|_| unreadable()));
    }
    None
}

/// The refusal of a body of another kind.
pub fn other_kind(sentence: &str, facts: &RequestFacts) -> Response {
    let problem = Problem::new("unreadable_request", sentence);
    error::problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem, facts)
}

fn unreadable() -> ServiceError {
    let sentence = "The request could not be read: send the documented fields.";
    ServiceError::Invalid(Problem::new("unreadable_request", sentence))
}

/// The key that says which requests are the same.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ServiceError> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    // Of two, nobody knows which was meant.
    let key = value.to_str().ok().map(str::trim).filter(|_| values.next().is_none());
    match key {
        Some(key) if (1..=KEY_MAX).contains(&key.len()) => Ok(Some(key)),
        _ => {
            let sentence = "Send one Idempotency-Key of 1 to 255 characters of ASCII.";
            Err(ServiceError::Invalid(Problem::new("invalid_idempotency_key", sentence)))
        }
    }
}

/// How many things one answer has.
pub fn limit(text: &str) -> Result<u32, ServiceError> {
    match text {
        "" => Ok(LIMIT),
        text => match text.parse() {
            Ok(limit) if limit > 0 => Ok(limit),
            _ => Err(refused("limit", "Limit is a number from 1 to 100.")),
        },
    }
}

/// A moment in RFC 3339, if the text is one.
pub fn moment(text: &str) -> Option<UnixMillis> {
    let at = text.parse::<jiff::Timestamp>().ok()?;
    Some(UnixMillis(at.as_millisecond()))
}

/// A filter that cannot be understood.
pub fn refused(name: &str, sentence: &str) -> ServiceError {
    ServiceError::Invalid(Problem::new("invalid_filter", "Check the filters.").field(name, sentence))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type Fields = BTreeMap<String, String>;

    fn read(kind: &'static str, text: &str) -> Option<Result<Fields, String>> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        let read = body::<Fields>(&headers, text.as_bytes())?;
        Some(read.map_err(|error| error.problem().code))
    }

    #[test]
    fn a_form_and_json_say_the_same() {
        let wanted: Fields = [("body", "a + b"), ("to", "+1")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let form = "to=%2B1&body=a+%2B+b&to=%2B2";
        assert_eq!(
            read("application/x-www-form-urlencoded; charset=utf-8", form),
            Some(Ok(wanted.clone()))
        );
        let json = r#"{"to": "+1", "body": "a + b"}"#;
        assert_eq!(read("Application/JSON", json), Some(Ok(wanted)));
        assert_eq!(read("text/plain", form), None);
        assert_eq!(
            read("application/json", "{"),
            Some(Err("unreadable_request".to_owned()))
        );
    }

    #[test]
    fn a_number_of_things_is_at_least_one() {
        assert_eq!(limit("").unwrap(), LIMIT);
        for none in ["0", "-1", "many"] {
            assert!(limit(none).is_err(), "{none}");
        }
    }
}
