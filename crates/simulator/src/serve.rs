//! From HTTP to the REST API and back: journal, faults, headers.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;

use crate::connection::Connection;
use crate::fault::{Effect, Plan};
use crate::journal::Entry;
use crate::rest::refusal::error_body;
use crate::rest::{self, Answer, Content};
use crate::shared::Shared;
use crate::{clock, sid};

/// More than any form of this API.
const LARGEST_BODY: usize = 1 << 20;
const HUGE_BODY_CHUNK: Bytes = Bytes::from_static(&[b' '; 1 << 16]);
/// 64 MiB in all.
const HUGE_BODY_CHUNKS: usize = 1 << 10;

/// Every request that is not for the simulator itself.
pub(crate) async fn rest(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let request = rest::Request {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: pairs(head.uri.query().unwrap_or_default().as_bytes()),
        form: form(&head.headers, &body),
        range: head
            .headers
            .get(header::RANGE)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned),
        authorization: head
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned),
        base_url: shared.base_url.clone(),
    };
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let (open, plan) = OpenEntry::begin(shared, &request, target);
    if plan.delay_ms == 0 {
        return carry_out(open, plan, request, &connection).await;
    }
    // As at Twilio, what has arrived takes effect even when nobody waits for the answer any more.
    tokio::spawn(async move { carry_out(open, plan, request, &connection).await })
        .await
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn carry_out(mut open: OpenEntry, plan: Plan, request: rest::Request, connection: &Connection) -> Response {
    if plan.delay_ms > 0 {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(plan.delay_ms)) => {}
            () = open.shared.stopped() => return cut(connection),
        }
    }
    let Some(effect) = plan.effect else {
        return open.answer(&request);
    };
    match effect {
        Effect::Delay(_) => open.answer(&request),
        Effect::Status {
            status,
            code,
            message,
            retry_after,
        } => open.error(status, code, &message, retry_after),
        Effect::StatusAfter { status, code, message } => {
            open.take_effect(&request);
            open.error(status, code, &message, None)
        }
        Effect::DropBefore => cut(connection),
        Effect::DropAfter => {
            open.take_effect(&request);
            cut(connection)
        }
        Effect::HangBefore => open.hang(connection).await,
        Effect::HangAfter => {
            open.take_effect(&request);
            open.hang(connection).await
        }
        Effect::Garbage => open.garbage(),
        Effect::GarbageAfter => {
            open.take_effect(&request);
            open.garbage()
        }
        Effect::Redirect(to) => open.finish((StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response()),
        Effect::HugeBody => {
            let chunks = futures::stream::repeat(HUGE_BODY_CHUNK)
                .take(HUGE_BODY_CHUNKS)
                .map(Ok::<_, std::io::Error>);
            let json = [(header::CONTENT_TYPE, "application/json")];
            open.finish((json, Body::from_stream(chunks)).into_response())
        }
    }
}

/// The answer is never written: see [`Connection::cut`].
fn cut(connection: &Connection) -> Response {
    connection.cut();
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// A journal entry that is ended whatever happens, even if the client goes away and the handler is dropped.
struct OpenEntry {
    shared: Arc<Shared>,
    sequence: u64,
    concurrent: usize,
    status: Option<u16>,
}

impl OpenEntry {
    fn begin(shared: Arc<Shared>, request: &rest::Request, target: &str) -> (Self, Plan) {
        let concurrent = shared.enter();
        tracing::info!(method = request.method, path = shared.world().redact(target), "request");
        let (sequence, plan) = shared.change(|world| {
            let plan = world.faults.plan(&request.method, &request.path);
            let form = request.form.iter().flatten();
            let entry = Entry {
                sequence: 0,
                time: clock::now().to_string(),
                method: request.method.clone(),
                path: world.redact(target),
                form: form
                    .map(|(name, value)| (world.redact(name), world.redact(value)))
                    .collect(),
                account: request.authorization.as_deref().and_then(rest::user_name),
                status: None,
                faults: plan.names.iter().map(|name| (*name).to_owned()).collect(),
                started: 0,
                ended: None,
            };
            (world.journal.begin(entry), plan)
        });
        (
            Self {
                shared,
                sequence,
                concurrent,
                status: None,
            },
            plan,
        )
    }

    fn take_effect(&self, request: &rest::Request) -> Answer {
        self.shared.change(|world| rest::answer(world, request))
    }

    fn answer(&mut self, request: &rest::Request) -> Response {
        let answer = self.take_effect(request);
        match answer.content {
            Content::Empty => self.respond(answer.status, String::new(), None),
            Content::Json(body) => self.respond(answer.status, body.to_string(), None),
            Content::Media { content_type, bytes } => {
                let kind = HeaderValue::from_str(&content_type)
                    .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
                // No page may run what a phone has sent.
                let headers = [
                    (header::CONTENT_TYPE, kind),
                    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
                    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox")),
                ];
                self.finish((headers, bytes.to_vec()).into_response())
            }
            Content::Redirect(to) => {
                let status = StatusCode::TEMPORARY_REDIRECT;
                self.finish((status, [(header::LOCATION, to)]).into_response())
            }
            Content::Wav(wav) => {
                let response = part_of(&wav, request.range.as_deref());
                self.finish(response)
            }
        }
    }

    fn error(&mut self, status: u16, code: u32, message: &str, retry_after: Option<u64>) -> Response {
        self.respond(status, error_body(status, Some(code), message).to_string(), retry_after)
    }

    fn garbage(&mut self) -> Response {
        self.respond(
            200,
            "<!doctype html><title>Gateway</title><p>{not json".to_owned(),
            None,
        )
    }

    async fn hang(&self, connection: &Connection) -> Response {
        self.shared.stopped().await;
        cut(connection)
    }

    /// With the headers that answers of the real API carry.
    fn respond(&mut self, status: u16, body: String, retry_after: Option<u64>) -> Response {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        let mut set = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        if status != StatusCode::NO_CONTENT {
            set("content-type", "application/json");
        }
        set("twilio-request-id", &sid::new("RQ"));
        set("twilio-concurrent-requests", &self.concurrent.to_string());
        set("twilio-request-duration", "0.001");
        if status == StatusCode::UNAUTHORIZED {
            set("www-authenticate", "Basic realm=\"Twilio API\"");
        }
        if let Some(seconds) = retry_after {
            set("retry-after", &seconds.to_string());
        }
        self.finish(response)
    }

    fn finish(&mut self, response: Response) -> Response {
        self.status = Some(response.status().as_u16());
        response
    }
}

impl Drop for OpenEntry {
    fn drop(&mut self) {
        self.shared.leave();
        self.shared
            .change(|world| world.journal.end(self.sequence, self.status));
    }
}

/// A WAV file, or the part of it that is asked for.
fn part_of(wav: &Arc<[u8]>, range: Option<&str>) -> Response {
    let length = wav.len();
    let headers = [(header::CONTENT_TYPE, "audio/x-wav"), (header::ACCEPT_RANGES, "bytes")];
    let Some(range) = range else {
        return (headers, wav.to_vec()).into_response();
    };
    let wanted = http_range_header::parse_range_header(range)
        .ok()
        .and_then(|parsed| parsed.validate(length as u64).ok());
    let bytes = wanted.and_then(|ranges| {
        let (start, end) = (*ranges.first()?.start(), *ranges.first()?.end());
        let bytes = wav.get(usize::try_from(start).ok()?..=usize::try_from(end).ok()?)?;
        Some((start, end, bytes.to_vec()))
    });
    match bytes {
        Some((start, end, bytes)) => {
            let part = [(header::CONTENT_RANGE, format!("bytes {start}-{end}/{length}"))];
            (StatusCode::PARTIAL_CONTENT, headers, part, bytes).into_response()
        }
        None => {
            let whole = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
            (StatusCode::RANGE_NOT_SATISFIABLE, headers, whole).into_response()
        }
    }
}

fn form(headers: &HeaderMap, body: &Bytes) -> Option<Vec<(String, String)>> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    (body.is_empty() || kind.starts_with("application/x-www-form-urlencoded")).then(|| pairs(body))
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}
