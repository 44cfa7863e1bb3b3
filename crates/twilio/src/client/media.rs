//! What a recording sounds like: <https://www.twilio.com/docs/voice/api/recording#fetch-a-recordings-media>, and how any media
//! come; those of texts are in [`message_media`](super::message_media).
//!
//! It goes through as it comes, whatever its length; only waiting is limited. Twilio may keep it elsewhere and answer with a
//! redirect: one is followed on Twilio's own hosts and on Amazon's storage, and the credentials stay behind on the way to
//! another host.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::stream::{BoxStream, Stream, StreamExt as _, TryStreamExt as _};
use reqwest::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderName, LOCATION, RANGE,
};
use reqwest::{Response, StatusCode};
use secrecy::ExposeSecret as _;
use url::{Host, Url};

use super::exchange::{Request, kind_of, read_body, refusal, request_id, retry_after, transport_error};
use super::{Client, Transport};
use crate::error::{Error, Kind};
use crate::retry::{Decision, Idempotency};
use crate::sid::{AccountSid, RecordingSid};

/// Redirects that are followed one after the other.
const MAX_REDIRECTS: usize = 3;

/// Sound, a picture or a film on its way.
#[derive(Debug)]
pub struct MediaAnswer {
    /// 200, 206 for a part, or 416 where there is no such part.
    pub status: u16,
    /// For example `audio/x-wav`, as Twilio says: of a text's media it is what a stranger said.
    pub content_type: Option<String>,
    /// How many bytes come.
    pub content_length: Option<u64>,
    /// Which part they are.
    pub content_range: Option<String>,
    /// Whether parts can be asked for.
    pub accept_ranges: Option<String>,
    /// The bytes.
    pub stream: MediaStream,
}

/// Bytes as they come. Breaks off with an error where they do not come any more.
pub struct MediaStream(BoxStream<'static, Result<Bytes, Error>>);

impl Stream for MediaStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl std::fmt::Debug for MediaStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MediaStream")
    }
}

impl Transport {
    /// Where a recording can be heard, for `<Play>`: put together of what is known, never taken from an answer.
    pub fn recording_media_url(&self, account: &AccountSid, recording: &RecordingSid) -> Url {
        self.api_url(&["Accounts", account.as_str(), "Recordings", recording.as_str()])
    }
}

impl Client {
    /// [`Transport::recording_media_url`] of the account.
    pub fn recording_media_url(&self, recording: &RecordingSid) -> Url {
        self.0.transport.recording_media_url(&self.0.account_sid, recording)
    }

    /// The sound of a recording as WAV, or a part of it: `range` is what a `Range` header says, such as `bytes=0-499`.
    ///
    /// `channels` is 1 for both sides in one, 2 for each in its own; where there are not two, one comes.
    pub async fn fetch_recording_media(
        &self,
        sid: &RecordingSid,
        channels: Option<u8>,
        range: Option<&str>,
    ) -> Result<MediaAnswer, Error> {
        match self.media(sid, channels, range).await {
            Err(error) if channels == Some(2) && error.status() == Some(400) => self.media(sid, Some(1), range).await,
            result => result,
        }
    }

    async fn media(&self, sid: &RecordingSid, channels: Option<u8>, range: Option<&str>) -> Result<MediaAnswer, Error> {
        let mut url = self.account_url(&["Recordings", &format!("{sid}.wav")]);
        if let Some(channels) = channels {
            url.query_pairs_mut()
                .append_pair("RequestedChannels", &channels.to_string());
        }
        self.stream("fetch the recording's sound", &url, range).await
    }

    /// Anything that is not JSON and may be long.
    pub(super) async fn stream(
        &self,
        operation: &'static str,
        url: &Url,
        range: Option<&str>,
    ) -> Result<MediaAnswer, Error> {
        let mut attempt = 1;
        loop {
            let error = match self.stream_attempt(operation, url, range).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let policy = self.0.transport.policy;
            let failure = error.failure();
            let decision = policy.decide(Idempotency::Idempotent, attempt, failure, rand::random());
            tracing::debug!(operation, attempt, ?failure, ?decision, %error, "media did not come");
            match decision {
                Decision::GiveUp => return Err(error),
                Decision::After(delay) => tokio::time::sleep(delay).await,
            }
            attempt += 1;
        }
    }

    async fn stream_attempt(
        &self,
        operation: &'static str,
        first: &Url,
        range: Option<&str>,
    ) -> Result<MediaAnswer, Error> {
        let mut request = Request::get(operation, first.clone());
        for _ in 0..=MAX_REDIRECTS {
            let mut builder = self.0.transport.streaming.get(request.url.clone());
            if request.url.origin() == first.origin() {
                builder = builder.basic_auth(&self.0.account_sid, Some(self.0.auth_token.expose_secret()));
            }
            if let Some(range) = range {
                builder = builder.header(RANGE, range);
            }
            let response = builder.send().await.map_err(|error| transport_error(&request, error))?;
            if !response.status().is_redirection() {
                return media_answer(&request, response).await;
            }
            let refused = request
                .error(Kind::Redirected)
                .with_status(response.status().as_u16(), None, None);
            match header(response.headers(), LOCATION).and_then(|to| request.url.join(&to).ok()) {
                Some(to) if may_follow(first, &to) => request.url = to,
                _ => return Err(refused),
            }
        }
        Err(request.error(Kind::Redirected))
    }
}

async fn media_answer(request: &Request<'_>, response: Response) -> Result<MediaAnswer, Error> {
    let status = response.status();
    let headers = response.headers();
    if matches!(
        status,
        StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE
    ) {
        let operation = request.operation;
        return Ok(MediaAnswer {
            status: status.as_u16(),
            content_type: header(headers, CONTENT_TYPE),
            content_length: header(headers, CONTENT_LENGTH).and_then(|length| length.parse().ok()),
            content_range: header(headers, CONTENT_RANGE),
            accept_ranges: header(headers, ACCEPT_RANGES),
            stream: MediaStream(
                response
                    .bytes_stream()
                    .map_err(|error| Error::new(kind_of(&error), operation, false).with_source(error.without_url()))
                    .boxed(),
            ),
        });
    }
    let (id, wait) = (request_id(headers), retry_after(headers));
    let fault = |error: Error| error.with_status(status.as_u16(), id.clone(), wait);
    let body = read_body(request, response).await.map_err(fault)?;
    Err(fault(refusal(request, status, &body)))
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// Whether a redirect may lead there: to the same host, or from Twilio over https to where Twilio keeps media.
fn may_follow(first: &Url, to: &Url) -> bool {
    if to.origin() == first.origin() {
        return true;
    }
    let is_twilio = |url: &Url| matches!(url.host(), Some(Host::Domain(host)) if is_within(host, "twilio.com"));
    is_twilio(first)
        && to.scheme() == "https"
        && to.port().is_none()
        && (is_twilio(to) || is_delivery(to) || is_storage(to))
}

/// Where the pictures of texts are.
fn is_delivery(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Domain(host)) if is_within(host, "twiliocdn.com"))
}

fn is_within(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Amazon's storage, but nothing else of Amazon: its other names lead into private networks.
fn is_storage(url: &Url) -> bool {
    let Some(Host::Domain(host)) = url.host() else {
        return false;
    };
    let Some(rest) = host.strip_suffix(".amazonaws.com") else {
        return false;
    };
    // `bucket.s3.amazonaws.com`, `bucket.s3-region.amazonaws.com`, `bucket.s3.region.amazonaws.com`.
    let mut labels = rest.rsplit('.');
    let last = labels.next().unwrap_or_default();
    last == "s3" || last.starts_with("s3-") || labels.next() == Some("s3")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follows(first: &str, to: &str) -> bool {
        may_follow(&first.parse().unwrap(), &to.parse().unwrap())
    }

    #[test]
    fn a_redirect_leads_to_the_same_host_or_to_where_twilio_keeps_media() {
        let twilio = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1.wav";
        for to in [
            "https://api.twilio.com/x",
            "https://media.twilio.com/x",
            "https://media.twiliocdn.com/x",
            "https://s3-external-1.amazonaws.com/media.twiliocdn.com/x",
            "https://bucket.s3.amazonaws.com/x",
            "https://bucket.s3.us-east-1.amazonaws.com/x",
            "https://s3-us-west-2.amazonaws.com/bucket/x",
        ] {
            assert!(follows(twilio, to), "{to}");
        }
        assert!(follows("http://127.0.0.1:4010/x", "http://127.0.0.1:4010/y"));
    }

    #[test]
    fn a_redirect_to_anywhere_else_is_not_followed() {
        let twilio = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1.wav";
        for to in [
            "http://api.twilio.com/x",
            "https://api.twilio.com:8443/x",
            "https://api.twilio.com@evil.example/x",
            "https://evil.example/x",
            "https://nottwilio.com/x",
            "https://twilio.com.evil.example/x",
            "https://nottwiliocdn.com/x",
            "http://media.twiliocdn.com/x",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/x",
            "https://localhost/x",
            "https://ec2-10-0-0-1.compute-1.amazonaws.com/x",
            "https://s3-evil.us-east-1.elb.amazonaws.com/x",
            "http://bucket.s3.amazonaws.com/x",
            "file:///etc/passwd",
        ] {
            assert!(!follows(twilio, to), "{to}");
        }
        // A simulator has no storage elsewhere.
        assert!(!follows("http://127.0.0.1:4010/x", "https://api.twilio.com/x"));
        assert!(!follows("http://127.0.0.1:4010/x", "http://127.0.0.1:4011/x"));
    }
}
