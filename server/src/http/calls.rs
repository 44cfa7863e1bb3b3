//! `/api/calls`: the call log for programs, and calls that a program begins.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::call::Direction;
use domain::problem::Problem;
use domain::time::UnixMillis;
use futures::stream;
use serde::Deserialize;
use services::ServiceError;
use services::calls::{CallQuery, Table};

use super::call_json::{CallJson, ListJson};
use super::error;
use super::signed_in::SignedIn;
use crate::router::Site;

/// Calls in one answer, unless another number is asked for.
const LIMIT: u32 = 50;
/// Longest key that a program may send along.
const KEY_MAX: usize = 255;

/// The query of a list. Everything is text here, so that what cannot be read is refused in our words.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    cursor: String,
    limit: String,
    direction: String,
    missed: String,
    voicemail: String,
    q: String,
    since: String,
    until: String,
}

/// What a program asks for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    to: String,
}

/// `GET /api/calls`
pub async fn list(State(site): State<Site>, who: SignedIn, Query(wish): Query<Wish>) -> Response {
    let listed = async {
        let (query, limit) = (wish.query()?, wish.limit()?);
        let calls = &site.services.calls;
        calls.list_in_full(&who.caller, &query, Some(&wish.cursor), limit).await
    };
    match listed.await {
        Ok((items, next)) => Json(ListJson {
            items: items.into_iter().map(CallJson::from).collect(),
            next,
        })
        .into_response(),
        Err(error) => error::refusal(&error, &who.facts),
    }
}

/// `GET /api/calls/{id}`
pub async fn one(State(site): State<Site>, who: SignedIn, Path(id): Path<String>) -> Response {
    match site.services.calls.find(&who.caller, &id).await {
        Ok(detail) => Json(CallJson::from(detail)).into_response(),
        Err(error) => error::refusal(&error, &who.facts),
    }
}

/// `POST /api/calls`
pub async fn begin(State(site): State<Site>, who: SignedIn, headers: HeaderMap, body: Bytes) -> Response {
    let Some(asked) = asked(&headers, &body) else {
        let sentence = "Send the number to call as `to`, as a form or as JSON.";
        let (status, problem) = (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Problem::new("unreadable_request", sentence),
        );
        return error::problem(status, problem, &who.facts);
    };
    let begun = async {
        let Asked { to } = asked?;
        let key = idempotency_key(&headers)?;
        let call = site.services.voice.request_call(&who.caller, &to, key).await?;
        site.services.calls.find(&who.caller, &call.to_string()).await
    };
    match begun.await {
        Ok(detail) => (StatusCode::ACCEPTED, Json(CallJson::from(detail))).into_response(),
        Err(error) => error::refusal(&error, &who.facts),
    }
}

/// `GET /api/calls.csv`
pub async fn csv(State(site): State<Site>, who: SignedIn, Query(wish): Query<Wish>) -> Response {
    let table = async {
        let query = wish.query()?;
        site.services.calls.table(&who.caller, &query).await
    };
    match table.await {
        Ok(table) => (
            [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"calls.csv\""),
            ],
            Body::from_stream(written(table)),
        )
            .into_response(),
        Err(error) => error::refusal(&error, &who.facts),
    }
}

/// The table as it is read. A fault in between breaks the answer off, so that nobody takes a part for the whole.
fn written(table: Table) -> impl stream::Stream<Item = Result<Vec<u8>, ServiceError>> + Send + 'static {
    stream::unfold(Some(table), async |table| {
        let mut table = table?;
        match table.next().await {
            Ok(Some(text)) => Some((Ok(text), Some(table))),
            Ok(None) => None,
            Err(error) => {
                tracing::error!(error = %error.chain(), "a call log could not be written to its end");
                Some((Err(error), None))
            }
        }
    })
}

/// The body as a form or JSON; none for any other kind.
fn asked(headers: &HeaderMap, body: &[u8]) -> Option<Result<Asked, ServiceError>> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .map(HeaderValue::as_bytes)
        .unwrap_or_default();
    let essence = kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if essence.eq_ignore_ascii_case(b"application/json") {
        return Some(serde_json::from_slice(body).map_err(|_| unreadable()));
    }
    if essence.is_empty() || essence.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        let to = url::form_urlencoded::parse(body).find(|(name, _)| name == "to");
        return Some(Ok(Asked {
            to: to.map(|(_, to)| to.into_owned()).unwrap_or_default(),
        }));
    }
    None
}

fn unreadable() -> ServiceError {
    let sentence = "The request could not be read: send the documented fields.";
    ServiceError::Invalid(Problem::new("unreadable_request", sentence))
}

/// The key that says which requests are the same.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ServiceError> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().ok().map(str::trim);
    match key {
        Some(key) if (1..=KEY_MAX).contains(&key.len()) => Ok(Some(key)),
        _ => {
            let sentence = "An Idempotency-Key has 1 to 255 characters of ASCII.";
            Err(ServiceError::Invalid(Problem::new("invalid_idempotency_key", sentence)))
        }
    }
}

impl Wish {
    fn query(&self) -> Result<CallQuery, ServiceError> {
        let direction = match self.direction.as_str() {
            "" => None,
            word => {
                let known = Direction::from_word(word);
                Some(known.ok_or_else(|| refused("direction", "Direction is inbound or outbound."))?)
            }
        };
        Ok(CallQuery {
            direction,
            missed: flag("missed", &self.missed)?,
            voicemail: flag("voicemail", &self.voicemail)?,
            text: Some(self.q.trim().to_owned()).filter(|text| !text.is_empty()),
            since: moment("since", &self.since, 0)?,
            until: moment("until", &self.until, 1)?,
        })
    }

    fn limit(&self) -> Result<u32, ServiceError> {
        match self.limit.as_str() {
            "" => Ok(LIMIT),
            text => match text.parse() {
                Ok(limit) if limit > 0 => Ok(limit),
                _ => Err(refused("limit", "Limit is a number from 1 to 100.")),
            },
        }
    }
}

fn flag(name: &str, text: &str) -> Result<bool, ServiceError> {
    match text {
        "" | "false" | "0" => Ok(false),
        "true" | "1" | "on" => Ok(true),
        _ => Err(refused(name, "This filter is true or false.")),
    }
}

/// A moment in RFC 3339, or a day in UTC: its begin, or with `days` that many later, so that a day includes itself.
fn moment(name: &str, text: &str, days: i64) -> Result<Option<UnixMillis>, ServiceError> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Some(UnixMillis(at.as_millisecond())));
    }
    let day = text.parse::<jiff::civil::Date>().ok();
    let begin = day.and_then(|day| format!("{day}T00:00:00Z").parse::<jiff::Timestamp>().ok());
    let Some(begin) = begin else {
        return Err(refused(
            name,
            "Give a time such as 2026-11-25T08:00:00Z, or a day such as 2026-11-25.",
        ));
    };
    let at = UnixMillis(begin.as_millisecond());
    Ok(Some(at.plus(days * 24 * 60 * 60 * 1000)))
}

fn refused(name: &str, sentence: &str) -> ServiceError {
    ServiceError::Invalid(Problem::new("invalid_filter", "Check the filters.").field(name, sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_includes_itself() {
        let of = |text: &str, days| moment("x", text, days).unwrap().map(|at| at.0);
        let begin = of("2026-11-25T00:00:00Z", 0).unwrap();
        assert_eq!(of("2026-11-25", 0), Some(begin));
        assert_eq!(of("2026-11-25", 1), Some(begin + 86_400_000));
        assert_eq!(of("2026-11-25T01:00:00+01:00", 1), Some(begin));
        assert_eq!(of("", 1), None);
        assert!(moment("x", "yesterday", 0).is_err());
    }

    #[test]
    fn a_filter_that_is_none_is_named() {
        let wish = Wish {
            direction: "up".into(),
            ..Wish::default()
        };
        assert!(wish.query().unwrap_err().problem().fields.contains_key("direction"));
        for limit in ["0", "-1", "many"] {
            let wish = Wish {
                limit: limit.into(),
                ..Wish::default()
            };
            assert!(wish.limit().is_err(), "{limit}");
        }
    }
}
