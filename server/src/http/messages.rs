//! `/api/messages`: texts for programs, those that came and those that are sent.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::call::Direction;
use domain::problem::Problem;
use domain::time::UnixMillis;
use serde::Deserialize;
use services::ServiceError;
use services::messages::{MessageQuery, SendText};

use super::message_json::{ListJson, MessageJson};
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
    peer: String,
    direction: String,
    q: String,
}

/// What a program wants to be sent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    to: String,
    body: String,
    send_at: Option<String>,
}

/// `GET /api/messages`
pub async fn list(State(site): State<Site>, who: SignedIn, Query(wish): Query<Wish>) -> Response {
    let listed = async {
        let (query, limit) = (wish.query()?, wish::limit(&wish.limit)?);
        let cursor = Some(wish.cursor.as_str()).filter(|cursor| !cursor.is_empty());
        site.services.messages.list(&who.caller, &query, cursor, limit).await
    };
    match listed.await {
        Ok(page) => Json(ListJson {
            items: page.messages.into_iter().map(MessageJson::from).collect(),
            next: page.next,
        })
        .into_response(),
        Err(error) => error::refusal(&error, &who.facts),
    }
}

/// `GET /api/messages/{id}`
pub async fn one(State(site): State<Site>, who: SignedIn, Path(id): Path<String>) -> Response {
    match site.services.messages.find(&who.caller, &id).await {
        Ok(message) => Json(MessageJson::from(message)).into_response(),
        Err(error) => error::refusal(&error, &who.facts),
    }
}

/// `POST /api/messages`
pub async fn send(State(site): State<Site>, who: SignedIn, headers: HeaderMap, body: Bytes) -> Response {
    let Some(asked) = wish::body::<Asked>(&headers, &body) else {
        let sentence = "Send the number as `to` and the text as `body`, as a form or as JSON.";
        return wish::other_kind(sentence, &who.facts);
    };
    let sent = async {
        let text = asked?.text()?;
        let key = wish::idempotency_key(&headers)?;
        site.services.messages.send(&who.caller, &text, key).await
    };
    match sent.await {
        Ok(message) => (StatusCode::ACCEPTED, Json(MessageJson::from(message))).into_response(),
        Err(error) => error::refusal(&error, &who.facts),
    }
}

impl Asked {
    fn text(self) -> Result<SendText, ServiceError> {
        Ok(SendText {
            send_at: moment(self.send_at.as_deref().unwrap_or_default())?,
            to: self.to,
            body: self.body,
            ..SendText::default()
        })
    }
}

impl Wish {
    fn query(&self) -> Result<MessageQuery, ServiceError> {
        let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let direction = match self.direction.as_str() {
            "" => None,
            word => {
                let known = Direction::from_word(word);
                Some(known.ok_or_else(|| wish::refused("direction", "Direction is inbound or outbound."))?)
            }
        };
        Ok(MessageQuery {
            peer: said(&self.peer),
            direction,
            text: said(&self.q),
        })
    }
}

/// When it is to be sent; none for at once.
fn moment(text: &str) -> Result<Option<UnixMillis>, ServiceError> {
    match text.trim() {
        "" => Ok(None),
        text => wish::moment(text).map(Some).ok_or_else(|| {
            let sentence = "Give a time such as 2026-11-25T08:00:00Z.";
            ServiceError::Invalid(Problem::new("invalid_message", "Check the text.").field("send_at", sentence))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_goes_at_once_unless_it_has_a_time() {
        assert_eq!(moment(" ").unwrap(), None);
        let at = moment("2026-11-25T09:00:00+01:00").unwrap();
        assert_eq!(at, moment("2026-11-25T08:00:00Z").unwrap());
        let refused = moment("tomorrow").unwrap_err().problem();
        assert!(refused.fields.contains_key("send_at"));
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
