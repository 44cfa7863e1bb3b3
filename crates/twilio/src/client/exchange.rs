//! One request and its answer: authentication, limits, repetition, and what an answer means.

use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, CONTENT_LENGTH, HeaderMap, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use url::Url;

use super::{Client, Deletion, figures};
use crate::error::{Error, Kind};
use crate::retry::{Decision, Idempotency};

/// Longest answer that is read, in bytes: a full page of 1000 phone numbers has about 1.5 MB.
const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// Longest message of Twilio's that is kept, in characters.
const MAX_MESSAGE: usize = 500;

/// Form fields in the order in which they are sent.
pub(super) type Form<'a> = Vec<(&'static str, &'a str)>;

pub(super) struct Request<'a> {
    /// What the request is for, to complete "could not …".
    pub(super) operation: &'static str,
    pub(super) method: Method,
    pub(super) url: Url,
    form: Form<'a>,
    idempotency: Idempotency,
}

impl Request<'_> {
    pub(super) fn get(operation: &'static str, url: Url) -> Self {
        Self {
            operation,
            method: Method::GET,
            url,
            form: Form::new(),
            idempotency: Idempotency::Idempotent,
        }
    }

    pub(super) fn error(&self, kind: Kind) -> Error {
        Error::new(kind, self.operation, self.method != Method::GET)
    }
}

/// A success, with what is needed to say what was wrong with it.
struct Answer {
    status: u16,
    request_id: Option<String>,
    body: Vec<u8>,
}

impl Client {
    pub(super) async fn get<T: DeserializeOwned>(&self, operation: &'static str, url: Url) -> Result<T, Error> {
        self.exchange(Request::get(operation, url)).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        url: Url,
        form: Form<'_>,
    ) -> Result<T, Error> {
        self.exchange(Request {
            operation,
            method: Method::POST,
            url,
            form,
            idempotency: Idempotency::NotIdempotent,
        })
        .await
    }

    /// A POST that sets something to what it may be already: doing it twice is doing it once.
    pub(super) async fn put<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        url: Url,
        form: Form<'_>,
    ) -> Result<T, Error> {
        self.exchange(Request {
            operation,
            method: Method::POST,
            url,
            form,
            idempotency: Idempotency::Idempotent,
        })
        .await
    }

    pub(super) async fn delete(&self, operation: &'static str, url: Url) -> Result<Deletion, Error> {
        let request = Request {
            method: Method::DELETE,
            ..Request::get(operation, url)
        };
        match self.send(&request).await {
            // Anything but 204 without a body is not Twilio's "deleted".
            Ok(answer) if answer.body.is_empty() => Ok(Deletion::Deleted),
            Ok(answer) => Err(request
                .error(Kind::Unreadable)
                .with_status(answer.status, answer.request_id, None)),
            Err(error) if error.is_not_found() => Ok(Deletion::AlreadyGone),
            Err(error) => Err(error),
        }
    }

    async fn exchange<T: DeserializeOwned>(&self, request: Request<'_>) -> Result<T, Error> {
        let answer = self.send(&request).await?;
        serde_json::from_slice(&answer.body).map_err(|error| {
            request
                .error(Kind::Unreadable)
                .with_status(answer.status, answer.request_id, None)
                .with_source(Misfit {
                    line: error.line(),
                    column: error.column(),
                })
        })
    }

    async fn send(&self, request: &Request<'_>) -> Result<Answer, Error> {
        let mut attempt = 1;
        loop {
            let begun = Instant::now();
            let attempted = self.attempt(request).await;
            let status = match &attempted {
                Ok(answer) => Some(answer.status),
                Err(error) => error.status(),
            };
            figures::asked(request, status, begun.elapsed());
            let error = match attempted {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let failure = error.failure();
            // The only randomness of this crate: when it does something, never what.
            let decision = self
                .0
                .transport
                .policy
                .decide(request.idempotency, attempt, failure, rand::random());
            tracing::debug!(operation = request.operation, attempt, ?failure, ?decision, %error, "request to Twilio failed");
            match decision {
                Decision::GiveUp => return Err(error),
                Decision::After(delay) => {
                    figures::repeated(request);
                    tokio::time::sleep(delay).await;
                }
            }
            attempt += 1;
        }
    }

    async fn attempt(&self, request: &Request<'_>) -> Result<Answer, Error> {
        let mut builder = self
            .0
            .transport
            .http
            .request(request.method.clone(), request.url.clone())
            .basic_auth(&self.0.account_sid, Some(self.0.auth_token.expose_secret()))
            .header(ACCEPT, "application/json");
        if request.method == Method::POST {
            builder = builder.form(&request.form);
        }
        let response = builder.send().await.map_err(|error| transport_error(request, error))?;

        let status = response.status();
        let request_id = request_id(response.headers());
        let retry_after = retry_after(response.headers());
        let fault = |error: Error| error.with_status(status.as_u16(), request_id.clone(), retry_after);
        if status.is_redirection() {
            return Err(fault(request.error(Kind::Redirected)));
        }
        let body = read_body(request, response).await.map_err(fault)?;
        if status.is_success() {
            return Ok(Answer {
                status: status.as_u16(),
                request_id,
                body,
            });
        }
        Err(fault(refusal(request, status, &body)))
    }
}

/// The answer does not have the form it should. Says where, not what is there: an account's answer holds its Auth Token.
#[derive(Debug, thiserror::Error)]
#[error("unexpected JSON at line {line}, column {column}")]
struct Misfit {
    line: usize,
    column: usize,
}

pub(super) fn transport_error(request: &Request<'_>, error: reqwest::Error) -> Error {
    request.error(kind_of(&error)).with_source(error.without_url())
}

pub(super) fn kind_of(error: &reqwest::Error) -> Kind {
    if error.is_builder() {
        Kind::Setup
    } else if error.is_connect() {
        Kind::NotSent
    } else if error.is_timeout() {
        Kind::TimedOut
    } else {
        Kind::Interrupted
    }
}

pub(super) async fn read_body(request: &Request<'_>, mut response: Response) -> Result<Vec<u8>, Error> {
    let too_long = || request.error(Kind::Unreadable).with_source("the answer is too long");
    let stated = response
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if stated.is_some_and(|length| length > MAX_ANSWER) {
        return Err(too_long());
    }
    let mut body = Vec::with_capacity(stated.unwrap_or_default());
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| transport_error(request, error))?
    {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What an error status means: <https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions>.
pub(super) fn refusal(request: &Request<'_>, status: StatusCode, body: &[u8]) -> Error {
    let answer = match serde_json::from_slice(body) {
        Ok(serde_json::Value::Object(answer)) => answer,
        // Something between Twilio and us, or Twilio's edge, which may leave the body out: the status has to do.
        _ if body.is_empty() || status.is_server_error() => serde_json::Map::new(),
        _ => return request.error(Kind::Unreadable),
    };
    let code = answer
        .get("code")
        .and_then(serde_json::Value::as_u64)
        .and_then(|code| u32::try_from(code).ok());
    let message = answer.get("message").and_then(serde_json::Value::as_str);
    let message = message.map(|text| text.chars().take(MAX_MESSAGE).collect());
    request.error(Kind::Refused).with_twilio(code, message)
}

/// Only where it looks like one: it goes into logs and pages.
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("Twilio-Request-Id")?.to_str().ok()?;
    (id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| id.to_owned())
}

/// In seconds; the other form, a date, would need a clock.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
        .map(Duration::from_secs)
}
