//! How much a request may carry.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use domain::problem::Problem;
use futures::StreamExt as _;

use super::error;

/// Largest body, in bytes: no form of ours comes near.
const BODY_MAX: usize = 64 * 1024;
/// So much of a larger one is read and dropped: whoever is still sending when the connection closes never reads why.
const DROPPED_MAX: usize = 1024 * 1024;
/// Most fields of a form: our largest, the menu of a phone line, has under a hundred.
const FIELDS_MAX: usize = 1000;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

/// The same for a webhook: Twilio does not dawdle.
const WEBHOOK_TIME: Duration = Duration::from_secs(5);

/// Reads the body, bounded in size, time and fields, before anything else is done.
pub async fn bounded(request: Request, next: Next) -> Response {
    read(request, next, BODY_TIME).await
}

/// The same for webhooks.
pub async fn bounded_webhook(request: Request, next: Next) -> Response {
    read(request, next, WEBHOOK_TIME).await
}

async fn read(request: Request, next: Next, time: Duration) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let refused = |status, code, sentence: &str| error::incomplete(status, Problem::new(code, sentence));
    match tokio::time::timeout(time, whole(body)).await {
        Ok(Whole::Read(bytes)) if is_form(&parts.headers) && fields(&bytes) > FIELDS_MAX => {
            let sentence = "The form has more than 1,000 fields.";
            refused(StatusCode::PAYLOAD_TOO_LARGE, "too_many_fields", sentence)
        }
        Ok(Whole::Read(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Whole::Broken) => {
            let sentence = "The request broke off, or its pieces cannot be put together.";
            refused(StatusCode::BAD_REQUEST, "unreadable_request", sentence)
        }
        Ok(Whole::TooLarge) => {
            let sentence = "The request is larger than 64 KiB.";
            refused(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", sentence)
        }
        Err(_) => {
            let sentence = "The request took too long to arrive.";
            refused(StatusCode::REQUEST_TIMEOUT, "body_too_slow", sentence)
        }
    }
}

/// What became of a body.
#[derive(Debug, PartialEq, Eq)]
enum Whole {
    Read(Bytes),
    TooLarge,
    Broken,
}

/// Reads the body. One that came in one piece, as almost all do, is not copied.
async fn whole(body: Body) -> Whole {
    let announced = body.size_hint().exact();
    let mut chunks = body.into_data_stream();
    let mut kept = Vec::new();
    let mut seen = 0;
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else {
            return Whole::Broken;
        };
        let first = seen == 0;
        seen += chunk.len();
        if first && announced == u64::try_from(seen).ok() && seen <= BODY_MAX {
            return Whole::Read(chunk);
        }
        if seen <= BODY_MAX {
            kept.extend_from_slice(&chunk);
        } else if seen > DROPPED_MAX {
            break;
        } else {
            kept = Vec::new();
        }
    }
    if seen <= BODY_MAX {
        Whole::Read(kept.into())
    } else {
        Whole::TooLarge
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    const JSON: &[u8] = b"application/json";
    let kind = headers.get(header::CONTENT_TYPE).map(|kind| kind.as_bytes());
    // Whatever is no JSON may be read as a form.
    !kind
        .and_then(|kind| kind.get(..JSON.len()))
        .is_some_and(|kind| kind.eq_ignore_ascii_case(JSON))
}

/// How many fields a form would have, without reading it.
fn fields(form: &[u8]) -> usize {
    form.iter().filter(|byte| **byte == b'&').count() + 1
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    fn pieces(sizes: &[usize]) -> Body {
        let pieces: Vec<_> = sizes
            .iter()
            .map(|size| Ok::<_, std::io::Error>(vec![b'a'; *size]))
            .collect();
        Body::from_stream(stream::iter(pieces))
    }

    #[tokio::test]
    async fn a_body_in_one_piece_is_taken_as_it_is() {
        let body = Bytes::from(vec![b'a'; BODY_MAX]);
        let Whole::Read(taken) = whole(Body::from(body.clone())).await else {
            panic!("not read");
        };
        assert_eq!((taken.as_ptr(), taken.len()), (body.as_ptr(), BODY_MAX));
        assert_eq!(whole(Body::from(vec![b'a'; BODY_MAX + 1])).await, Whole::TooLarge);
    }

    #[tokio::test]
    async fn a_body_in_pieces_is_put_together_or_refused() {
        assert_eq!(whole(pieces(&[1, 2, 3])).await, Whole::Read("aaaaaa".into()));
        assert_eq!(whole(pieces(&[])).await, Whole::Read("".into()));
        let largest = Whole::Read(vec![b'a'; BODY_MAX].into());
        assert_eq!(whole(pieces(&[BODY_MAX - 1, 1])).await, largest);
        assert_eq!(whole(pieces(&[BODY_MAX, 1])).await, Whole::TooLarge);
        assert_eq!(whole(pieces(&[1; BODY_MAX + 1])).await, Whole::TooLarge);
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_not_taken_for_one_that_is_too_large() {
        let broken = [Ok(vec![b'a']), Err(std::io::Error::other("gone"))];
        assert_eq!(whole(Body::from_stream(stream::iter(broken))).await, Whole::Broken);
    }

    #[test]
    fn fields_are_counted_without_being_read() {
        assert_eq!(fields(b"a=1&b=2&&"), 4);
        assert!(fields("a&".repeat(FIELDS_MAX).as_bytes()) > FIELDS_MAX);
    }
}
