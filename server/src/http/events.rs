//! `GET /api/events`: what changes, as it happens. <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::problem::Problem;
use futures::{Stream, stream};
use serde::Deserialize;
use serde_json::json;
use services::calls::{Feed, News};
use services::{ServiceError, Services};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::cookie::Ours;
use super::error;
use super::metrics::Open;
use super::rates::Streaming;
use super::signed_in::SignedIn;
use super::wish::Query;
use crate::router::Site;

/// How often something is sent in any case, so that nothing between takes the connection for dead.
const ALIVE: Duration = Duration::from_secs(15);
/// How often it is looked whether the session has ended.
const LOOK: Duration = Duration::from_secs(30);
/// And how fresh that look must be before anything is told.
const FRESH: Duration = Duration::from_secs(1);

/// Where to go on.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct From {
    last_event_id: Option<String>,
}

/// `GET /api/events`
pub async fn events(State(site): State<Site>, who: SignedIn, Query(from): Query<From>, headers: HeaderMap) -> Response {
    // What is no number of ours is a position that was forgotten.
    let sent = headers.get("last-event-id").map(|value| value.to_str().unwrap_or("?"));
    let after = sent
        .or(from.last_event_id.as_deref())
        .filter(|text| !text.is_empty())
        .map(|text| text.parse().unwrap_or(-1));
    let Some(streaming) = site.rates.stream(who.caller.user_id) else {
        return error::refusal(&too_many(), &who.facts);
    };
    let feed = match site.services.calls.feed(&who.caller, after).await {
        Ok(feed) => feed,
        Err(error) => return error::refusal(&error, &who.facts),
    };
    let mut look = interval_at(Instant::now() + LOOK, LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let telling = Telling {
        feed,
        look,
        looked: Instant::now(),
        cookie: Ours::Session.read(&headers, site.config.is_https()).unwrap_or_default(),
        services: site.services.clone(),
        _streaming: streaming,
        _open: Open::event_stream(),
    };
    let mut response = Sse::new(telling.stream())
        .keep_alive(KeepAlive::new().interval(ALIVE))
        .into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would collect events before it passes them on.
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

/// A stream under way.
struct Telling {
    feed: Feed,
    look: Interval,
    looked: Instant,
    cookie: String,
    services: Services,
    _streaming: Streaming,
    _open: Open,
}

/// The refusal of one stream more than a user may have.
fn too_many() -> ServiceError {
    ServiceError::TooManyRequests {
        problem: Problem::new(
            "too_many_streams",
            "Too many pages of yours are open. Close some of them.",
        ),
        retry_after: 30,
    }
}

impl Telling {
    fn stream(self) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
        stream::unfold(self, async |mut telling| {
            let event = telling.next().await?;
            Some((Ok(event), telling))
        })
    }

    /// Whether the session has not ended meanwhile.
    async fn goes_on(&mut self) -> bool {
        self.looked = Instant::now();
        matches!(self.services.accounts.authenticate(&self.cookie).await, Ok(Some(_)))
    }

    /// The next event; none when the server stops, the session has ended, or something of ours fails: the browser comes back.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let news = tokio::select! {
                news = self.feed.next() => Some(news),
                _ = self.look.tick() => None,
            };
            let fresh = self.looked.elapsed() < FRESH && news.is_some();
            if !fresh && !self.goes_on().await {
                return None;
            }
            let Some(news) = news else { continue };
            return match news {
                Ok(news) => event(&news?),
                Err(error) => {
                    tracing::error!(error = %error.chain(), "events could not be read");
                    None
                }
            };
        }
    }
}

fn event(news: &News) -> Option<Event> {
    let event = match news {
        News::Hello { position, complete } => Event::default()
            .id(position.to_string())
            .event("hello")
            .json_data(json!({ "position": position, "complete": complete })),
        News::Call { seq, call } => Event::default().id(seq.to_string()).event("call").json_data(call),
        News::Message { seq, message } => Event::default().id(seq.to_string()).event("message").json_data(message),
    };
    event.ok()
}
