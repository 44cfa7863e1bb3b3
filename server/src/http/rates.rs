//! How often somebody may ask. Generous: nobody who uses the site by hand comes near, and a program that is told to wait is served
//! again within seconds. Webhooks are not counted: Twilio has few addresses, and refusing a forged one costs less than counting it.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::api::context::{RequestFacts, Session};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use domain::id::UserId;
use domain::problem::Problem;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::address::{Client, network};
use super::error;
use crate::router::Site;

/// Requests at once, and how often one more is let through then. For whoever is not signed in, by address.
const VISITOR: (u32, Duration) = (200, Duration::from_millis(50));
/// For signing in and up, by address: a password costs much to check. Wrong ones are counted by the use case as well.
const ENTERING: (u32, Duration) = (60, Duration::from_secs(1));
/// For whatever changes something on the pages, by user.
const USER: (u32, Duration) = (200, Duration::from_millis(50));
/// For the API, by user: a company's program writes hundreds of texts in a second.
const PROGRAM: (u32, Duration) = (2000, Duration::from_millis(1));
/// Event streams of one user at a time.
const STREAMS: usize = 20;
/// So many requests after another are let through between two cleanings.
const SWEEP_AT: u32 = 10_000;

/// Counts requests.
pub struct Rates {
    visitors: Limit<IpAddr>,
    entering: Limit<IpAddr>,
    users: Limit<UserId>,
    programs: Limit<UserId>,
    streams: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            visitors: Limit::new(VISITOR),
            entering: Limit::new(ENTERING),
            users: Limit::new(USER),
            programs: Limit::new(PROGRAM),
            streams: Arc::default(),
        }
    }
}

impl Rates {
    /// How many seconds the request has to wait, if it has to.
    fn wait(&self, user: Option<UserId>, client: IpAddr, method: &Method, path: &str) -> Option<u64> {
        if matches!(path, "/auth/sign-in" | "/auth/sign-up") && method == Method::POST {
            return self.entering.wait(&network(client));
        }
        let Some(user) = user else {
            return self.visitors.wait(&network(client));
        };
        if path.starts_with("/api/") {
            return self.programs.wait(&user);
        }
        let changes = !matches!(*method, Method::GET | Method::HEAD);
        changes.then(|| self.users.wait(&user)).flatten()
    }

    /// Room for one more event stream of this user, if there is any.
    pub fn stream(&self, user: UserId) -> Option<Streaming> {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let count = streams.entry(user).or_default();
        if *count >= STREAMS {
            return None;
        }
        *count += 1;
        Some(Streaming {
            user,
            streams: Arc::clone(&self.streams),
        })
    }
}

/// One event stream; its room is free again when this is dropped.
pub struct Streaming {
    user: UserId,
    streams: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl Drop for Streaming {
    fn drop(&mut self) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = streams.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                streams.remove(&self.user);
            }
        }
    }
}

struct Limit<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    seen: std::sync::atomic::AtomicU32,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new((burst, period): (u32, Duration)) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(period).unwrap_or_else(|| Quota::per_minute(burst));
        Self {
            limiter: RateLimiter::keyed(quota.allow_burst(burst)),
            seen: std::sync::atomic::AtomicU32::new(0),
        }
    }

    fn wait(&self, key: &K) -> Option<u64> {
        let seen = self.seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if seen % SWEEP_AT == SWEEP_AT - 1 {
            // Whoever has not asked for a while is forgotten, so that the list stays short.
            self.limiter.retain_recent();
        }
        let refused = self.limiter.check_key(key).err()?;
        let wait = refused.wait_time_from(DefaultClock::default().now());
        Some(wait.as_secs().saturating_add(1))
    }
}

/// Lets through who does not ask too often.
pub async fn bounded(
    State(site): State<Site>,
    Extension(session): Extension<Session>,
    Extension(Client(client)): Extension<Client>,
    Extension(facts): Extension<RequestFacts>,
    request: Request,
    next: Next,
) -> Response {
    let user = session.0.as_ref().map(|caller| caller.user_id);
    match site.rates.wait(user, client, request.method(), request.uri().path()) {
        None => next.run(request).await,
        Some(seconds) => refusal(&request, &facts, seconds),
    }
}

/// A page for people, a refusal in the common shape for programs and forms.
fn refusal(request: &Request, facts: &RequestFacts, seconds: u64) -> Response {
    let mut response = if error::is_for_people(request) {
        let page = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>Too many requests · Sniko</title></head>\
             <body><main><h1>Too many requests</h1><p>Wait a few seconds, then load this page again.</p></main></body></html>";
        (StatusCode::TOO_MANY_REQUESTS, Html(page)).into_response()
    } else {
        let problem = Problem::new(
            "too_many_requests",
            "Too many requests. Wait a few seconds, then try again.",
        );
        error::problem(StatusCode::TOO_MANY_REQUESTS, problem, facts)
    };
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const BOB: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn user(number: u128) -> Option<UserId> {
        Some(UserId(uuid::Uuid::from_u128(number)))
    }

    #[test]
    fn one_address_cannot_use_up_what_is_anothers() {
        let rates = Rates::default();
        let asked = (0..VISITOR.0 + 50).filter_map(|_| rates.wait(None, ANN, &Method::GET, "/"));
        assert!(asked.last().is_some_and(|seconds| seconds == 1));
        assert_eq!(rates.wait(None, BOB, &Method::GET, "/"), None);
        assert_eq!(
            rates.wait(user(1), ANN, &Method::GET, "/"),
            None,
            "who is signed in is somebody"
        );
    }

    #[test]
    fn signing_in_is_counted_by_itself() {
        let rates = Rates::default();
        let sign_in = |client| rates.wait(None, client, &Method::POST, "/auth/sign-in");
        assert_eq!((0..=ENTERING.0).filter_map(|_| sign_in(ANN)).count(), 1);
        assert_eq!(sign_in(BOB), None);
        assert_eq!(
            rates.wait(None, ANN, &Method::GET, "/sign-in"),
            None,
            "the page still comes"
        );
    }

    #[test]
    fn a_user_who_changes_too_much_waits_and_still_reads() {
        let rates = Rates::default();
        let posts = (0..USER.0 + 50).filter_map(|_| rates.wait(user(1), ANN, &Method::POST, "/settings/calls"));
        assert!(posts.count() > 40);
        assert!(
            rates.wait(user(1), BOB, &Method::POST, "/settings/calls").is_some(),
            "wherever he asks from"
        );
        assert_eq!(rates.wait(user(1), ANN, &Method::GET, "/calls"), None);
        assert_eq!(rates.wait(user(1), ANN, &Method::GET, "/twilio/token"), None);
        assert_eq!(rates.wait(user(2), ANN, &Method::POST, "/settings/calls"), None);
    }

    #[test]
    fn a_program_may_ask_often_and_not_without_end() {
        let rates = Rates::default();
        let write = |count| (0..count).filter_map(|_| rates.wait(user(1), ANN, &Method::POST, "/api/messages"));
        assert_eq!(write(PROGRAM.0).count(), 0);
        assert!(write(PROGRAM.0 * 100).count() > 0);
        assert_eq!(rates.wait(user(2), ANN, &Method::POST, "/api/messages"), None);
    }

    #[test]
    fn a_user_has_room_for_so_many_streams() {
        let rates = Rates::default();
        let (ann, bob) = (user(1).unwrap(), user(2).unwrap());
        let mut streams: Vec<_> = (0..STREAMS).map(|_| rates.stream(ann).unwrap()).collect();
        assert!(rates.stream(ann).is_none());
        assert!(rates.stream(bob).is_some());
        streams.pop();
        assert!(rates.stream(ann).is_some());
        drop(streams);
        assert!(rates.streams.lock().unwrap().is_empty());
    }
}
