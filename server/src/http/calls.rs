//! `/api/calls`: the call log for programs, and calls that a program begins.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::call::Direction;
use domain::time::UnixMillis;
use futures::stream;
use serde::Deserialize;
use services::ServiceError;
use services::calls::{CallQuery, Table};

use super::call_json::{CallJson, ListJson};
use super::signed_in::SignedIn;
use super::wish::{Path, Query};
use super::{error, wish};
use crate::router::Site;

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
        let (query, limit) = (wish.query()?, wish::limit(&wish.limit)?);
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
    let Some(asked) = wish::body(&headers, &body) else {
        let sentence = "Send the number to call as `to`, as a form or as JSON.";
        return wish::other_kind(sentence, &who.facts);
    };
    let begun = async {
        let Asked { to } = asked?;
        let key = wish::idempotency_key(&headers)?;
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

impl Wish {
    fn query(&self) -> Result<CallQuery, ServiceError> {
        let direction = match self.direction.as_str() {
            "" => None,
            word => {
                let known = Direction::from_word(word);
                Some(known.ok_or_else(|| wish::refused("direction", "Direction is inbound or outbound."))?)
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
}

fn flag(name: &str, text: &str) -> Result<bool, ServiceError> {
    match text {
        "" | "false" | "0" => Ok(false),
        "true" | "1" | "on" => Ok(true),
        _ => Err(wish::refused(name, "This filter is true or false.")),
    }
}

/// A moment in RFC 3339, or a day in UTC: its begin, or with `days` that many later, so that a day includes itself.
fn moment(name: &str, text: &str, days: i64) -> Result<Option<UnixMillis>, ServiceError> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(at) = wish::moment(text) {
        return Ok(Some(at));
    }
    let day = text.parse::<jiff::civil::Date>().ok();
    let begin = day.and_then(|day| format!("{day}T00:00:00Z").parse::<jiff::Timestamp>().ok());
    let Some(begin) = begin else {
        return Err(wish::refused(
            name,
            "Give a time such as 2026-11-25T08:00:00Z, or a day such as 2026-11-25.",
        ));
    };
    let at = UnixMillis(begin.as_millisecond());
    Ok(Some(at.plus(days * 24 * 60 * 60 * 1000)))
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
    }
}
